"""Replicates of whole roll-outs with known truth: fit, check, grade, stopping as soon as the grade is settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import joblib
import numpy as np

from sos_bayes._core.cores import spread
from sos_bayes.checks import CHECKS, CheckResult, State
from sos_bayes.checks.fit_under_test import under_test
from sos_bayes.checks.scheduling import alone
from sos_bayes.designs import DiD, Layout, layout_of
from sos_bayes.estimands import estimate
from sos_bayes.evidence import SOS_DEFAULT, Strength, grade
from sos_bayes.fitting import fit_layout
from sos_bayes.simulation import Scenario, made_up_england

GATES = (
    "drift",
    "points",
    "start_shock",
    "sceptical",
    "patt",
    "weighting",
    "random_walk",
    "trends",
    "imputation",
    "leave_one_out",
    "donut",
    "denominator",
)


@dataclass(frozen=True)
class Outcome:
    """What one replicate said: natural scale throughout."""

    seed: int
    truth: float
    mean: float
    sd: float
    covered50: bool
    covered90: bool
    covered95: bool
    p_positive: float
    strength: str
    towards_truth: bool
    healthy: bool
    seconds: float


def staged_strength(fit: Any) -> Strength:
    """Strength of a fit, running checks in turn until one settles that it is below moderate.

    The same as ``grade(estimate(fit), check(fit)).strength``, save that a null finding is not looked for.
    """
    effect = estimate(fit)
    best = ("p_positive", "p_negative", "p_small")
    numbers = (*((key, 1.0) for key in best), ("p_large", 0.0), ("p_within", 0.0), ("worst_within", 0.0))
    held = {name: CheckResult(name, name, State.REPORTED, numbers, "") for name in CHECKS}
    verdict = grade(effect, tuple(held.values()))
    tested = None
    for name in GATES:
        if verdict.strength < Strength.MODERATE:
            return verdict.strength
        tested = tested or under_test(fit)
        held[name] = alone(CHECKS[name], tested)
        verdict = grade(effect, tuple(held.values()))
    return verdict.strength


def replicate(seed: int, layout: Layout, truth: float, *, graded: bool = True, design: DiD | None = None) -> Outcome:
    """Fit one roll-out by the fast route and, where asked, grade it."""
    import time

    begun = time.perf_counter()
    fit = fit_layout(layout, design or DiD(), method="fast", seed=seed)
    effect = estimate(fit)
    inside = [low <= truth <= high for low, high in (effect.interval(p) for p in (0.5, 0.9, 0.95))]
    strength = staged_strength(fit) if graded and fit.health.ok else Strength.NONE
    p = effect.probability(above=0.0)
    return Outcome(
        seed, truth, effect.mean, effect.sd, *inside, p, strength.value, bool((p > 0.5) == (truth > 0)),
        fit.health.ok, time.perf_counter() - begun,
    )  # fmt: skip


def simulated(seed: int, settings: dict[str, Any], graded: bool = True) -> Outcome:
    """One replicate of `made_up_england` under these settings."""
    made = made_up_england(Scenario(**settings), seed=seed)
    return replicate(seed, layout_of(made.cells, made.rollout), made.truth.satt, graded=graded)


def many(task: Callable[..., Outcome], jobs: Iterable[tuple[Any, ...]], cores: int | None = None) -> list[Outcome]:
    """Run replicates over processes, one thread each; the order of the results is that of the jobs."""
    with joblib.parallel_config(n_jobs=cores or -1):
        found = dict(spread(partial(_called, task), list(jobs)))
    return [found[i] for i in range(len(found))]


def _called(task: Callable[..., Outcome], arguments: tuple[Any, ...]) -> Outcome:
    return task(*arguments)


def summary(outcomes: list[Outcome]) -> dict[str, float]:
    """Rates over replicates, and their size."""
    sign = np.array([max(o.p_positive, 1 - o.p_positive) for o in outcomes])
    error = np.array([o.mean - o.truth for o in outcomes])
    strengths = [o.strength for o in outcomes]
    size = len(outcomes)
    rates = {f"grade_{s.value}": strengths.count(s.value) / size for s in Strength}
    return {
        "replicates": size,
        **{f"covered_{k}": float(np.mean([getattr(o, f"covered{k}") for o in outcomes])) for k in (50, 90, 95)},
        "p_975": float((sign >= SOS_DEFAULT.direction.moderate).mean()),
        "p_995": float((sign >= SOS_DEFAULT.direction.high).mean()),
        **rates,
        "moderate_or_high": rates["grade_moderate"] + rates["grade_high"],
        "wrong_side": float(np.mean([o.strength in ("moderate", "high") and not o.towards_truth for o in outcomes])),
        "bias": float(error.mean()),
        "bias_mcse": float(error.std(ddof=1) / np.sqrt(size)),
        "mean_sd": float(np.mean([o.sd for o in outcomes])),
        "unhealthy": float(np.mean([not o.healthy for o in outcomes])),
        "seconds": float(np.median([o.seconds for o in outcomes])),
    }
