"""What subgroup verdicts do on made-up rollouts whose subgroup effects are known. Fast route; synthetic throughout.

python -m tests.recovery.subgroups nothing --replicates 100 --first-seed 960000
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import estimate, subgroups
from sos_bayes.estimands.effect import Effect
from sos_bayes.fitting import fit_layout
from sos_bayes.simulation import made_up_subgroups
from tests.recovery.harness import many

SETTINGS: dict[str, tuple[float, ...]] = {
    "nothing": (0.0, 0.0, 0.0),
    "alike": (-0.03, -0.03, -0.03),
    "one subgroup": (-0.06, 0.0, 0.0),
    "drawn": (),
}


def effects_of(setting: str, seed: int) -> tuple[float, ...]:
    """Effects of a setting; ``drawn`` has a spread drawn from the model's own prior, at a base of 15 %."""
    if setting != "drawn":
        return SETTINGS[setting]
    rng = np.random.default_rng([seed, 5])
    common, spread = rng.normal(0, 0.2), abs(rng.normal(0, 0.2))
    return tuple((expit(logit(0.15) + common + spread * rng.standard_normal(3)) - 0.15).tolist())


@dataclass(frozen=True)
class Replicate:
    """What one replicate said of its subgroups, in order; P(difference above) on both scales."""

    seed: int
    p_natural: tuple[float, ...]
    p_link: tuple[float, ...]
    different: tuple[bool, ...]
    covered90: tuple[bool, ...]
    untouched_declared: tuple[bool, ...]
    shared_declared: tuple[bool, ...]
    untouched_covered90: tuple[bool, ...]
    shared_covered90: tuple[bool, ...]
    largest: str
    healthy: bool


def replicate(seed: int, setting: str) -> Replicate:
    """Fit one made-up England with effects that vary by subgroup, and once with one effect for all."""
    made = made_up_subgroups(effects=effects_of(setting, seed), seed=seed)
    layout = layout_of(made.cells, made.rollout)
    vary = fit_layout(layout, DiD(vary_by=("subgroup",)), seed=seed)
    shared = fit_layout(layout, DiD(adjust=("subgroup",)), seed=seed)
    found = subgroups(vary)
    own = [(g.effect, made.truth[g.effect.label]) for g in found.groups]
    one = [(e, made.truth[e.label]) for e in estimate(shared, by="subgroup")]
    return Replicate(
        seed,
        tuple(g.p_above for g in found.groups),
        tuple(g.p_above_link for g in found.groups),
        tuple(g.different for g in found.groups),
        tuple(_covers(g.difference, made.contrasts[g.effect.label]) for g in found.groups),
        tuple(_declared(e) for e, truth in own if truth == 0),
        tuple(_declared(e) for e, truth in one if truth == 0),
        tuple(_covers(e, truth) for e, truth in own),
        tuple(_covers(e, truth) for e, truth in one),
        max(found.groups, key=lambda g: g.p_largest).effect.label,
        vary.health.ok and shared.health.ok,
    )


def _covers(effect: Effect, truth: float) -> bool:
    low, high = effect.interval(0.90)
    return bool(low <= truth <= high)


def _declared(effect: Effect) -> bool:
    p = effect.probability(above=0.0)
    return max(p, 1 - p) >= 0.975


def summary(found: list[Replicate]) -> dict[str, float]:
    """Rates over healthy replicates and their subgroups."""
    healthy = [r for r in found if r.healthy]

    def rate(name: str) -> float:
        return float(np.mean([x for r in healthy for x in getattr(r, name)]))

    def beyond(name: str) -> float:
        return float(np.mean([max(p, 1 - p) >= 0.975 for r in healthy for p in getattr(r, name)]))

    flags = ("untouched_declared", "shared_declared") if found[0].untouched_declared else ()
    covers = ("different", "covered90", "untouched_covered90", "shared_covered90")
    return {
        "replicates": len(found),
        "beyond_natural": beyond("p_natural"),
        "beyond_link": beyond("p_link"),
        **{name: rate(name) for name in (*covers, *flags)},
        "any_different": float(np.mean([any(r.different) for r in healthy])),
        "first_largest": float(np.mean([r.largest == "a" for r in healthy])),
        "unhealthy": float(np.mean([not r.healthy for r in found])),
    }


def run(setting: str, first: int, count: int, cores: int | None = None) -> list[Replicate]:
    """Run replicates of one setting over processes."""
    return many(replicate, [(seed, setting) for seed in range(first, first + count)], cores)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("setting", choices=sorted(SETTINGS))
    parser.add_argument("--replicates", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=960_000)
    parser.add_argument("--cores", type=int)
    asked = parser.parse_args()
    figures = summary(run(asked.setting, asked.first_seed, asked.replicates, asked.cores))
    row = {"setting": asked.setting, "first_seed": asked.first_seed}
    print(json.dumps(row | {k: round(v, 4) for k, v in figures.items()}))


if __name__ == "__main__":
    main()
