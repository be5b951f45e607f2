"""Levels, measured quantities and waiting on rollouts whose truth is known: coverage, bias, false grades. Slow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sos_bayes.designs import DiD, Priors
from sos_bayes.fitting.runs.methods import prepare_layout
from tests.designs.counts import counts_of
from tests.designs.levels import leveled
from tests.designs.shares import shares_of
from tests.designs.tails import tailed
from tests.designs.values import values_of
from tests.designs.waiting import OUTCOME, episodes
from tests.recovery.harness import Outcome, many, replicate, summary
from tests.recovery.test_operating_characteristics import _lower_limit

pytestmark = pytest.mark.slow
ENGLAND: dict[str, Any] = {"authorities": 40, "periods": 8, "starts": (4,) * 9, "size": 150.0}
ORDINAL: dict[str, dict[str, Any]] = {
    "nothing": {},
    "five levels, one rare": {"cuts": (-1.0, 0.0, 0.1, 3.5), "at_least": 3},
    "an effect": {"effect": -0.3},
}


def ordinal(seed: int, settings: dict[str, Any]) -> Outcome:
    """One synthetic rollout on levels; graded where nothing happened."""
    layout, truth = leveled(**(ENGLAND | settings), seed=seed)
    return replicate(seed, layout, truth, graded="effect" not in settings)


@pytest.mark.parametrize("name", ORDINAL)
def test_ordinal_intervals_cover_and_nothing_is_seldom_graded(name: str) -> None:
    """90 % intervals cover, bias within three Monte Carlo errors, moderate or high in at most 5 % beyond chance."""
    held(f"ordinal, {name}", many(ordinal, [(seed, ORDINAL[name]) for seed in range(810_000, 810_100)]))


CONTINUOUS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "long tails (t3), few children": {"tails": 3.0, "size": 15.0},
    "an effect": {"effect": -0.2},
}


def continuous(seed: int, settings: dict[str, Any]) -> Outcome:
    """One synthetic rollout on measured children; graded where nothing happened."""
    layout, truth, _ = values_of(**(ENGLAND | {"size": 60.0} | settings), seed=seed)
    return replicate(seed, layout, truth, graded="effect" not in settings)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_intervals_of_means_cover_and_nothing_is_seldom_graded(name: str) -> None:
    """As for levels; long tails within cells leave means as good as normal."""
    held(f"continuous, {name}", many(continuous, [(seed, CONTINUOUS[name]) for seed in range(820_000, 820_100)]))


def held(name: str, outcomes: list[Outcome]) -> None:
    """Print the figures and hold them against what is promised; 100 replicates leave .84 to .96 to chance."""
    figures = summary(outcomes)
    print(name, figures)
    assert figures["unhealthy"] == 0.0
    assert 0.84 <= figures["covered_90"] <= 0.96
    assert abs(figures["bias"]) <= 0.05 * abs(outcomes[0].truth) + 3 * figures["bias_mcse"]
    assert _lower_limit(round(figures["moderate_or_high"] * len(outcomes)), len(outcomes)) <= 0.05


DURATION: dict[str, dict[str, Any]] = {
    "nothing": {},
    "bands that move on their own": {"own": 0.25, "shared": 0.05},
    "effects of bands drawn as the prior says": {"drawn": True},
}
ONE_BAND = {"effect": (0.0, 0.0, 0.5, 0.0)}


def duration(seed: int, settings: dict[str, Any]) -> Outcome:
    """One synthetic rollout of episodes; the share done by day 45 is graded where nothing happened."""
    made = {"authorities": 30, "adopters": 9, "size": 120} | settings
    if made.pop("drawn", False):
        rng, priors = np.random.default_rng([seed, 3]), Priors()
        spread = abs(rng.normal(0, priors.vary))
        made["effect"] = tuple(rng.normal(0, priors.effect_sd) + spread * rng.standard_normal(4))
    cohort, rollout, (truth, _) = episodes(seed, **made)
    layout = prepare_layout(cohort, rollout, OUTCOME, DiD())
    return replicate(seed, layout, float(truth[OUTCOME.reached]), graded=not settings.keys() & {"effect", "drawn"})


@pytest.mark.parametrize("name", DURATION)
def test_intervals_of_waiting_cover_and_nothing_is_seldom_graded(name: str) -> None:
    """As for levels, of the share done by a day, where bands have shocks of their own."""
    held(f"duration, {name}", many(duration, [(seed, DURATION[name]) for seed in range(830_000, 830_100)]))


def test_an_effect_on_one_band_is_found_and_drawn_towards_the_others_by_a_sixth_at_most() -> None:
    """Half a unit of log-odds in one band and none in three is more than the prior expects bands to differ."""
    outcomes = many(duration, [(seed, ONE_BAND) for seed in range(830_000, 830_100)])
    figures, whole = summary(outcomes), float(np.mean([o.truth for o in outcomes]))
    print("duration, an effect on one band", figures)
    assert figures["unhealthy"] == 0.0
    assert figures["p_975"] >= 0.85
    assert figures["wrong_side"] == 0.0
    assert -whole / 6 - 3 * figures["bias_mcse"] < figures["bias"] < 3 * figures["bias_mcse"]


COUNTS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "an effect": {"effect": -0.3},
    "cells that scatter little": {"scatter": 0.15, "effect": -0.3},
    "rare": {"events": 12.0, "scatter": 0.8},
}


def counted(seed: int, settings: dict[str, Any], overdispersed: bool) -> Outcome:
    """One synthetic rollout of counts in six cells for each authority and period; graded where nothing happened."""
    england = {key: value for key, value in ENGLAND.items() if key != "size"}
    made = counts_of(**(england | settings), overdispersed=overdispersed, seed=seed)
    return replicate(seed, *made, design=DiD(adjust=("age", "sex")), graded="effect" not in settings)


@pytest.mark.parametrize("name", COUNTS)
def test_intervals_of_overdispersed_counts_cover_and_nothing_is_seldom_graded(name: str) -> None:
    """As for levels; the Poisson's figures are printed beside."""
    seeds = range(850_000, 850_200)
    print(f"poisson, {name}", summary(many(counted, [(seed, COUNTS[name], False) for seed in seeds])))
    held(f"overdispersed, {name}", many(counted, [(seed, COUNTS[name], True) for seed in seeds]))


