"""Save what was found and read it back: one document of plain words and its arrays, in netCDF or Zarr."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from sos_bayes._core.digests import digest_of
from sos_bayes._core.errors import FileError
from sos_bayes._core.sealed import sealed
from sos_bayes._core.whole_files import written_whole
from sos_bayes.checks.result import CheckResult
from sos_bayes.disclosure.levels import IN_WORDS, Level, refuse_silent_name
from sos_bayes.estimands import Effect, Effects
from sos_bayes.estimands.released_fit import ReleasedFit
from sos_bayes.evidence import Grade
from sos_bayes.families import alike
from sos_bayes.fitting import Fit
from sos_bayes.saving.allow_list import SCHEMA, by_name
from sos_bayes.saving.bundle import Bundle, Json, UnreadableError, parsed
from sos_bayes.saving.containers import netcdf, zarr_folder
from sos_bayes.saving.nouns import Reader, Writer
from sos_bayes.saving.released import released_effect, released_effects, released_grade
from sos_bayes.saving.released_evaluations import released_evaluation
from sos_bayes.saving.released_fits import released_fit
from sos_bayes.study import Evaluation
from sos_bayes.synthesis import ImputedFit

Saved = Fit | ImputedFit | Effect | Effects | Grade | Evaluation
Loaded = Fit | ImputedFit | ReleasedFit | Effect | Effects | Grade | Evaluation
FORMAT = "sos_bayes"
VERSIONS = ("sos_bayes", "numpy", "scipy", "numba", "pymc", "nutpie")
KEYS = {"format", "schema", "kind", "disclosure", "versions", "held", "digest"}


class Container(NamedTuple):
    """One format of files."""

    write: Callable[[Path, Bundle], None]
    read: Callable[[Path], Bundle]


CONTAINERS: dict[str, Container] = {
    ".nc": Container(netcdf.write, netcdf.read),
    ".zarr": Container(zarr_folder.write, zarr_folder.read),
}

RELEASED: dict[type, Callable[[Any], Any]] = {
    Fit: released_fit,
    ImputedFit: released_fit,
    ReleasedFit: lambda fit: fit,
    Effect: released_effect,
    Effects: released_effects,
    Grade: released_grade,
    Evaluation: released_evaluation,
}  # what may be saved, and what of it may leave


@sealed
def save(
    found: Saved,
    path: str | Path,
    *,
    cells: bool = False,
    checks: tuple[CheckResult, ...] = (),
    overwrite: bool = False,
) -> Path:
    """Save a fit, an effect, effects, a grade or an evaluation.

    The file is written beside its place and moved there in one step: it is whole or not there. Nothing in it can run:
    it holds one JSON document, in an attribute, and arrays of plain numbers. Digest, schema and disclosure level are in
    the document.

    Parameters
    ----------
    found : Fit, Effect, Effects, Grade or Evaluation
        A fit of any design.
    path : str or Path
        ``.nc`` for netCDF, ``.zarr`` for a Zarr folder. Missing folders are made.
    cells : bool
        Keep exact numbers. The name must say so then: ``"plans.cells.nc"``. Without it the file holds what may leave:
        hyperparameters and effects over all adopters to the bit, numbers of children rounded as reports print them,
        and of effects of parts (authorities, lags, levels) the distribution alone. A fit is loaded as a
        `ReleasedFit` then.
    checks : tuple of CheckResult
        Of a fit that is saved without cells: what `check` found, so that it can be graded when it is loaded. With cells
        the checks can be made again.
    overwrite : bool
        Replace what is there. A folder is replaced only if this library wrote it.

    Returns
    -------
    Path

    Raises
    ------
    FileError
        If the object is none of these, the name does not fit, something is there already, an effect would tell what is
        withheld, checks are not of this fit, or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import sos_bayes as sb
    >>> from sos_bayes.estimands.effect import effect_from_draws
    >>> outcome = sb.Binary("again", aim=sb.Aim.FEWER, worthwhile=0.01, label="re-referral (made up)")
    >>> effect = effect_from_draws(np.random.default_rng(1).normal(-0.02, 0.01, (4, 500)), outcome)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = sb.load(sb.save(effect, f"{folder}/effect.nc"))
    >>> (again.draws == effect.draws).all(), again
    (np.True_, <Effect 're-referral (made up)', all adopters: -2.01 (-3.93 to 0.00939) percentage points; ...>)
    """
    place = Path(path)
    container = _container(place)
    refuse_silent_name(place, cells=cells)
    kept = _kept(found, checks, cells=cells)
    bundle = _readable(bundle_of(kept, "cells" if cells else "released"), found)
    if overwrite and place.is_dir() and not zarr_folder.is_ours(place):
        raise FileError(
            f"{place.name!r:.80} is a folder that this library did not write.",
            where=f"{str(place)!r:.200}",
            why="All that is in it would be lost.",
            cure="Give another name.",
        )
    return written_whole(place, lambda held: container.write(held, bundle), FileError, overwrite=overwrite)


@sealed
def load(path: str | Path) -> Loaded:
    """Read what `save` wrote.

    Nothing of a file is run, followed or unpacked: fields and types are those of a list, arrays are plain numbers as
    large as they say, and a digest tells whether anything was changed. The digest is no signature.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Fit, ReleasedFit, Effect, Effects, Grade or Evaluation
        To the bit what was kept.

    Raises
    ------
    FileError
        If there is no such file, or it is of a newer schema, from another program, truncated, changed or not as the
        list says.
    """
    place = Path(path)
    container = _container(place)
    try:
        there = place.exists() or place.is_symlink()
        if there:
            loaded: Loaded = object_of(container.read(place))
            return loaded
    except UnreadableError as fault:
        why = str(fault)
    except (OSError, ValueError) as fault:
        why = (fault.strerror if isinstance(fault, OSError) else "no file can have this name") or type(fault).__name__
    else:
        why = "nothing is there"
    raise FileError(
        f"{place.name!r:.80} was not read: {why}.",
        where=f"{str(place)!r:.200}",
        cure="Have it saved again with sos_bayes.save; only what that wrote, unchanged, is read.",
    )


def _readable(bundle: Bundle, found: object) -> Bundle:
    """The bundle, if it can be read back: what cannot is not written."""
    try:
        again = object_of(bundle)
    except UnreadableError as fault:
        raise FileError(
            f"This {type(found).__name__} could not be read back and was not saved: {fault}.",
            cure="Save it as the library made it; parts that were exchanged by hand may not fit.",
        ) from None
    if isinstance(again, Fit) and isinstance(found, Fit) and not alike(again.problem.family, found.problem.family):
        raise FileError(
            "This fit was made from another one by weighting its draws, and is not saved.",
            why="Its model is that of the other fit.",
            cure="Save that one.",
        )
    return bundle


def bundle_of(found: Any, level: Level) -> Bundle:
    """An object as a document with its arrays."""
    writer = Writer()
    told: dict[str, Json] = {
        "format": FORMAT,
        "schema": SCHEMA,
        "kind": type(found).__name__,
        "disclosure": level,
        "versions": {name: _version(name) for name in VERSIONS},
        "held": writer.plain(found, ""),
    }
    told["digest"] = _digest(told, {name: array.values for name, array in writer.arrays.items()})
    text = json.dumps(told, allow_nan=False, ensure_ascii=True)
    return Bundle(text, f"This file is {IN_WORDS[level]}", writer.arrays)


def object_of(bundle: Bundle) -> Any:
    """The object of a bundle, or why there is none."""
    told = parsed(bundle.document)
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise UnreadableError("no document of this library is in it: it comes from another program")
    return _reader(told.get("schema"))(told, bundle)


def _reader(schema: object) -> Callable[[dict[str, Any], Bundle], Any]:
    if type(schema) is int and schema in READ:
        return READ[schema]
    if type(schema) is int and schema > SCHEMA:
        raise UnreadableError(
            f"its schema is {schema}, and this version of the library reads schemas up to {SCHEMA}: update sos_bayes"
        )
    raise UnreadableError(f"its schema, {schema!r:.20}, is none that this library ever wrote")


def _read_1(told: dict[str, Any], bundle: Bundle) -> Any:
    level, kind, digest = told.get("disclosure"), told.get("kind"), told.pop("digest", None)
    if set(told) | {"digest"} != KEYS or level not in IN_WORDS or not isinstance(kind, str):
        raise UnreadableError("its document has not the fields of one of ours")
    if bundle.disclosure != f"This file is {IN_WORDS[level]}":
        raise UnreadableError("its attribute says another disclosure level than its document")
    arrays = {name: array.values for name, array in bundle.arrays.items()}
    if digest != _digest(told, arrays):
        raise UnreadableError("its content is not what its digest says: it was changed or is damaged")
    noun = by_name().get(kind)
    if noun not in RELEASED:
        raise UnreadableError("what it holds is nothing that is saved by itself")
    reader = Reader(arrays)
    found = reader.noun(told["held"], noun, "")
    if reader.used != set(arrays):
        raise UnreadableError("it holds arrays that its document does not name")
    return found


READ: dict[int, Callable[[dict[str, Any], Bundle], Any]] = {1: _read_1}  # by schema: those that are read


def _digest(told: Mapping[str, Any], arrays: Mapping[str, Any]) -> str:
    return digest_of(arrays, told, FORMAT)


def _container(path: Path) -> Container:
    if path.suffix not in CONTAINERS:
        raise FileError(
            f"{path.suffix!r:.20} is no format that is saved or read.",
            where=f"{path.name!r:.80}",
            cure='End the name in ".nc" (netCDF) or ".zarr" (a folder); draws for R go to Parquet by to_parquet.',
        )
    return CONTAINERS[path.suffix]


def _kept(found: Any, checks: tuple[CheckResult, ...], *, cells: bool) -> Any:
    """What of an object goes into the file."""
    if type(found) not in RELEASED:
        names = ", ".join(kind.__name__ for kind in RELEASED if kind is not ReleasedFit)
        raise FileError(
            f"A {type(found).__name__} is not saved.", where="save(found, path)", cure=f"Give one of {names}."
        )
    if cells and isinstance(found, ReleasedFit):
        raise FileError(
            "This fit was loaded from a file without cells, and has none to save.",
            where="save(fit, path, cells=True)",
            cure="Leave cells=True out; or save the fit itself, where the data are.",
        )
    if checks and (cells or not isinstance(found, Fit | ImputedFit)):
        raise FileError(
            "Checks are saved beside a fit without cells only.",
            where="save(found, path, checks=...)",
            why="A fit with its cells makes them again; an evaluation holds its own.",
            cure="Leave checks out.",
        )
    if cells:
        _refuse_children(found)
        return found
    return released_fit(found, checks) if checks else RELEASED[type(found)](found)


def _refuse_children(found: Any) -> None:
    """Refuse a fit that holds values of single children: no file ever does."""
    if isinstance(found, Fit | ImputedFit) and found.layout.cells.values is not None:
        raise FileError(
            "This fit reads values of single children, and is not saved with its cells.",
            where=f"fit of {found.outcome.label!r:.80}",
            why="No record of a child is put in a file; a likelihood with long tails has no sums in its place.",
            cure='Save it without cells=True; or fit it with tails="normal", whose cells hold sums.',
        )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
