"""A place for compiled code where the usual ones cannot be written to: a locked home, a read-only installation.

Numba keeps compiled loops beside the module or else below the home folder, PyTensor below the home folder, and
both stop with an error where they cannot. Importing this module settles numba's, so whatever decorates with
``cache=True`` imports it first; designs sampled by PyMC call `settle_pytensor` before they import PyTensor.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import numba as nb

from sos_bayes._core.errors import SosBayesError


def own_folder() -> Path:
    """A folder below the temporary one that nobody else can write to: the same in every process of one user.

    What lies in it is executed, so a folder that another user could have prepared is not used.

    Raises
    ------
    SosBayesError
        If there is no temporary folder either.
    """
    try:
        user = os.getuid() if hasattr(os, "getuid") else "user"
        folder = Path(tempfile.gettempdir()) / f"sos_bayes-{user}"
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        return folder if _private(folder) else Path(tempfile.mkdtemp(prefix="sos_bayes-"))
    except OSError as error:
        raise SosBayesError(
            f"There is nowhere to keep compiled code ({type(error).__name__}).",
            where="the installation, the home folder and the temporary folder",
            cure="Set TMPDIR to a folder that you can write to.",
        ) from None


def _private(folder: Path) -> bool:
    seen = folder.lstat()
    mine = not hasattr(os, "getuid") or (seen.st_uid == os.getuid() and not seen.st_mode & 0o022)
    return stat.S_ISDIR(seen.st_mode) and mine and os.access(folder, os.W_OK)


def settle_numba() -> None:
    """Give numba the own folder where it finds none of its own; `NUMBA_CACHE_DIR` is left alone."""
    try:
        nb.njit(cache=True)(_nothing)
    except RuntimeError:
        nb.config.CACHE_DIR = str(own_folder() / "numba")


def settle_pytensor() -> None:
    """Give PyTensor, if it is not imported yet, the own folder where it could not write to its default.

    A folder named in ``PYTENSOR_FLAGS`` is left alone.
    """
    flags = os.environ.get("PYTENSOR_FLAGS", "")
    if "pytensor" in sys.modules or "compiledir" in flags or _writable(Path(os.environ.get("HOME", "~"))):
        return
    named = f"base_compiledir={own_folder() / 'pytensor'}"
    os.environ["PYTENSOR_FLAGS"] = f"{flags},{named}" if flags else named


def _writable(home: Path) -> bool:
    """Whether PyTensor's folder can be written to, or made."""
    folder = home.expanduser() / ".pytensor"
    while not folder.exists():
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _nothing() -> None:
    """Nothing to compile: numba looks for a folder when it decorates."""


settle_numba()
