"""How long a fresh process takes to its first answer by the fast route, station by station.

A process of its own imports the library, reads a parquet file of made-up children, collapses, fits, estimates, checks
and grades. Caches are warm: one process runs first and is not counted, and bytecode may be written and read, without
which every import takes three to five times as long (`PYTHONDONTWRITEBYTECODE`, or an installer that compiles none).
Both wall and CPU seconds are given; on a busy machine only the second means something.

Run with: python3 -m uv run python benchmarks/startup.py [CHILDREN] [PROCESSES]
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

STATIONS = ("import", "read", "collapse", "fit", "estimate", "check", "grade", "all")
ROAD = """
import json, sys, time

figures, last = {}, [time.perf_counter(), time.process_time()]


def station(name):
    now = [time.perf_counter(), time.process_time()]
    figures[name] = [now[0] - last[0], now[1] - last[1]]
    last[:] = now


import sos_bayes as sb

station("import")
children = sb.read_cohort(sys.argv[1], authority="authority", period="period")
rollout = sb.Rollout(dict.fromkeys((f"Made-up {i:03d}" for i in range(9)), 2014))
outcome = sb.Binary("again", aim=sb.Aim.FEWER, worthwhile=0.01, label="re-referral")
station("read")
from sos_bayes.data import collapse
from sos_bayes.designs import layout_of

layout = layout_of(collapse(children, outcome, ("age", "sex")), rollout)
station("collapse")
from sos_bayes.fitting import fit_layout

fit = fit_layout(layout, sb.DiD(adjust=("age", "sex")), method="fast")
station("fit")
effect = sb.estimate(fit)
station("estimate")
checks = sb.check(fit)
station("check")
sb.grade(effect, checks)
station("grade")
figures["all"] = [sum(each) for each in zip(*figures.values())]
json.dump(figures, sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class Station:
    """Median seconds of one station over processes."""

    name: str
    wall: float
    cpu: float


def write_children(path: Path, rows: int, seed: int = 1) -> None:
    """Made-up children: 40 authorities, 8 years, 4 ages, 2 sexes; nine authorities adopt in 2014."""
    rng = np.random.default_rng(seed)
    authority, period = rng.integers(0, 40, rows), rng.integers(2010, 2018, rows)
    log_odds = rng.normal(0, 0.3, 40)[authority] - 1.4 - 0.3 * ((authority < 9) & (period >= 2014))
    table = pl.DataFrame(
        {
            "authority": np.array([f"Made-up {i:03d}" for i in range(40)])[authority],
            "period": period,
            "age": np.array(["0-4", "5-9", "10-15", "16-17"])[rng.integers(0, 4, rows)],
            "sex": np.array(["female", "male"])[rng.integers(0, 2, rows)],
            "again": (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(np.int8),
        }
    )
    table.write_parquet(path)


def startup(rows: int = 200_000, processes: int = 3) -> tuple[Station, ...]:
    """Median figures of fresh processes, after one that warms the caches.

    Parameters
    ----------
    rows : int
        Children in the file.
    processes : int
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["OPENBLAS_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "children.parquet"
        write_children(path, rows)
        runs = []
        for _ in range(processes + 1):
            done = subprocess.run(
                [sys.executable, "-c", ROAD, str(path)], env=environment, capture_output=True, text=True, check=True
            )
            runs.append(json.loads(done.stdout))
    median = {name: [statistics.median(run[name][i] for run in runs[1:]) for i in (0, 1)] for name in STATIONS}
    return tuple(Station(name, *median[name]) for name in STATIONS)


def main() -> None:
    """Print one line for each station."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    print(f"{rows:,} children, medians of {processes} fresh processes with warm caches")
    print(f"{'':>10}  wall s   CPU s")
    for station in startup(rows, processes):
        print(f"{station.name:>10}  {station.wall:6.3f}  {station.cpu:6.3f}")


if __name__ == "__main__":
    main()
