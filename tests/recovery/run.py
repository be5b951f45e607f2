"""Print the operating characteristics of one setting as a line of JSON.

python -m tests.recovery.run "large slow shocks" --replicates 400 --first-seed 200000
"""

from __future__ import annotations

import argparse
import json

from tests.recovery.harness import many, simulated, summary
from tests.recovery.settings import DRIFT, EFFECTS, NULLS


def main() -> None:
    """Run from the command line."""
    every = NULLS | {"drift": DRIFT} | EFFECTS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("setting", choices=sorted(every))
    parser.add_argument("--replicates", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=200_000)
    parser.add_argument("--cores", type=int)
    asked = parser.parse_args()
    seeds = range(asked.first_seed, asked.first_seed + asked.replicates)
    figures = summary(many(simulated, [(seed, every[asked.setting]) for seed in seeds], asked.cores))
    row = {"setting": asked.setting, "first_seed": asked.first_seed}
    print(json.dumps(row | {k: round(v, 5) for k, v in figures.items()}))


if __name__ == "__main__":
    main()
