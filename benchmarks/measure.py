"""How the benchmarks measure: calls in interleaved pairs, and whole processes with their peak memory."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


class PeerMissing(Exception):
    """The other side of a pair cannot be had on this machine."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table.

    Attributes
    ----------
    name, measured, goal : str
        Figures with their units.
    ok : bool
    note : str
        What was compared and what decides.
    """

    name: str
    measured: str
    goal: str
    ok: bool
    note: str = ""

    def __str__(self) -> str:
        return f"{self.name:<20} {self.measured:<58} goal {self.goal:<34} {'ok' if self.ok else 'short':<6} {self.note}"


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of one side, and mebibytes at the peak where a whole process was measured."""

    wall: float
    cpu: float
    peak: float = 0.0


@dataclass(frozen=True, slots=True)
class Compared:
    """Medians over pairs of each side, and of the ratios of the second side to the first."""

    ours: Spent
    peer: Spent
    wall: float
    cpu: float


def spent(call: Callable[[], Any], times: int = 1) -> Spent:
    """Wall and CPU seconds of one call, all threads of this process counted; the mean over ``times`` calls."""
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        call()
    return Spent((time.perf_counter() - wall) / times, (time.process_time() - cpu) / times)


def interleaved(ours: Callable[[], Spent], peer: Callable[[], Spent], pairs: int) -> Compared:
    """Run both sides one after the other; the order within a pair alternates, so that neither is always warm."""
    found: list[tuple[Spent, Spent]] = []
    for number in range(pairs):
        if number % 2:
            second = peer()
            found.append((ours(), second))
        else:
            found.append((ours(), peer()))
    return Compared(
        median([a for a, _ in found]),
        median([b for _, b in found]),
        statistics.median(b.wall / a.wall for a, b in found),
        statistics.median(b.cpu / a.cpu for a, b in found),
    )


def median(runs: Sequence[Spent]) -> Spent:
    """Medians of wall, CPU and peak, each on its own."""
    return Spent(*(statistics.median(getattr(run, name) for run in runs) for name in ("wall", "cpu", "peak")))


def environment() -> dict[str, str]:
    """What fresh processes see: one BLAS thread, and bytecode that may be written, without which imports crawl."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"OPENBLAS_NUM_THREADS": "1"}


def fresh(script: str, *arguments: object, python: str = sys.executable) -> tuple[Spent, dict[str, Any]]:
    """Run a script of this folder in a process of its own.

    The process is started by `alone.py`, which is small: Linux counts the memory of whoever starts a process into
    that process's peak.

    Parameters
    ----------
    script : str
        Name of a file in this folder that prints one JSON object on its last line.
    python : str
        Interpreter, for a peer that lives in an environment of its own.

    Returns
    -------
    Spent, dict
        With all descendants; and what the script printed.
    """
    command = [python, str(HERE / script), *map(str, arguments)]
    done = subprocess.run(
        [sys.executable, "-S", "-E", str(HERE / "alone.py"), *command],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{script} stopped: {done.stderr[-2000:]}")
    *_, said, figures = done.stdout.strip().splitlines()
    return Spent(**json.loads(figures)), json.loads(said)
