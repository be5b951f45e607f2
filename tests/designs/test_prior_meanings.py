"""The table of priors says what the code does: every width is where the table puts it, in the shape that it names."""

from dataclasses import fields

import numpy as np
import pytest
from scipy.special import expit, logit

import sos_bayes as sb
from sos_bayes.designs.prior_meanings import MEANINGS, reach
from sos_bayes.designs.priors import HalfNormal, Normal
from sos_bayes.estimands.readable_model import written
from tests.contracts.test_readable_model import clustered, small
from tests.designs.levels import leveled
from tests.designs.panels import PATTERNS, with_baselines

NAMES = [field.name for field in fields(sb.Priors)]
OWN = sb.Priors(**{name: 0.1 + 0.01 * i for i, name in enumerate(NAMES)})  # a width of its own for each
DESIGNS = {
    "whole": (clustered(small(authorities=5, periods=5, starts=(3, 2)), "ABBAC"), {"trends": True, "leads": True}),
    "quarters": (small(periods=8, quarters=True), {"cohorts": True}),
    "numbers": (with_baselines(small(), 1), {"baseline": ("x0",)}),
    "subgroups": (small(patterns=PATTERNS[:4]), {"vary_by": ("sex",), "adjust": ("age",)}),
    "scattered counts": (small(family="negative_binomial", patterns=PATTERNS[:4]), {"adjust": ("age", "sex")}),
    "scattered shares": (small(family="beta_binomial", patterns=PATTERNS[:4]), {"adjust": ("age", "sex")}),
    "levels": (leveled(authorities=4, starts=(2, 3))[0], {}),
}


def widths(layout, design):
    """Shape and width of every prior that a model has, by width."""
    model = design.model(layout)
    found = {prior.prior.sd: "normal" for prior in model.hypers if isinstance(prior.prior, Normal)}
    found |= {prior.prior.scale: "half-normal" for prior in model.hypers if isinstance(prior.prior, HalfNormal)}
    found |= {term.sd: "normal" for term in (*model.shared, model.patterns, model.cutpoints) if term is not None}
    return found


def test_every_width_is_used_in_the_shape_that_the_table_names():
    assert list(MEANINGS) == NAMES
    found = {}
    for layout, options in DESIGNS.values():
        found |= widths(layout, sb.DiD(priors=OWN, **options))
    for row in OWN.to_frame().itertuples():
        width = getattr(OWN, row.prior)
        assert row.shape == f"{found[width]}({width:g})", row.prior


def test_every_variable_that_the_table_names_is_in_the_readable_model():
    named = set()
    for layout, options in DESIGNS.values():
        named |= set(written(layout, sb.DiD(**options)).named_vars)
    assert set(sb.Priors().to_frame()["of"]) <= named


@pytest.mark.parametrize("base", [0.15, 0.4])
def test_shares_are_those_of_draws_from_the_prior(base):
    table = sb.Priors(effect_sd=0.7).to_frame(base).set_index("prior")
    drawn = expit(logit(base) + np.random.default_rng(1).normal(0.0, 0.7, 400_000))
    for column, part in (("half", 0.5), ("most", 0.95)):
        low, high = (float(x.removesuffix(" %")) for x in table.loc["effect_sd", column].split(" to "))
        assert ((drawn > low / 100) & (drawn < high / 100)).mean() == pytest.approx(part, abs=0.005)


def test_half_of_a_half_normal_lies_below_its_reach():
    drawn = np.abs(np.random.default_rng(1).normal(0.0, 0.2, 400_000))
    assert (drawn < reach(0.2, 0.5)).mean() == pytest.approx(0.5, abs=0.005)
    assert (drawn < reach(0.2, 0.95)).mean() == pytest.approx(0.95, abs=0.005)


@pytest.mark.parametrize("base", [0.0, 1.0, -1.0])
def test_a_base_that_is_no_share_is_refused(base):
    with pytest.raises(sb.SosBayesError, match="base is"):
        sb.Priors().to_frame(base)
