"""Settings of the published page on other scales: levels, measured quantities, waiting, counts that scatter, tails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from sos_bayes.designs import DiD, Layout, Priors
from sos_bayes.fitting.runs.methods import prepare_layout
from tests.designs.counts import counts_of
from tests.designs.levels import leveled
from tests.designs.shares import shares_of
from tests.designs.tails import tailed
from tests.designs.values import values_of
from tests.designs.waiting import OUTCOME, episodes
from tests.recovery.test_scales import CONTINUOUS, COUNTS, DURATION, ENGLAND, ONE_BAND, ORDINAL, SHARES, TAILS

type Drawn = tuple[Layout, float]
type Row = tuple[str, Callable[[int], Drawn], DiD, bool]  # name, draw, design, whether nothing happened


def levels(seed: int, settings: dict[str, Any]) -> Drawn:
    """Ordered levels."""
    return leveled(**(ENGLAND | settings), seed=seed)


def measured(seed: int, settings: dict[str, Any]) -> Drawn:
    """Measured children."""
    return values_of(**(ENGLAND | {"size": 60.0} | settings), seed=seed)[:2]


def waiting(seed: int, settings: dict[str, Any]) -> Drawn:
    """Episodes, and the share done by a day."""
    made = {"authorities": 30, "adopters": 9, "size": 120} | settings
    if made.pop("drawn", False):
        rng, priors = np.random.default_rng([seed, 3]), Priors()
        spread = abs(rng.normal(0, priors.vary))
        made["effect"] = tuple(rng.normal(0, priors.effect_sd) + spread * rng.standard_normal(4))
    cohort, rollout, (truth, _) = episodes(seed, **made)
    return prepare_layout(cohort, rollout, OUTCOME, DiD()), float(truth[OUTCOME.reached])


def scattered(seed: int, settings: dict[str, Any], overdispersed: bool) -> Drawn:
    """Counts in six cells for each authority and period."""
    england = {key: value for key, value in ENGLAND.items() if key != "size"}
    return counts_of(**(england | settings), overdispersed=overdispersed, seed=seed)


def shared(seed: int, settings: dict[str, Any], overdispersed: bool) -> Drawn:
    """Shares in six cells for each authority and period."""
    england = {key: value for key, value in ENGLAND.items() if key != "size"}
    return shares_of(**(england | settings), overdispersed=overdispersed, seed=seed)


def long_tailed(seed: int, settings: dict[str, Any], tails: str) -> Drawn:
    """Children with tails of a t with three degrees."""
    return tailed(**(ENGLAND | {"size": 30.0} | settings), tails=tails, seed=seed)[:2]


def scales() -> Iterator[Row]:
    """All of them, as they stand on the published page."""
    for name, s in ORDINAL.items():
        yield f"levels: {name}", partial(levels, settings=s), DiD(), "effect" not in s
    for name, s in CONTINUOUS.items():
        yield f"measured: {name}", partial(measured, settings=s), DiD(), "effect" not in s
    for name, s in (DURATION | {"one band": ONE_BAND}).items():
        yield f"waiting: {name}", partial(waiting, settings=s), DiD(), not s.keys() & {"effect", "drawn"}
    for name, s in COUNTS.items():
        for more in (True, False):
            word = "overdispersed" if more else "Poisson"
            draw = partial(scattered, settings=s, overdispersed=more)
            yield f"counts that scatter, {word}: {name}", draw, DiD(adjust=("age", "sex")), "effect" not in s
    for name, s in SHARES.items():
        for more in (True, False):
            word = "overdispersed" if more else "binomial"
            draw = partial(shared, settings=s, overdispersed=more)
            yield f"shares that scatter, {word}: {name}", draw, DiD(adjust=("age", "sex")), "effect" not in s
    for name, s in TAILS.items():
        for tails in ("t", "normal"):
            draw = partial(long_tailed, settings=s, tails=tails)
            yield f"long tails, {tails}: {name}", draw, DiD(), "effect" not in s