SHARES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "an effect": {"effect": -0.3},
    "few children": {"size": 60.0, "scatter": 0.5},
}


def shared(seed: int, settings: dict[str, Any], overdispersed: bool) -> Outcome:
    """One synthetic rollout of shares in six cells for each authority and period; graded where nothing happened."""
    england = {key: value for key, value in ENGLAND.items() if key != "size"}
    made = shares_of(**(england | settings), overdispersed=overdispersed, seed=seed)
    return replicate(seed, *made, design=DiD(adjust=("age", "sex")), graded="effect" not in settings)


@pytest.mark.parametrize("name", SHARES)
def test_intervals_of_overdispersed_shares_cover_and_nothing_is_seldom_graded(name: str) -> None:
    """As for levels; the binomial's figures are printed beside."""
    seeds = range(870_000, 870_100)
    print(f"binomial, {name}", summary(many(shared, [(seed, SHARES[name], False) for seed in seeds])))
    held(f"overdispersed shares, {name}", many(shared, [(seed, SHARES[name], True) for seed in seeds]))


TAILS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "an effect": {"effect": -0.2},
    "an effect, twenty gross errors": {"effect": -0.2, "gross": 20},
    "few children": {"size": 6.0},
}


def long_tailed(seed: int, settings: dict[str, Any], tails: str) -> Outcome:
    """One synthetic rollout of children with tails of a t with three degrees; graded where nothing happened."""
    layout, truth, _ = tailed(**(ENGLAND | {"size": 30.0} | settings), tails=tails, seed=seed)
    return replicate(seed, layout, truth, graded="effect" not in settings)


@pytest.mark.parametrize("name", TAILS)
def test_intervals_of_long_tails_cover_and_nothing_is_seldom_graded(name: str) -> None:
    """As for levels; the normal's figures are printed beside, and its intervals are the wider ones."""
    seeds = range(860_000, 860_100)
    plain = many(long_tailed, [(seed, TAILS[name], "normal") for seed in seeds])
    print(f"normal, {name}", summary(plain))
    found = many(long_tailed, [(seed, TAILS[name], "t") for seed in seeds])
    held(f"long tails, {name}", found)
    assert summary(found)["mean_sd"] < summary(plain)["mean_sd"]
