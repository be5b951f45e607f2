"""A word on a terminal while a long count runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from sos_bayes.data.frames.table import size

PATIENCE = 2.0  # seconds before anything is said


class Progress:
    """What a count will have found: the number of rows, once it is known."""

    rows: int | None = None


@contextmanager
def progress(doing: str) -> Iterator[Progress]:
    """Say on a terminal what is being done if it takes longer than `PATIENCE`, and at the end how long it took.

    Engines report no share that is done: nothing is said about what is left. Files and pipes stay clean.

    Parameters
    ----------
    doing : str
        A line such as "Counting re-referral by la and quarter".
    """
    counted, start = Progress(), time.perf_counter()
    timer = Timer(PATIENCE, _say, [f"{doing} ..."])
    timer.daemon = True
    if sys.stderr is not None and sys.stderr.isatty():
        timer.start()
    try:
        yield counted
    finally:
        timer.cancel()
    seconds = time.perf_counter() - start
    if timer.ident is not None and seconds > PATIENCE and counted.rows is not None:
        _say(f"{size(counted.rows)} rows counted in {seconds:,.0f} s")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
