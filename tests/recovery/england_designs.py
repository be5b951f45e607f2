"""Print how each design does in placebo roll-outs on the real English panel, as lines of JSON, one a design.

python -m tests.recovery.england_designs --adopters 9 --before 8 --laws 3

Nothing was rolled out in these authorities (pilots are left out), so the truth is no effect: intervals should hold
zero as often as they say, and P(direction) pass .975 either way in one of twenty. Every measure is read in two windows
(its first and its last years), each with as many random laws as asked for, of 40 authorities. Published point
estimators of the adopters' mean have no interval: their errors stand beside the others' in the sds of the
difference-in-differences of the same roll-out.
"""

from __future__ import annotations

import argparse
import json
import time
from functools import partial
from typing import Any

import numpy as np

import sos_bayes as sb
from sos_bayes.data import Cells, Rollout
from sos_bayes.designs import Layout, layout_of
from sos_bayes.fitting import fit_layout
from sos_bayes.sampling.sampler import Sampler
from sos_bayes.synthesis import augmented_synthetic_control, synthetic_control, synthetic_did
from tests.recovery import england
from tests.recovery.harness import Outcome, many

DESIGNS: dict[str, Any] = {
    "DiD": sb.DiD(),
    "SyntheticControl": sb.SyntheticControl(),
    "LatentFactors": sb.LatentFactors(1),
    "TwoFactors": sb.LatentFactors(2),
}
POINTS: dict[str, Any] = {
    "SDID": synthetic_did,
    "SyntheticControlPoint": partial(synthetic_control, intercept=True),
    "AugmentedPoint": partial(augmented_synthetic_control, intercept=True),
}
SAMPLER = Sampler(draws=600, tune=400, chains=2, target_accept=0.9, progress=False)
AFTER = 4
MEASURES = (
    "children_rereferred_within_12m",
    "referrals",
    "cin_started",
    "cpp_started",
    "cin_at_31_march",
    "cpp_at_31_march",
    "cla_at_31_march",
)


def law_of(cells: Cells, law: int, adopters: int, before: int) -> Layout:
    """Forty random authorities, some of which "adopt"."""
    rng = np.random.default_rng([law, 31])
    names = sorted(rng.choice(cells.authorities, england.POOL, replace=False))
    chosen = rng.choice(names, adopters, replace=False)
    start = cells.calendar.labels[before]
    return layout_of(cells.of(names), Rollout({str(name): start for name in chosen}))


def placebo(cells: Cells, law: int, adopters: int, before: int, name: str, short: bool) -> Outcome:
    """Fit one placebo roll-out by a design; the difference-in-differences by its fast route.

    With ``short``, the others are sampled by `SAMPLER`, else as long as they are by default.
    """
    begun = time.perf_counter()
    layout = law_of(cells, law, adopters, before)
    if name == "DiD":
        fit = fit_layout(layout, sb.DiD(), method="fast", seed=law)
    else:
        fit = fit_layout(layout, DESIGNS[name], method="nuts", seed=law, sampler=SAMPLER if short else None)
    effect = sb.estimate(fit)
    inside = [low <= 0 <= high for low, high in (effect.interval(p) for p in (0.5, 0.9, 0.95))]
    p = effect.probability(above=0.0)
    return Outcome(
        law, 0.0, effect.mean, effect.sd, *inside, p, "none", False, fit.health.ok, time.perf_counter() - begun
    )


def point(cells: Cells, law: int, adopters: int, before: int, name: str) -> float:
    """The same roll-out by a published point estimator of the adopters' mean, each of them weighed equally."""
    layout = law_of(cells, law, adopters, before)
    numbers = layout.cells
    rates = (numbers.outcome.per * numbers.events.sum(axis=2) / numbers.total.sum(axis=2)).T
    treated, others = rates[:, layout.adopters].mean(axis=1), rates[:, layout.comparators]
    more = {"adopters": adopters} if name == "SDID" else {}
    return float(POINTS[name](treated, others, before, **more).effect)


def run(adopters: int, before: int, laws: int, designs: list[str], cores: int, *, short: bool = True) -> None:
    """All measures of one setting; sizes of effects are in units of the design's own sd."""
    england.YEARS = before + AFTER
    panels = [cells for m in MEASURES for cells in england.windows(m)]
    rollouts = [(cells, law, adopters, before) for cells in panels for law in range(laws)]
    yardstick = np.full(len(rollouts), np.nan)
    for name in designs:
        if name in POINTS:
            errors = np.array([point(*one, name) for one in rollouts])
            row = {"design": name, "adopters": adopters, "before": before, "replicates": len(rollouts)}
            print(json.dumps(row | {"error_over_did_sd": _root_mean_square(errors / yardstick)}), flush=True)
            continue
        found = many(placebo, [(*one, name, short) for one in rollouts], cores)
        if name == "DiD":
            yardstick = np.array([o.sd for o in found])
        sign = np.array([max(o.p_positive, 1 - o.p_positive) for o in found])
        row = {
            "design": name, "adopters": adopters, "before": before, "replicates": len(found),
            **{f"covered{k}": float(np.mean([getattr(o, f"covered{k}") for o in found])) for k in (50, 90, 95)},
            "p_975": float((sign >= 0.975).mean()),
            "error_over_sd": _root_mean_square(np.array([o.mean / o.sd for o in found])),
            "error_over_did_sd": _root_mean_square(np.array([o.mean for o in found]) / yardstick),
            "unhealthy": float(np.mean([not o.healthy for o in found])),
            "seconds": float(np.median([o.seconds for o in found])),
        }  # fmt: skip
        print(json.dumps({k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}), flush=True)


def _root_mean_square(x: np.ndarray) -> float:
    return round(float(np.sqrt((x**2).mean())), 3)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--adopters", type=int, default=9)
    parser.add_argument("--before", type=int, default=8)
    parser.add_argument("--laws", type=int, default=3)
    parser.add_argument("--designs", nargs="+", choices=sorted(DESIGNS | POINTS), default=list(DESIGNS | POINTS))
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--long", dest="short", action="store_false", help="sample as long as by default")
    run(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
