"""The first stages as PyMC models have the density of the compiled ones, and are drawn from."""

import numpy as np
import pymc as pm
import pytest

import sos_bayes as sb
from sos_bayes.synthesis.first_stage.factors_density import ADOPTER_SD, GAP_SD, HYPERS, MEMORY_SD
from sos_bayes.synthesis.first_stage.factors_posterior import named as factors_named
from sos_bayes.synthesis.first_stage.factors_posterior import predicted as factors_predicted
from sos_bayes.synthesis.first_stage.packed_target import factors_at, packed, weights_at
from sos_bayes.synthesis.first_stage.readable_factors import readable_factors
from sos_bayes.synthesis.first_stage.readable_weights import readable_weights
from sos_bayes.synthesis.first_stage.weights_density import SHARE_SD, TILT_SD
from sos_bayes.synthesis.first_stage.weights_posterior import named as weights_named
from sos_bayes.synthesis.first_stage.weights_posterior import predicted as weights_predicted
from tests.synthesis.first_stage.test_densities import KINDS, stage
from tests.synthesis.made_up import counted, outcome, plain_panel, read, rollout, share

QUICK = {"mode": "FAST_COMPILE"}
DESIGNS = {
    "weights": sb.SyntheticControl(), "no constant": sb.SyntheticControl(intercept=False),
    "no factor": sb.LatentFactors(factors=0), "one factor": sb.LatentFactors(factors=1), "two": sb.LatentFactors(),
}  # fmt: skip


def of_weights(given, u):
    """Values of the model's variables at ``u``; the maps are straight, but for logs that PyMC takes itself."""
    k, j, q = len(given.own), len(given.centre), len(given.loadings)
    p, several = given.prior, int(k > 1)
    at, first = 2 + several, 2 + several + k + k * q
    found = {
        "concentration_log__": p[0] + p[1] * u[0], "logit_memory": p[4] + p[5] * u[1],
        "sd_log__": p[2] + p[3] * u[at : at + k] + p[7] * u[1], "score": u[first : first + k * j].reshape(k, j),
    }  # fmt: skip
    found |= {"tilt": TILT_SD * u[at + k : first].reshape(k, q)} if q else {}
    return found | ({"logit_share": SHARE_SD * u[2], "common_score": u[first + k * j :]} if several else {}), 0.0


def of_factors(given, u):
    """The same for factors, and what the densities differ by: the sign of the spread, and what nothing reads."""
    q, t = given.factors, len(given.rough)
    spread = abs(u[0])
    found = {
        "spread_log__": np.log(spread), "sd_log__": u[1], "logit_memory": MEMORY_SD * u[2],
        "log_adopter_scale": ADOPTER_SD * u[3], "gap": GAP_SD * u[4],
        "period_effect": given.rough + given.prior[2] * u[HYPERS + q : HYPERS + q + t],
    }  # fmt: skip
    if q:
        free = np.delete(u[HYPERS + q + t :], [t + given.pin] * (q == 2))
        found |= {"leaning": given.prior[1] * u[HYPERS : HYPERS + q], "z_factor": free}
    idle = u[HYPERS + q + t + t + given.pin] if q == 2 else 0.0  # a standard normal that nothing reads
    return found, np.log(spread) + 0.5 * idle**2


def readable(design, series, given):
    if isinstance(design, sb.SyntheticControl):
        return readable_weights(series, given), of_weights, weights_at
    return readable_factors(series, given), of_factors, factors_at


@pytest.mark.parametrize(("adopters", "counts"), KINDS)
@pytest.mark.parametrize("name", DESIGNS)
def test_differences_of_the_log_density_are_those_of_the_compiled_one(name, adopters, counts):
    design = DESIGNS[name]
    series, given, start, _ = stage(design, adopters, counts)
    model, point, at = readable(design, series, given)
    numbers, whole = packed(given, np.zeros(len(start)), np.eye(len(start)))
    density = model.compile_logp(sum=False, mode="FAST_COMPILE")
    rng, gaps, sizes = np.random.default_rng(5), [], []
    for size in (0.2, 0.4, 0.6):
        u = start + size * rng.standard_normal(len(start))
        values, jacobian = point(given, u)
        parts = density({name: np.asarray(value) for name, value in values.items()})
        ours = at(numbers, whole, u, np.empty(len(u)))
        gaps.append(ours + jacobian - sum(float(np.sum(part)) for part in parts))
        sizes.append(sum(float(np.abs(part).sum()) for part in parts) + abs(ours))
    np.testing.assert_allclose(gaps, gaps[0], rtol=0, atol=1e-9 * max(sizes))


@pytest.mark.parametrize("name", ["weights", "two"])
def test_what_is_predicted_is_what_the_fit_predicts(name):
    design = DESIGNS[name]
    series, given, start, _ = stage(design, 2, "counts")
    model, point, _ = readable(design, series, given)
    u = start + 0.3 * np.random.default_rng(2).standard_normal(len(start))
    weighted = isinstance(design, sb.SyntheticControl)
    found = (weights_named if weighted else factors_named)(given, u[None])
    theirs = (weights_predicted if weighted else factors_predicted)(series, given, found)
    call = model.compile_fn(model.replace_rvs_by_values([model["predicted"]]), inputs=model.value_vars, **QUICK)
    values, _ = point(given, u)
    (ours,) = call({name: np.asarray(value) for name, value in values.items()})
    for a, one in enumerate(theirs):
        np.testing.assert_allclose(ours[a], np.concatenate([one.before[0], one.mean[0]]), atol=1e-8)


@pytest.mark.parametrize("name", ["weights", "one factor", "two"])
def test_it_is_handed_out_drawn_from_and_shows_no_number(name):
    data, what = read(counted(plain_panel(adopters=2, donors=9, before=7))), share()
    model = sb.to_pymc(data, rollout(plain_panel(adopters=2), 2007), what, DESIGNS[name])
    dims = model.named_vars_to_dims
    assert dims["predicted"] == ("adopter", "period")
    assert dims["weights" if name == "weights" else "factor"][-1] == ("donor" if name == "weights" else "period")
    assert any(v.name.startswith("before_start") for v in model.observed_RVs)
    with model:
        drawn = pm.sample_prior_predictive(50, random_seed=1, compile_kwargs=QUICK)
    assert all(np.isfinite(values.values).all() for values in drawn["prior_predictive"].values())
    if name == "two":
        assert (np.abs(drawn["prior"]["factor"].values[..., 1, :]).min(axis=-1) == 0).all()
    if name == "weights":
        np.testing.assert_allclose(drawn["prior"]["weights"].sum("donor"), 1.0, atol=1e-12)


def test_terms_and_treated_cells_are_not_part_of_it():
    data = read(plain_panel(adopters=1, donors=9, before=7))
    given = (data, rollout(plain_panel(), 2007), outcome(), sb.SyntheticControl())
    with pytest.raises(sb.SosBayesError, match="no priors or terms"):
        sb.to_pymc(*given, terms={"bump": lambda model: 0.0})
    (seen,) = sb.to_pymc(*given).observed_RVs
    assert seen.type.shape[-1] == 7
