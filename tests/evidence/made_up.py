"""Effects and checks with exactly given probabilities."""

from dataclasses import replace

import numpy as np

from sos_bayes.checks import CHECKS, CheckResult, State
from sos_bayes.data import Aim, Binary
from sos_bayes.estimands.effect import Effect, effect_from_draws

OUTCOME = Binary("y", aim=Aim.MORE, worthwhile=0.01, label="staying in education")
SIZE = 20_000
DIRECTED = (
    "patt", "weighting", "leave_one_out", "random_walk", "trends", "imputation", "sceptical", "drift", "donut",
    "points", "start_shock",
)  # fmt: skip


def effect(p=0.9999, size=0.9999, **changes) -> Effect:
    """Effect with P(above 0) = p and P(above the worthwhile change) = size, at most p; by the fast route."""
    beyond, within = round(SIZE * min(size, p)), round(SIZE * p)
    draws = np.full(SIZE, -0.005)
    draws[:within] = 0.005
    draws[:beyond] = 0.02
    draws = np.random.default_rng(1).permutation(draws)[None]
    return replace(effect_from_draws(draws, OUTCOME), method="fast", **changes)


def checks(
    p=0.9999, within=0.1, worst=None, small=0.95, large=0.01, changed=0.999, **states
) -> tuple[CheckResult, ...]:
    """All checks with P(positive) = p; a name gives a probability, a state, or None to leave the check out."""
    found = {name: {"p_positive": p, "p_negative": 1 - p} for name in DIRECTED}
    found["no_change"] = {"p_within": within, "worst_within": within if worst is None else worst}
    found["denominator"] = {"p_small": small, "p_large": large, "p_changed": changed}
    out = []
    for name in CHECKS:
        asked = states.get(name, State.REPORTED)
        if asked is None:
            continue
        numbers = found.get(name, {})
        if isinstance(asked, float):
            numbers, asked = {"p_positive": asked, "p_negative": 1 - asked}, State.REPORTED
        numbers = numbers if asked is State.REPORTED else {}
        out.append(CheckResult(name, name, asked, tuple(numbers.items()), f"{name}: {asked.value}."))
    return tuple(out)


def mirrored(found: Effect) -> Effect:
    """The same evidence where events and non-events have changed places, and the aim with them."""
    aim = Aim.FEWER if found.outcome.aim is Aim.MORE else Aim.MORE
    return replace(found, draws=-found.draws, outcome=replace(found.outcome, aim=aim))


def mirrored_checks(found: tuple[CheckResult, ...]) -> tuple[CheckResult, ...]:
    swap = {"p_positive": "p_negative", "p_negative": "p_positive"}
    return tuple(replace(c, numbers=tuple((swap.get(k, k), v) for k, v in c.numbers)) for c in found)
