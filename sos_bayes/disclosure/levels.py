"""Two levels of a file: what may leave, and what stays where the data are; and how a file says which it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from sos_bayes._core.errors import FileError

Level = Literal["released", "cells"]

IN_WORDS: dict[Level, str] = {
    "released": "released: hyperparameters and effects over all adopters, draw by draw; no cell, no count, no weight, "
    "no draw of a single authority and period.",
    "cells": "cells: exact counts of children, small ones too. It stays inside the secure setting.",
}
PARTS_OF_DRAWS = ("hyper",)  # parts of a fit's draws that may leave: everything else is of authorities or periods

_NAMED = re.compile(r"(?:^|[^a-z])cells(?:[^a-z]|$)", re.IGNORECASE)


def says_cells(path: Path) -> bool:
    """Whether a file's name says that exact cells are in it.

    Examples
    --------
    >>> says_cells(Path("plans.cells.nc")), says_cells(Path("plans.nc")), says_cells(Path("excellscells.nc"))
    (True, False, False)
    """
    return _NAMED.search(path.stem) is not None


def refuse_silent_name(path: Path, *, cells: bool) -> None:
    """Refuse to put exact cells in a file whose name does not say so.

    Raises
    ------
    FileError
        With a name that would do.
    """
    if cells and not says_cells(path):
        raise FileError(
            "The file would hold exact cells, and its name does not say so.",
            where=f"{path.name!r:.80}",
            why="Whoever finds it must see that it may not leave the secure setting.",
            cure=f'Call it "{path.stem[:60]}.cells{path.suffix[:12]}", or leave cells=True out.',
        )
