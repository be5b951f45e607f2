"""Print records of calibration as tables: python -m tests.recovery.sbc_table FOLDER, of files "Binary-narrow.jsonl"."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.recovery.sbc import COVERED, PRIORS, Figures, Replicate, passed
from tests.recovery.sbc_outcomes import KINDS

SHOWN = ("effect", "level", "sd_shock", "memory", "omega", "covariate", "cutpoint", "sd_stream", "residual_sd")


def row(name: str, figures: Figures) -> str:
    """One quantity: distances of mean and variance in Monte Carlo errors, coverage, chi-square with its p."""
    covered = " | ".join(f"{100 * c:.0f} %" for c in figures.covered)
    chi = f"{figures.chi_square:.0f} ({figures.p:.2f})"
    return f"| {name} | {figures.mean:+.1f} | {figures.variance:+.1f} | {covered} | {chi} |"


def main(folder: Path) -> None:
    """Print every file that is there."""
    for priors in PRIORS:
        for kind in KINDS:
            path = folder / f"{kind}-{priors}.jsonl"
            if not path.exists():
                continue
            found = [Replicate(**json.loads(line)) for line in path.read_text().splitlines()]
            by = passed(found)
            furthest = max(by, key=lambda name: by[name].worst)
            missed = sum(not r.healthy for r in found)
            covers = " | ".join(f"{100 * p:.0f} %" for p in COVERED)
            first = min(r.seed for r in found)
            print(f"\n{priors}, {kind}: {len(found)} worlds from {first:,}, {missed} missed the gate,")
            print(f"furthest of {len(by)} quantities {furthest}, {by[furthest].worst:.1f} errors\n")
            print(f"| quantity | mean | variance | {covers} | chi-square (p) |\n|---|---|---|---|---|---|")
            print(*(row(name, by[name]) for name in SHOWN if name in by), sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
