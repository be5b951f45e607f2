"""A number of each child in bands with one slope, beside lme4 on the children themselves: `scored_bands.R`.

Made-up children (synthetic) in 16 authorities over six years: the number moves on in adopters after their start, so
that without it the effect is wrong. Run as a module, with ``normal`` or ``skewed``, it prints what R reads.
"""

from __future__ import annotations

import sys
from functools import cache

import numpy as np
import pandas as pd
import pytest

import sos_bayes as sb
from sos_bayes.data import Binary, Bins, Continuous, Rollout
from sos_bayes.designs import DiD
from sos_bayes.fitting import Fit
from tests.oracles.agreement import WIDE, WORDS, Agreement, against, agreeing, fitted, in_unit, shared

AUTHORITIES, ADOPTERS, YEARS, START, EACH = 16, 6, range(2011, 2017), 2014, 120
AGAIN, VALUE = Binary("again", **WORDS), Continuous("value", unit="points", **WORDS)


@cache
def children(kind: str) -> pd.DataFrame:
    """Rows of children; ``x`` is normal, or skewed as incomes and waiting days are."""
    rng = np.random.default_rng([41, kind == "skewed"])
    la, year = (i.ravel() for i in np.meshgrid(range(AUTHORITIES), YEARS, indexing="ij"))
    la, year = np.repeat(la, EACH), np.repeat(year, EACH)
    ever, late = la < ADOPTERS, year >= START
    z = rng.standard_normal(len(la)) + 0.4 * (ever & late)
    x = 10 + 3 * z if kind == "normal" else np.exp(1.0 + 0.7 * z)
    level = rng.normal(0, 0.3, AUTHORITIES)[la] + 0.05 * (year - YEARS[0]) + 0.8 * (x - x.mean()) / x.std()
    again = rng.binomial(1, 1 / (1 + np.exp(1.2 - level)))
    value = 5 + 2 * level + rng.normal(0, 2, len(la))
    names = np.array([f"Made-up {a:02d}" for a in range(AUTHORITIES)])
    return pd.DataFrame(
        {
            "la": names[la], "year": year, "x": x.round(4), "again": again, "value": value.round(4),
            "ever": ever.astype(int), "post": (ever & late).astype(int),
        }
    )  # fmt: skip


def ours(kind: str, outcome: Binary | Continuous, bands: int, *, scored: bool = True) -> Fit:
    """The same children in bands, by the fast route."""
    rows = children(kind)
    adopters = sorted(rows.loc[rows["ever"] == 1, "la"].unique())
    design = DiD(adjust=(Bins("x", quantiles=bands, scored=scored),), priors=WIDE)
    cohort = sb.read_cohort(rows, authority="la", period="year")
    return fitted(cohort, Rollout(dict.fromkeys(adopters, START)), outcome, design)


def effect(kind: str, outcome: Binary | Continuous, bands: int, *, scored: bool = True) -> Agreement:
    """The effect beside that of the children's own numbers."""
    fit = ours(kind, outcome, bands, scored=scored)
    unit = in_unit(fit) if outcome.measured else 1.0
    what = f"{kind}, {outcome.events}, {bands} bands{', one slope' if scored else ''}"
    return against(what, THEIRS[kind, outcome.events], unit * shared(fit, "mu_tau"))


THEIRS = {
    ("normal", "again"): (0.12515, 0.09190),
    ("normal", "value"): (0.05102, 0.07821),
    ("skewed", "again"): (0.07485, 0.09330),
    ("skewed", "value"): (0.00022, 0.07796),
}  # without x R says .407 of "again" where it is normal, .361 where it is skewed
NEAR = [("normal", AGAIN), ("normal", VALUE), ("skewed", AGAIN)]


@pytest.mark.parametrize(("kind", "outcome"), NEAR, ids=lambda part: part if isinstance(part, str) else part.events)
def test_a_hundred_bands_are_the_children_s_own_numbers(kind: str, outcome: Binary | Continuous) -> None:
    agreeing([effect(kind, outcome, 100)])


def test_what_bands_lose_of_a_skewed_number_shrinks_with_them() -> None:
    """The slope in its far tail is decided by few: a hundred bands are .11 standard errors off, twenty .8."""
    lost = [effect("skewed", VALUE, bands).off for bands in (5, 20, 100)]
    assert lost[0] > 2 * lost[1] > 4 * lost[2] > 0
    assert lost[2] < 0.15


def test_one_slope_takes_one_coefficient() -> None:
    fit = ours("normal", AGAIN, 20)
    patterns = fit.problem.model.patterns
    assert patterns is not None
    assert patterns.columns.shape == (20, 1)
    assert any("share one slope" in note for note in fit.layout.cells.notes)


if __name__ == "__main__":
    children(sys.argv[1]).to_csv(sys.stdout, index=False)
