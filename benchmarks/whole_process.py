"""Whole processes, from a parquet file to an answer: against bambi, end to end on ten million rows, first fits.

Caches are warm (bytecode and compiled loops: one process runs first and is not counted). Wall time decides everywhere,
since it is what one waits for and both sides use several processes or threads; CPU seconds stand beside it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from made_up_cells import BIG, SMALL, write_children
from measure import Line, PeerMissing, Spent, fresh, interleaved
from startup import stations

BAMBI_TIMES = 8.0
END_SECONDS, END_PEAK = 10.0, 1024.0
IMPORT_SECONDS, NUTS_SECONDS, FAST_SECONDS = 0.3, 16.0, 5.0


def isolated(folder: Path, *packages: str) -> str:
    """Make an environment that holds packages and what they need, bytecode included; give its interpreter.

    One environment serves all pairs: ``uv run --isolated --with`` makes a new one at every call, whose first import
    compiles every module, and the peer would pay for that each time.

    Raises
    ------
    PeerMissing
        If uv or a package cannot be had.
    """
    python = str(folder / "peer" / "bin" / "python")
    found = os.environ.get("UV") or shutil.which("uv")  # the first is set by uv run
    uv = [found] if found else ["python3", "-m", "uv"]
    for step in (
        ["venv", "--quiet", "--python", sys.executable, str(folder / "peer")],
        ["pip", "install", "--quiet", "--compile-bytecode", "--python", python, *packages, "pyarrow"],
    ):
        done = subprocess.run([*uv, *step], check=False, capture_output=True, text=True)
        if done.returncode:
            raise PeerMissing(f"{packages[0]} could not be installed: {(done.stderr.strip() or 'no message')[-200:]}")
    return python


def bambi(pairs: int) -> tuple[Line, ...]:
    """Compare 1e4 children to an ATT by NUTS, ours against bambi on rows; each side's first process is not counted."""
    with tempfile.TemporaryDirectory() as name:
        folder = write_children(Path(name), replace(SMALL, children=10_000))
        python = isolated(folder, "bambi")
        said: list[dict[str, Any]] = [{}, {}]

        def ours() -> Spent:
            used, said[0] = fresh("road.py", folder, "nuts", "estimate")
            return used

        def peer() -> Spent:
            used, said[1] = fresh("bambi_rows.py", folder, python=python)
            return used

        ours()
        peer()
        both = interleaved(ours, peer, pairs)
    atts = "; ".join(
        f"{who} {s['mean']:+.4f} (sd {s['sd']:.4f})" for who, s in zip(("ATT", "bambi"), said, strict=True)
    )
    return (
        Line(
            "bambi",
            f"1/{both.wall:.1f} of bambi's time, whole process",
            f"<= 1/{BAMBI_TIMES:.0f}",
            both.wall >= BAMBI_TIMES,
            f"wall decides; ours {both.ours.wall:.1f} s ({both.ours.cpu:.1f} s CPU, {both.ours.peak:.0f} MiB), "
            f"bambi {both.peer.wall:.1f} s ({both.peer.cpu:.1f} s CPU, {both.peer.peak:.0f} MiB); "
            f"CPU 1/{both.cpu:.1f}; {atts}",
        ),
    )


def end_to_end(pairs: int) -> tuple[Line, ...]:
    """Ten million rows to a graded ATT by the fast route, in a fresh process."""
    used, each = stations(BIG, "fast", "grade", pairs)
    return (
        Line(
            "end-to-end",
            f"{used.wall:.1f} s, peak {used.peak:.0f} MiB",
            f"<= {END_SECONDS:.0f} s, <= {END_PEAK:.0f} MiB",
            used.wall <= END_SECONDS and used.peak <= END_PEAK,
            f"wall decides; {used.cpu:.1f} s CPU; seconds: {_listed(each)}",
        ),
    )


def first_fit(pairs: int) -> tuple[Line, ...]:
    """First fits of fresh processes, and the import alone; 1e5 children."""
    found = []
    for method, goal in (("nuts", NUTS_SECONDS), ("fast", FAST_SECONDS)):
        used, each = stations(SMALL, method, "fit", pairs)
        found.append(
            Line(
                f"first-fit {method}", f"{used.wall:.1f} s", f"<= {goal:.0f} s", used.wall <= goal,
                f"wall decides; whole process, {used.cpu:.1f} s CPU; seconds: {_listed(each)}",
            )
        )  # fmt: skip
    took = each["import"].wall
    found.append(
        Line("first-fit import", f"{took:.2f} s", f"<= {IMPORT_SECONDS} s", took <= IMPORT_SECONDS, "wall decides")
    )
    return tuple(found)


def _listed(each: dict[str, Spent]) -> str:
    return ", ".join(f"{name} {used.wall:.2f}" for name, used in each.items() if name != "all")
