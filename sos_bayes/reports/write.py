"""Writing a text whole or not at all."""

from __future__ import annotations

from pathlib import Path

from sos_bayes._core.errors import StudyError
from sos_bayes._core.whole_files import written_whole


def write_whole(path: Path, text: str) -> Path:
    """Write text beside its place and move it there in one step; a failure leaves what was there before.

    Parameters
    ----------
    path : Path
        Missing folders are made.
    text : str

    Returns
    -------
    Path

    Raises
    ------
    StudyError
        If the file cannot be written.
    """

    def write(held: Path) -> None:
        with open(held, "x", encoding="utf-8", newline="") as out:  # with the rights that the caller's umask leaves
            out.write(text)

    return written_whole(path, write, StudyError)
