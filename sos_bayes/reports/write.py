"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from sos_bayes._core.errors import StudyError


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
    held: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, held = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.write(text)
        os.chmod(held, 0o644)
        os.replace(held, path)
        held = None
    except OSError as fault:
        raise StudyError(
            f"{path.name} could not be written: {fault.strerror or type(fault).__name__}.",
            where=str(path),
            cure="Choose a folder that you may write to and that has room.",
        ) from None
    finally:
        if held is not None and os.path.exists(held):
            os.unlink(held)
    return path
