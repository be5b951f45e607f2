"""What a change cost: this checkout against another one, in pairs of fresh processes that run one after the other.

Run with: python benchmarks/two_checkouts.py --other FOLDER [--pairs 12] [--only NAME]

FOLDER is a second checkout of this project, a `git worktree` of the commit before the change, say; both run on this
interpreter, each on its own package and its own benchmarks. One line an item: the ratio of CPU seconds, this checkout
to the other, its mean over pairs on the log scale and its upper 95 % limit (one-sided, Student's t over pairs), and
whether that limit is at most 1.03. The order within a pair alternates. Each process warms up first, so that neither
compilation nor reading of compiled code is counted; ``end-to-end`` is a whole process, and only the first of either
side is not counted.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIMIT = 1.03

PREPARE = """
import json, sys, time
from made_up_cells import BIG, SMALL, made_up_layout
def spent(call, times, blocks=5):
    call()
    took = []
    for _ in range(blocks):
        begun = time.process_time()
        for _ in range(times):
            call()
        took.append(time.process_time() - begun)
    print(json.dumps(sorted(took)[blocks // 2] / times))
"""
SIDES = {
    "kernel": """
import kernel
spent(kernel.ours(kernel.cells(*kernel.SIZES["358k"])), 400)
""",
    "fast-small": """
import routes
layout = made_up_layout(SMALL)
spent(lambda: routes.fast(layout, SMALL), 2)
""",
    "fast-big": """
import routes
layout = made_up_layout(BIG)
spent(lambda: routes.fast(layout, BIG), 1, 3)
""",
    "sampling-1e5": """
import sos_bayes as sb
from sos_bayes.fitting import fit_layout
layout = made_up_layout(SMALL)
short, long = (sb.Sampler(draws=n, tune=n, chains=2, cores=1, progress=False) for n in (50, 600))
fit_layout(layout, SMALL.design, method="nuts", seed=1, sampler=short)
begun = time.process_time()
fit_layout(layout, SMALL.design, method="nuts", seed=1, sampler=long)
print(json.dumps(time.process_time() - begun))
""",
}


def main() -> None:
    """Measure what was asked for, a line an item as it is known; exit status 1 where a limit lies above 1.03."""
    parser = argparse.ArgumentParser(description="Compare the speed of two checkouts.")
    parser.add_argument("--other", type=Path, required=True, help="the checkout to compare with")
    parser.add_argument("--pairs", type=int, default=12, help="pairs of processes (default 12, at least 3)")
    parser.add_argument("--only", choices=[*SIDES, "end-to-end"], help="measure this one")
    given = parser.parse_args()
    other = given.other.resolve()
    if given.pairs < 3:
        parser.error("--pairs must be at least 3: the limit needs a spread")
    if not (other / "sos_bayes").is_dir():
        parser.error(f"--other: {other.name} holds no package sos_bayes; give the root of a checkout")
    over = False
    with tempfile.TemporaryDirectory() as folder:
        for name in [given.only] if given.only else [*SIDES, "end-to-end"]:
            runs = whole(Path(folder)) if name == "end-to-end" else lambda root, name=name: inside(root, SIDES[name])
            mean, upper, pairs = ratio(runs, HERE.parent, other, given.pairs)
            over |= upper > LIMIT
            low, high = min(pairs), max(pairs)
            print(
                f"{name:<14} {mean:.3f}, upper limit {upper:.3f} {'ok' if upper <= LIMIT else 'over'} "
                f"({len(pairs)} pairs, {low:.3f} to {high:.3f})",
                flush=True,
            )
    sys.exit(over)


def ratio(seconds: Callable[[Path], float], ours: Path, other: Path, pairs: int) -> tuple[float, float, list[float]]:
    """Geometric mean of the pairs' ratios, its one-sided upper 95 % limit, and the ratios."""
    from scipy.stats import t

    seconds(ours), seconds(other)
    found = []
    for number in range(pairs):
        sides = [(ours, 0), (other, 1)]
        took = {place: seconds(root) for root, place in (sides if number % 2 else reversed(sides))}
        found.append(math.log(took[0] / took[1]))
    mean, error = statistics.fmean(found), statistics.stdev(found) / math.sqrt(pairs)
    return math.exp(mean), math.exp(mean + t.ppf(0.95, pairs - 1) * error), [math.exp(each) for each in found]


def inside(root: Path, script: str) -> float:
    """CPU seconds that a process of a checkout prints of its own warm work."""
    return float(json.loads(run(root, "-c", PREPARE + script).splitlines()[-1]))


def whole(folder: Path) -> Callable[[Path], float]:
    """Ten million rows to a grade: CPU seconds of all stations, rows written once for both sides."""
    sys.path.insert(0, str(HERE))
    from made_up_cells import BIG, write_children

    write_children(folder, BIG)

    def seconds(root: Path) -> float:
        said = run(root, str(root / "benchmarks" / "road.py"), str(folder), "fast", "grade").splitlines()[-1]
        return float(json.loads(said)["seconds"]["all"][1])

    return seconds


def run(root: Path, *arguments: str) -> str:
    """Run this interpreter on a checkout's package and benchmarks; give what it printed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    seen = kept | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join([str(root), str(root / "benchmarks")])}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=root, env=seen, capture_output=True, text=True, check=False
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"A run of the checkout {root.name} stopped:\n{done.stderr[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    main()
