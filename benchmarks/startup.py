"""How long a fresh process takes to its first answer by the fast route, station by station.

A process of its own (`road.py`) imports the library, reads a parquet file of made-up children, collapses, fits,
estimates, checks and grades. Caches are warm: one process runs first and is not counted, and bytecode may be written
and read, without which every import takes three to five times as long (`PYTHONDONTWRITEBYTECODE`, or an installer that
compiles none). Both wall and CPU seconds are given; on a busy machine only the second means something.

Run with: python3 -m uv run python benchmarks/startup.py [CHILDREN] [PROCESSES]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from made_up_cells import Size, write_children
from measure import Spent, fresh, median


def stations(size: Size, method: str, last: str, processes: int) -> tuple[Spent, dict[str, Spent]]:
    """Medians over fresh processes, after one that warms the caches: of the whole, and of each station by name.

    Parameters
    ----------
    size : Size
        Of the England whose children are in the file.
    method : str
        Route of the fit: nuts or fast.
    last : str
        Station to stop after.
    processes : int
    """
    with tempfile.TemporaryDirectory() as name:
        folder = write_children(Path(name), size)
        runs = [fresh("road.py", folder, method, last) for _ in range(processes + 1)][1:]
    seconds = [said["seconds"] for _, said in runs]
    return median([used for used, _ in runs]), {
        name: median([Spent(*one[name]) for one in seconds]) for name in seconds[0]
    }


def main() -> None:
    """Print one line for each station."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    print(f"{rows:,} children, medians of {processes} fresh processes with warm caches")
    print(f"{'':>10}  wall s   CPU s")
    whole, each = stations(Size(40, 9, 8, rows, (4, 2)), "fast", "grade", processes)
    for name, used in (each | {"process": whole}).items():
        print(f"{name:>10}  {used.wall:6.3f}  {used.cpu:6.3f}")


if __name__ == "__main__":
    main()
