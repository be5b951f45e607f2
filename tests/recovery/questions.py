"""How often the questions beyond the average are answered rightly. Fast route; synthetic throughout.

python -m tests.recovery.questions "equal effects" --replicates 100 --first-seed 950000
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from typing import Any

import numpy as np

from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import growth, heterogeneity
from sos_bayes.fitting import fit_layout
from sos_bayes.simulation import Scenario, made_up_england
from tests.recovery.harness import many

SETTINGS: dict[str, dict[str, Any]] = {
    "equal effects": {"effect": -0.02},
    "nothing": {},
    "opposite effects": {"heterogeneity": 0.4},
    "growing": {"effect": -0.04, "shape": "grow"},
    "fading": {"effect": -0.04, "shape": "fade"},
}


def replicate(seed: int, setting: str) -> tuple[str, str, float, float]:
    """Verdicts on opposite results and on growth, P(grows), and how many true effects the 90 % rank intervals hold."""
    made = made_up_england(Scenario(**SETTINGS[setting]), seed=seed)
    fit = fit_layout(layout_of(made.cells, made.rollout), DiD(), seed=seed)
    between, over_time = heterogeneity(fit), growth(fit)
    truth = (made.push / np.maximum(made.profile, 1e-9))[: made.scenario.adopters, -1]  # on the scale of the link
    rank = dict(zip(made.scenario.names, np.argsort(np.argsort(truth)) + 1, strict=False))
    held = [r.rank_low <= rank[r.effect.label] <= r.rank_high for r in between.authorities]
    return between.verdict, over_time.verdict, over_time.p_grows or np.nan, float(np.mean(held))


def summary(found: list[tuple[str, str, float, float]]) -> dict[str, float]:
    """Rates of each verdict."""
    size = len(found)
    mixed, grows = (Counter(row[i] for row in found) for i in (0, 1))
    return {
        "replicates": size,
        **{name: mixed[name] / size for name in ("mixed", "not mixed")},
        "spread cannot be told": mixed["cannot be told"] / size,
        **{name: grows[name] / size for name in ("grows", "falls away", "not settled")},
        "growth cannot be told": grows["cannot be told"] / size,
        "ranks held": float(np.mean([row[3] for row in found])),
    }


def run(setting: str, first: int, count: int, cores: int | None = None) -> list[tuple[str, str, float, float]]:
    """Run replicates of one setting over processes."""
    return many(replicate, [(seed, setting) for seed in range(first, first + count)], cores)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("setting", choices=sorted(SETTINGS))
    parser.add_argument("--replicates", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=950_000)
    parser.add_argument("--cores", type=int)
    asked = parser.parse_args()
    figures = summary(run(asked.setting, asked.first_seed, asked.replicates, asked.cores))
    row = {"setting": asked.setting, "first_seed": asked.first_seed}
    print(json.dumps(row | {k: round(v, 4) for k, v in figures.items()}))


if __name__ == "__main__":
    main()
