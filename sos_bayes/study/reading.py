"""From a study file to a `Study`: bytes, parts, data, rollout and outcomes, each with its complaint."""

from __future__ import annotations

import hashlib
import tomllib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sos_bayes._core.errors import StudyError, nearest
from sos_bayes._core.sealed import sealed
from sos_bayes.data import (
    Aim,
    Binary,
    Cohort,
    Continuous,
    Count,
    DfE,
    Duration,
    Exposure,
    Ordinal,
    Panel,
    Rollout,
    read_cohort,
    read_panel,
    read_rollout,
)
from sos_bayes.designs import DiD
from sos_bayes.study.child_row_parts import NestedPart, covariate_of, nested_outcomes, window_of
from sos_bayes.study.comparator_parts import chosen
from sos_bayes.study.declaration import Study
from sos_bayes.study.file_errors import complain
from sos_bayes.study.protocol import AnyOutcome, Authorities, BinaryPart, Children, DfEPart, Protocol, RolloutPart

if TYPE_CHECKING:
    from sos_bayes.data import Outcome

NOUNS: dict[str, type[Outcome]] = {
    "count": Count, "ordinal": Ordinal, "continuous": Continuous, "duration": Duration,
}  # fmt: skip


@sealed
def read_study(path: str | Path) -> Study:
    """Read a study file; the tables it names are found beside it.

    Parameters
    ----------
    path : str or Path
        A TOML file with ``[study]``, ``[data]``, ``[rollout]``, ``[design]``, ``[[outcomes]]`` and, where
        comparators are chosen, ``[comparators]``, which reads the data's years before the rollout.

    Returns
    -------
    Study

    Raises
    ------
    StudyError
        If the file is not there, is not TOML, or a key or value is not known.

    Examples
    --------
    >>> read_study("study.toml").outcomes  # doctest: +SKIP
    """
    path = Path(path)
    raw = _bytes(path)
    protocol = _parse(raw, path.name)
    data, rollout = _data(protocol.data, path.parent), _rollout(protocol.rollout, path.parent)
    outcomes = tuple(outcome for part in protocol.outcomes for outcome in _outcomes(part))
    return Study(
        title=protocol.study.title,
        data=data,
        rollout=rollout,
        comparators=chosen(protocol.comparators, data, rollout, outcomes, partial(_beside, path.parent)),
        design=DiD(
            adjust=tuple(covariate_of(c) for c in protocol.design.adjust),
            vary_by=tuple(covariate_of(c) for c in protocol.design.vary_by),
            baseline=tuple(protocol.design.baseline),
        ),
        outcomes=outcomes,
        method=protocol.study.method,
        seed=protocol.study.seed,
        checks=protocol.study.checks,
        family=None if protocol.study.family is None else tuple(protocol.study.family),
        nested=tuple(protocol.study.nested),
        notes=(*protocol.study.notes, f"Study file {path.name}, SHA-256 {hashlib.sha256(raw).hexdigest()}."),
    )


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as fault:
        said = fault.strerror if isinstance(fault, OSError) else "no file can have this name"
        raise StudyError(
            f"The study file {path.name!r:.80} could not be read: {said or type(fault).__name__}.",
            where=f"{str(path)!r:.200}",
            cure=f"Check the path.{_like(path)}",
        ) from None


def _parse(raw: bytes, name: str) -> Protocol:
    try:
        return Protocol.model_validate(tomllib.loads(raw.decode("utf-8-sig")))
    except UnicodeDecodeError:
        raise StudyError(f"{name} is not UTF-8 text.", cure="Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as fault:
        raise StudyError(f"{name} is not TOML: {fault}.", cure="Texts stand in double quotes.") from None
    except RecursionError:
        raise StudyError(f"{name} is nested too deeply to be a study file.", cure="Write its keys flat.") from None
    except ValidationError as fault:
        raise complain(fault.errors(include_url=False), Protocol, name) from None


def _data(part: Children | Authorities, folder: Path) -> Cohort | Panel:
    path = _beside(folder, part.path, "[data] path")
    columns: dict[str, Any] = {"authority": part.authority, "period": part.period, "calendar": part.calendar}
    columns |= {"timezone": part.timezone, "cluster": part.cluster}
    if isinstance(part, Children):
        order = part.order if isinstance(part.order, str) else tuple(part.order)
        return read_cohort(path, child=part.child, episodes=part.episodes, order=order, **columns)
    return read_panel(path, name=part.name, dfe=_dfe(part.dfe), **columns)


def _dfe(part: DfEPart | None) -> bool | DfE:
    if part is None:
        return False
    given = part.model_dump(exclude={"primary", "suppressed", "spread"})
    return DfE(
        suppressed=tuple(part.suppressed),
        primary=(part.primary[0], part.primary[1]),
        spread=None if part.spread is None else (part.spread[0], part.spread[1]),
        **given,
    )


def _rollout(part: RolloutPart, folder: Path) -> Rollout:
    exposure = Exposure(**part.exposure.model_dump())
    if part.starts is not None:
        return Rollout(part.starts, exclude=tuple(part.exclude), exposure=exposure)
    if part.path is None or part.authority is None or part.start is None:
        raise StudyError("The rollout has no table.", where="[rollout]")
    path = _beside(folder, part.path, "[rollout] path")
    return read_rollout(
        path,
        authority=part.authority,
        start=part.start,
        exclude=tuple(part.exclude),
        exposure=exposure,
        timezone=part.timezone,
    )


def _outcomes(part: AnyOutcome) -> list[Outcome]:
    if isinstance(part, NestedPart):
        return [*nested_outcomes(part)]
    given = part.model_dump(exclude={"kind", "aim", "within"})
    if isinstance(part, BinaryPart):
        return [Binary(aim=Aim(part.aim), within=window_of(part.within), **given)]
    noun = NOUNS[part.kind]
    return [noun(aim=Aim(part.aim), **given)]


def _beside(folder: Path, name: str, key: str) -> Path:
    if "://" in name:
        raise StudyError(
            f"{key} is an address.", why="Nothing is ever fetched.", cure="Save the table and give its path."
        )
    path = folder / name
    if not path.exists():
        raise StudyError(
            f"{key} names {Path(name).name}, which is not there.{_like(path)}",
            where=str(path),
            cure="Paths are read from the folder of the study file.",
        )
    return path


def _like(path: Path) -> str:
    return nearest(path.name, (p.name for p in path.parent.iterdir())) if path.parent.is_dir() else ""
