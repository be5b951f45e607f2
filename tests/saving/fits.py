"""Small made-up fits of every outcome and of designs that are laid out differently, by the fast route."""

from dataclasses import replace
from functools import cache

import numpy as np

import sos_bayes as sb
from sos_bayes.designs import DiD, layout_of
from sos_bayes.fitting import fit_layout, prepare_layout
from tests.designs.counts import counts_of
from tests.designs.levels import leveled
from tests.designs.panels import PATTERNS, known_by_bounds, panel
from tests.designs.shares import shares_of
from tests.designs.tails import tailed
from tests.designs.values import values_of
from tests.designs.waiting import OUTCOME, episodes
from tests.synthesis.made_up import layout, plain_panel

BOUNDS = {(0, 0): (1, 5), (1, 4): (4, 4), (3, 2): (1, 5), (4, 4): (10, 12)}


def waiting():
    cohort, rollout, *_ = episodes(1, authorities=8, adopters=3, periods=4, size=60)
    return prepare_layout(cohort, rollout, OUTCOME, DiD())


def dosed():
    made = sb.simulation.made_up_england(sb.simulation.Scenario(authorities=8, adopters=3, periods=6), seed=1)
    rollout = sb.Rollout(dict(made.rollout.starts), exposure=sb.Exposure(ramp=(0.5,)))
    found = layout_of(made.cells, rollout)
    names = tuple("north" if a % 2 else "south" for a in range(len(found.cells.names)))
    return replace(found, cells=replace(found.cells, clusters=names))


PRIORS = replace(DiD().priors, effect_sd=0.7)
KINDS = {
    "shares": lambda: (panel(patterns=PATTERNS, starts=(2, 3), empty=[(0, 1)], size=300), DiD(adjust=("age", "sex"))),
    "rates": lambda: (panel(family="poisson", size=5000, per=1e4), DiD(trends=True, drift=0.03, priors=PRIORS)),
    "bounds": lambda: (known_by_bounds(panel(starts=(2, 3)), BOUNDS), DiD()),
    "overdispersed counts": lambda: (counts_of(authorities=8)[0], DiD(adjust=("age", "sex"))),
    "overdispersed shares": lambda: (shares_of(authorities=8)[0], DiD(adjust=("age", "sex"))),
    "levels": lambda: (leveled(starts=(2, 3))[0], DiD()),
    "measured": lambda: (values_of(patterns=PATTERNS[:2])[0], DiD(adjust=("age", "sex"))),
    "plain numbers": lambda: (layout(plain_panel(adopters=2, before=4, after=3), 2004), DiD()),
    "long tails": lambda: (tailed(size=20.0)[0], DiD()),
    "waiting": lambda: (waiting(), DiD()),
    "streams": lambda: (panel(patterns=PATTERNS, size=300), DiD(vary_by=("sex",), adjust=("age",))),
    "quarters": lambda: (panel(periods=9, quarters=True, starts=(4, 6)), DiD(shocks="random_walk")),
    "doses and clusters": lambda: (dosed(), DiD(cohorts=0.1)),
}


@cache
def made(kind):
    """A fit of one kind."""
    found, design = KINDS[kind]()
    return fit_layout(found, design, seed=1, n_draws=300, fall_back=False)


def chained(fit):
    """The same fit with its draws in four chains, as a sampled one has them."""

    def four(value):
        return np.ascontiguousarray(value.reshape(4, value.shape[1] // 4, *value.shape[2:]))

    d = fit.draws
    named = {k: {n: four(v) for n, v in getattr(d, k).items()} for k in ("hyper", "shared", "own")}
    plain = {k: four(getattr(d, k)) for k in ("beta", "theta", "effect", "lead", "level_gap")}
    return replace(fit, method="nuts", draws=replace(d, **named, **plain), warm_start=None)
