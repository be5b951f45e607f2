"""Sizes of saved files, and seconds to save and to load them: synthetic authorities, fast route, seed 1.

    python benchmarks/saved_files.py

Each time is the least of three; a file is read from the system's memory, as it has just been written.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import sos_bayes as sb
from sos_bayes.designs import DiD, layout_of
from sos_bayes.fitting import fit_layout
from sos_bayes.simulation import Scenario, made_up_england

SEED, REPEATS = 1, 3
SIZES = ((40, 9, 8), (150, 45, 40))  # authorities, adopters, periods


def least(work: Callable[[], object]) -> float:
    """Least seconds of some repeats."""
    took = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return min(took)


def size(path: Path) -> int:
    """Bytes of a file, or of all files of a folder."""
    return path.stat().st_size if path.is_file() else sum(p.stat().st_size for p in path.rglob("*") if p.is_file())


def main() -> None:
    """Print one row of a table for each size, format and level."""
    print("| authorities by periods | adopters | file | MB | save, s | load, s |")
    print("|---|---|---|---|---|---|")
    for authorities, adopters, periods in SIZES:
        made = made_up_england(Scenario(authorities=authorities, adopters=adopters, periods=periods), seed=SEED)
        fit = fit_layout(layout_of(made.cells, made.rollout), DiD(), method="fast", seed=SEED, fall_back=False)
        for name, cells in (("fit.nc", False), ("fit.zarr", False), ("fit.cells.nc", True), ("fit.cells.zarr", True)):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / name
                saving = least(lambda path=path, cells=cells, fit=fit: sb.save(fit, path, cells=cells, overwrite=True))
                loading = least(lambda path=path: sb.load(path))
                mb = size(path) / 1e6
            said = f"{mb:.1f} | {saving:.2f} | {loading:.2f}"
            print(f"| {authorities} by {periods} | {adopters} | `{name}` | {said} |", flush=True)


if __name__ == "__main__":
    main()
