"""Calibrate the rule afresh: every setting, in stages, so that a killed run goes on where it was.

A run begins behind the replicates that the published summary holds already, and `--tables` adds its rows to them. After
a change that moves a number delete the summary (`docs/explanation/calibration.csv`) and begin anew.

python -m tests.recovery.calibrate --out calibration.jsonl --minutes 60 --processes 2
python -m tests.recovery.calibrate --out calibration.jsonl --tables
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import joblib

from sos_bayes import __version__
from sos_bayes._core.errors import SosBayesError
from sos_bayes.designs import DiD, Layout
from sos_bayes.estimands import estimate
from sos_bayes.fitting import fit_layout
from tests.recovery.calibration_tables import DOCS, RULE, kept, write_tables
from tests.recovery.settings_worlds import SETTINGS
from tests.recovery.staged import staged

BLOCK = 20  # replicates of one setting before the next has its turn


def one(name: str, seed: int) -> dict[str, Any]:
    """Fit one replicate, grade it in stages: a row of the file, with the kind of error where there is no answer."""
    row: dict[str, Any] = {"setting": name, "seed": seed, "rule": RULE, "version": __version__}
    begun = time.process_time()
    try:
        with joblib.parallel_config(n_jobs=1):
            return row | answered(*SETTINGS[name].draw(seed), SETTINGS[name].design, seed)
    except SosBayesError as error:
        spent = time.process_time() - begun
        return row | {"error": type(error).__name__, "strength": "none", "healthy": False, "seconds": spent}


def answered(layout: Layout, truth: float, design: DiD, seed: int) -> dict[str, Any]:
    """Figures of one fit."""
    begun = time.process_time()
    fit = fit_layout(layout, design, method="fast", seed=seed, fall_back=False)
    effect = estimate(fit)
    headline = time.process_time() - begun
    stages = staged(fit, effect) if fit.health.ok else None
    row: dict[str, Any] = {"healthy": bool(fit.health.ok), "truth": truth, "mean": effect.mean, "sd": effect.sd}
    row["p_positive"] = effect.probability(above=0.0)
    for share in (50, 90, 95):
        low, high = effect.interval(share / 100)
        row[f"covered_{share}"] = bool(low <= truth <= high)
    row["strength"] = stages.strength.value if stages else "none"
    row["held_by"], row["tried"] = (list(stages.held_by), list(stages.tried)) if stages else (["health"], [])
    return row | {"seconds_headline": headline, "seconds": time.process_time() - begun}


def commit() -> str:
    """Which code this is, so that rows of different code can be told apart."""
    found = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def rows(path: Path) -> list[dict[str, Any]]:
    """Whole rows of a file, for this version of the rule; a line cut short by a kill is passed over."""
    found = []
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            continue
        if row["rule"] == RULE:
            found.append(row)
    return found


def left(
    names: list[str], done: set[tuple[str, int]], most: int | None, before: Mapping[str, int] | None = None
) -> Iterator[tuple[str, int]]:
    """Replicates still to be made, a block of every setting in turn; `before` are how many each has already."""
    counts = {name: min(SETTINGS[name].replicates, most or SETTINGS[name].replicates) for name in names}
    skipped = before or {}
    for first in range(0, max(counts.values(), default=0), BLOCK):
        for name, count in counts.items():
            for i in range(max(first, skipped.get(name, 0)), min(first + BLOCK, count)):
                job = name, SETTINGS[name].first_seed + i
                if job not in done:
                    yield job


def run(path: Path, names: list[str], minutes: float, processes: int, most: int | None = None) -> int:
    """Append rows until all are there or the time is up; how many were added."""
    end, added, code = time.monotonic() + 60 * minutes, 0, commit()
    before = {name: row["replicates"] for name, row in kept(DOCS, RULE).items()}
    jobs = left(names, {(row["setting"], row["seed"]) for row in rows(path)}, most, before)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    with path.open("a+") as file, ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        _end_the_last_line(path, file)
        going: set[Future[dict[str, Any]]] = {pool.submit(one, *job) for job in islice(jobs, processes)}
        while going:
            finished, going = wait(going, return_when=FIRST_COMPLETED)
            for future in finished:
                file.write(json.dumps(future.result() | {"commit": code}) + "\n")
                file.flush()
                added += 1
            if time.monotonic() < end:
                going |= {pool.submit(one, *job) for job in islice(jobs, len(finished))}
    return added


def _end_the_last_line(path: Path, file: Any) -> None:
    text = path.read_bytes()
    if text and not text.endswith(b"\n"):
        file.write("\n")


def main(arguments: list[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("calibration.jsonl"), help="rows, one a replicate")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--replicates", type=int, help="at most so many of each setting")
    parser.add_argument("--setting", action="append", choices=list(SETTINGS), help="only this one; may be repeated")
    parser.add_argument("--tables", action="store_true", help="write the summary and the pages' tables, run nothing")
    asked = parser.parse_args(arguments)
    if asked.tables:
        print(write_tables(rows(asked.out)))
        return
    names = [name for name in asked.setting or SETTINGS if name in SETTINGS]
    print(run(asked.out, names, asked.minutes, asked.processes, asked.replicates), "replicates added")


if __name__ == "__main__":
    main()
