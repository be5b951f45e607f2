"""What the whole road does on rollouts whose truth is known: intervals, recovery, grades. Slow, fast route."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import beta

from sos_bayes.checks import check
from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import estimate
from sos_bayes.evidence import grade
from sos_bayes.fitting import fit_layout
from sos_bayes.simulation import Scenario, made_up_england
from tests.recovery.harness import Outcome, many, simulated, staged_strength, summary
from tests.recovery.settings import COUNTS, DRIFT, EFFECTS, NULLS

pytestmark = pytest.mark.slow
REPLICATES = 200


def _run(settings: dict[str, Any], first: int, count: int = REPLICATES) -> list[Outcome]:
    return many(simulated, [(seed, settings) for seed in range(first, first + count)])


def _lower_limit(events: int, trials: int) -> float:
    """One-sided 95 % lower limit of a rate (Clopper and Pearson): a promise is broken only beyond chance."""
    return float(beta.ppf(0.05, events, trials - events + 1)) if events else 0.0


@pytest.mark.parametrize("name", sorted(NULLS))
def test_nothing_happened(name: str) -> None:
    """No effect: moderate or high in at most 5 %, high in at most 1 %, 90 % intervals cover."""
    outcomes = _run(NULLS[name], 500_000)
    figures = summary(outcomes)
    print(name, figures)
    assert figures["unhealthy"] == 0.0
    false = round(figures["moderate_or_high"] * len(outcomes))
    assert _lower_limit(false, len(outcomes)) <= 0.05
    assert _lower_limit(round(figures["grade_high"] * len(outcomes)), len(outcomes)) <= 0.01
    assert 0.86 <= figures["covered_90"] <= 0.94


def test_drifting_adopters_are_mostly_not_graded() -> None:
    """A drift of .03 a year that is not an effect: moderate or high in at most 10 %, beyond chance."""
    figures = summary(_run(DRIFT, 500_000))
    print("drift", figures)
    assert _lower_limit(round(figures["moderate_or_high"] * REPLICATES), REPLICATES) <= 0.10


@pytest.mark.parametrize(("name", "least"), [("2 pp", 0.40), ("3 pp", 0.75), ("5 pp", 0.95)])
def test_power(name: str, least: float) -> None:
    """Moderate or high at least this often, less two Monte Carlo errors."""
    figures = summary(_run(EFFECTS[name], 500_000))
    print(name, figures)
    error = np.sqrt(least * (1 - least) / REPLICATES)
    assert figures["moderate_or_high"] >= least - 2 * error
    assert figures["wrong_side"] == 0.0


@pytest.mark.parametrize("name", ["5 pp", "counts, a fifth fewer"])
def test_recovery(name: str) -> None:
    """Bias at most 5 % of the truth plus three Monte Carlo errors, 90 % coverage of .86 to .94."""
    outcomes = many(simulated, [(seed, EFFECTS[name], False) for seed in range(600_000, 600_400)])
    figures = summary(outcomes)
    print(name, figures)
    truth = abs(outcomes[0].truth)
    assert abs(figures["bias"]) <= 0.05 * truth + 3 * figures["bias_mcse"]
    assert 0.86 <= figures["covered_90"] <= 0.94


def test_the_short_cut_gives_the_grade() -> None:
    """Stopping early gives the strength that all checks together give."""
    for seed, effect in ((900_001, 0.0), (900_002, -0.02), (900_003, -0.03), (900_004, -0.05)):
        made = made_up_england(Scenario(effect=effect), seed=seed)
        fit = fit_layout(layout_of(made.cells, made.rollout), DiD(), seed=seed)
        assert staged_strength(fit) is grade(estimate(fit), check(fit)).strength


def test_ten_large_effects_and_forty_of_nothing() -> None:
    """Ten rollouts of 10 points are graded moderate or high; forty of nothing are not."""
    large = _run(EFFECTS["10 pp"], 700_000, 10)
    assert all(o.strength in ("moderate", "high") for o in large)
    nothing = [*_run({}, 700_100, 20), *_run(COUNTS, 700_200, 20)]
    assert [o.strength for o in nothing if o.strength in ("moderate", "high")] == []
