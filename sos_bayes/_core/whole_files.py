"""Writing a file or a folder whole or not at all: beside its place first, then moved there in one step."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sos_bayes._core.errors import SosBayesError


def written_whole(
    path: Path, write: Callable[[Path], None], fault: type[SosBayesError], *, overwrite: bool = True
) -> Path:
    """Let ``write`` make a file or a folder beside ``path``, and move it there; a failure leaves what was there before.

    Files have the rights that the caller's umask leaves.

    Parameters
    ----------
    path : Path
        Missing folders are made.
    write : callable
        Given the place beside, where nothing is yet; whatever it makes there is what is kept.
    fault : type of SosBayesError
        What is raised.
    overwrite : bool
        Whether something that stands there already may be replaced.

    Returns
    -------
    Path

    Raises
    ------
    SosBayesError
        Of the kind ``fault``: if it cannot be written, or something is there and may not be replaced.
    """
    held = path.parent / f".{secrets.token_hex(8)}.part"
    try:
        if not overwrite:
            _refuse_there(path, fault)
        path.parent.mkdir(parents=True, exist_ok=True)
        write(held)
        _synced(held)
        if not overwrite:
            _refuse_there(path, fault)  # it may have come meanwhile
        _moved(held, path)
    except SosBayesError:
        raise
    except (OSError, ValueError) as error:
        raise fault(
            f"{path.name!r:.80} could not be written: {_said(error)}.",
            where=f"{str(path)!r:.200}",
            cure="Choose a folder that you may write to and that has room.",
        ) from None
    finally:
        _gone(held)
    return path


def _refuse_there(path: Path, fault: type[SosBayesError]) -> None:
    if os.path.lexists(path):
        raise fault(
            f"{path.name!r:.80} is there already.",
            where=f"{str(path)!r:.200}",
            why="What it holds would be lost.",
            cure="Give another name, or overwrite=True.",
        )


def _said(error: Exception) -> str:
    """What an operating system says of a place, in words that hold no data."""
    said = error.strerror if isinstance(error, OSError) else "no file can have this name"
    return said or type(error).__name__


def _synced(made: Path) -> None:
    """Have everything on the disk: where it is full, some systems say so only now."""
    for file in [made] if made.is_file() else sorted(p for p in made.rglob("*") if p.is_file()):
        with open(file, "rb") as out:
            os.fsync(out.fileno())


def _moved(held: Path, path: Path) -> None:
    """Move it into its place; a folder that stands there is put aside first, and back if that fails."""
    if not held.is_dir() or not path.is_dir() or path.is_symlink():
        os.replace(held, path)
        return
    aside = held.with_suffix(".old")
    os.replace(path, aside)
    try:
        os.replace(held, path)
    except OSError:
        os.replace(aside, path)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _gone(held: Path) -> None:
    with suppress(OSError, ValueError):
        if held.is_dir() and not held.is_symlink():
            shutil.rmtree(held)
        else:
            held.unlink(missing_ok=True)
