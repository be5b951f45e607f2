"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
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
    held: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = path.parent / f".{secrets.token_hex(8)}.part"
        with open(held, "x", encoding="utf-8", newline="") as out:  # with the rights that the caller's umask leaves
            out.write(text)
        os.replace(held, path)
        held = None
    except (OSError, ValueError) as fault:
        said = (fault.strerror if isinstance(fault, OSError) else "no file can have this name") or type(fault).__name__
        raise StudyError(
            f"{path.name!r:.80} could not be written: {said}.",
            where=f"{str(path)!r:.200}",
            cure="Choose a folder that you may write to and that has room.",
        ) from None
    finally:
        if held is not None:
            with suppress(OSError, ValueError):
                held.unlink(missing_ok=True)
    return path
