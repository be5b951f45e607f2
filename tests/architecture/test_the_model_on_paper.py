"""The page of equations: every number in them is that of the code, and the KaTeX that is shipped sets every formula."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import sos_bayes as sb
from sos_bayes.fitting.pymc.cutpoint_gaps import minus_cutpoints
from sos_bayes.synthesis.first_stage import factors_density as factors
from sos_bayes.synthesis.first_stage import weights_density as weights
from sos_bayes.synthesis.first_stage.factors_posterior import LEANING, PERIOD_SD
from sos_bayes.synthesis.second_stage.effect_priors import WIDE, effect_priors
from sos_bayes.synthesis.second_stage.effects_given_prediction import NODES
from tests.designs.values import values_of

P = sb.Priors()
SAID = {
    "intercept": rf"\alpha &\sim N(0, {P.intercept:g}^2)",
    "level_gap": rf"\gamma &\sim N(0, {P.level_gap:g}^2)",
    "period": rf"\lambda &\sim \text{{ZeroSum}}({P.period:g}^2)",
    "covariate": rf"\beta_j &\sim N(0, {P.covariate:g}^2)",
    "effect_sd": rf"\tau &\sim N(0, {P.effect_sd:g}^2)",
    "heterogeneity": rf"\omega &\sim N^+({P.heterogeneity:g}^2)",
    "lag_step": rf"\sigma_g &\sim N^+({P.lag_step:g}^2)",
    "shock": rf"\sigma \sim N^+({P.shock:g}^2)",
    "adopter_scale": rf"\kappa \sim N(0, {P.adopter_scale:g}^2)",
    "authority": rf"S \sim N^+({P.authority:g}^2)",
    "trend": rf"\sigma_b \sim N^+({P.trend:g}^2)",
    "lead": rf"\sigma_\ell \sim N^+({P.lead:g}^2)",
    "cohort": rf"\sigma_h \sim N^+({P.cohort:g}^2)",
    "vary": rf"\sigma_v \sim N^+({P.vary:g}^2)",
    "stream_level": rf"{{math}}`u_{{ak}}`: {{math}}`N^+({P.stream_level:g}^2)`",
    "stream_shock": rf"{{math}}`s_{{atk}}`: {{math}}`N^+({P.stream_shock:g}^2)`",
    "cluster_shock": rf"\sigma_r \sim N^+({P.cluster_shock:g}^2)",
    "baseline": rf"\sigma_x \sim N^+({P.baseline:g}^2)",
    "season": rf"\sigma_p, \sigma_e \sim N^+({P.season:g}^2)",
    "noise": rf"\sigma_p, \sigma_e \sim N^+({P.noise:g}^2)",
    "extra_binomial": rf"\phi \sim N^+({P.extra_binomial:g}^2)",
    "overdispersion": rf"\phi \sim N^+({P.overdispersion:g}^2)",
    "cutpoint": rf"normals with sd {P.cutpoint:g} around their mean",
}
SYNTHETIC = {
    "tilt": rf"+ {weights.TILT_SD:g}\,\textstyle\sum_q k_{{aq}}",
    "share": rf"\text{{logit}}\,\pi \sim N(0, {weights.SHARE_SD:g}^2)",
    "constant": f"is the sd of a constant ({sb.SyntheticControl().intercept_sd:g}; without one 0)",
    "memory": rf"\rho = {weights.STAY:g}\,\text{{logit}}^{{-1}}({factors.MEMORY_SD:g}\,x)",
    "leaning": rf"k_q &\sim N(0, {LEANING:g}^2)",
    "periods": rf"\lambda_t &\sim N(\bar z_t, {PERIOD_SD:g}^2)",
    "levels": rf"\sigma_u &\sim N^+({factors.SPREAD_SCALE:g}^2)",
    "residuals": rf"\sigma &\sim N^+({factors.SD_SCALE:g}^2)",
    "adopters": rf"\kappa &\sim N(0, {factors.ADOPTER_SD:g}^2)",
    "gap": rf"\gamma &\sim N(0, {factors.GAP_SD:g}^2)",
    "wide": rf"of a measured outcome {{math}}`\tau \sim N(0, {WIDE:g}^2)`",
}


@pytest.fixture(scope="module")
def page(checkout: Path) -> str:
    return (checkout / "docs" / "explanation" / "the_model.md").read_text(encoding="utf-8")


def test_every_prior_is_on_the_page() -> None:
    assert set(SAID) == set(sb.Priors.__slots__)


@pytest.mark.parametrize("said", [*SAID.values(), *SYNTHETIC.values()], ids=[*SAID, *SYNTHETIC])
def test_numbers_of_the_equations_are_those_of_the_code(page: str, said: str) -> None:
    assert said in page


def test_numbers_in_words_are_those_of_the_code(page: str) -> None:
    wide = effect_priors(values_of()[0], None)
    assert (wide.heterogeneity, wide.lag_step, wide.free_profile) == (0.5, 2.0, True)
    assert r"\omega \sim N^+(0.5^2)`, and steps of {math}`g` with an sd of 2 that is not learnt" in page
    assert (NODES, len(factors.NODES)) == (7, 6)
    assert "seven equally likely values" in page
    assert "on six nodes" in page
    assert "1 - exp(-gap)" in str(minus_cutpoints.__doc__)


def formulas(page: str) -> list[str]:
    blocks = re.findall(r"^```\{math\}\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    return [*blocks, *re.findall(r"\{math\}`([^`]+)`", page)]


def test_katex_sets_every_formula(checkout: Path, page: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node to run KaTeX with")
    katex = checkout / "docs" / "_static" / "katex" / "katex.min.js"
    script = (
        f"const katex = require({json.dumps(str(katex))});"
        "const all = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        "for (const one of all) katex.renderToString(one, {throwOnError: true, strict: 'error', displayMode: true});"
        "console.log(all.length);"
    )
    every = formulas(page)
    done = subprocess.run([node, "-e", script], input=json.dumps(every), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-500:]
    assert int(done.stdout) == len(every) > 60


def test_pages_without_formulas_load_no_katex_and_its_licence_lies_beside_it(checkout: Path) -> None:
    folder = checkout / "docs" / "_static" / "katex"
    style = (folder / "katex.min.css").read_text(encoding="utf-8")
    fonts = set(re.findall(r"url\(([^)]+)\)", style))
    assert fonts == {f"fonts/{file.name}" for file in (folder / "fonts").iterdir()}
    assert "MIT" in (folder / "LICENSE").read_text(encoding="utf-8")
    assert "has_maths_elements" in (checkout / "docs" / "conf.py").read_text(encoding="utf-8")
