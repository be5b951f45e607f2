"""Every figure that the library promises about its speed, measured here and now against its goal.

Run with: python3 -m uv run python benchmarks/ratios.py [--pairs N] [--only NAME]

One line each: name, what was measured, the goal, ``ok`` or ``short``, and what was compared. Ratios are medians over
pairs that run one after the other, so that a busy machine slows both sides; the note says whether CPU or wall
seconds decide. Absolute seconds mean something on a quiet machine only. The exit status is 1 where any is short.

Everything at 5 pairs takes an hour or more on two quiet cores, most of it for the peers. What cannot be measured, for
want of its peer or because it stopped, is short, with the reason.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import collapse
import growth
import kernel
import placebo
import routes
import sampling
import synthetic
import whole_process
from measure import Line

PAIRS = 5
TABLE: dict[str, Callable[[int], tuple[Line, ...]]] = {
    "kernel": kernel.lines,
    **{f"sampling-{name}": sampling.pair(name) for name in sampling.SCALES},
    "bambi": whole_process.bambi,
    **{f"fast-{name}": routes.pair(name) for name in routes.PAIRS},
    "placebo": placebo.lines,
    "end-to-end": whole_process.end_to_end,
    "growth-children": growth.children,
    "growth-cells": growth.cells,
    "first-fit": whole_process.first_fit,
    "collapse": collapse.lines,
    "collapse-1e8": collapse.memory,
    **{f"synthetic-{peer}": synthetic.against(peer) for peer in synthetic.PEERS},
}


def main() -> None:
    """Measure what was asked for, and print each line as it is known."""
    parser = argparse.ArgumentParser(description="Measure the library against its goals.")
    parser.add_argument("--pairs", type=int, default=PAIRS, help=f"pairs, or runs without a peer (default {PAIRS})")
    parser.add_argument("--only", choices=TABLE, help="measure this one")
    given = parser.parse_args()
    if given.pairs < 1:
        parser.error("--pairs must be at least 1")
    wanted = [given.only] if given.only else list(TABLE)
    short = False
    for name in wanted:
        for line in measured(name, given.pairs):
            print(line, flush=True)
            short |= not line.ok
    sys.exit(short)


def measured(name: str, pairs: int) -> tuple[Line, ...]:
    """Lines of one entry; what stopped it, where it was stopped."""
    try:
        return TABLE[name](pairs)
    except Exception as stop:  # one that stops must not hide the others
        return (
            Line(
                name,
                "not measured",
                "as declared",
                ok=False,
                note=f"{type(stop).__name__}: " + " ".join(str(stop).split()),
            ),
        )


if __name__ == "__main__":
    main()
