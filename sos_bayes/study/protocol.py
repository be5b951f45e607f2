"""A study declared in a TOML file, read strictly: an unknown key or value is an error that names it."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sos_bayes._core.errors import StudyError, nearest
from sos_bayes.data import (
    Aim,
    Binary,
    Cohort,
    Continuous,
    Count,
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
from sos_bayes.study.chosen_part import SetParts, chosen
from sos_bayes.study.complaints import complain
from sos_bayes.study.evaluation import SEED, Method, Study

if TYPE_CHECKING:
    from sos_bayes.data import Outcome

Kind = Literal["financial_year", "academic_year", "month"]
Label = int | str | date


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class StudyPart(_Strict):
    """``[study]``: what the report is called, and how it is computed."""

    title: str = Field(min_length=1)
    method: Method = "nuts"
    seed: int = SEED
    checks: bool = True
    notes: list[str] = []


class Children(_Strict):
    """``[data]`` with ``kind = "children"``: one row a child."""

    kind: Literal["children"]
    path: str
    authority: str
    period: str
    child: str | None = None
    calendar: Kind | None = None


class Authorities(_Strict):
    """``[data]`` with ``kind = "authorities"``: one row an authority and period."""

    kind: Literal["authorities"]
    path: str
    authority: str
    period: str
    name: str | None = None
    calendar: Kind | None = None


class ExposurePart(_Strict):
    """``[rollout.exposure]``: what being exposed means; see `Exposure`."""

    inside: Literal["whole", "first_full", "share"] = "whole"
    ramp: list[float] = []
    wash_out: int = 0
    ends: dict[str, Label] = {}
    after_end: Literal["exposed", "unexposed", "left_out"] = "exposed"
    partial: dict[str, float | tuple[float, Label]] = {}
    earlier: dict[str, tuple[Label, Label]] = {}


class RolloutPart(_Strict):
    """``[rollout]``: a table of starts, or a file that holds one."""

    path: str | None = None
    authority: str | None = None
    start: str | None = None
    starts: dict[str, Label] | None = None
    exclude: list[str] = []
    exposure: ExposurePart = ExposurePart()

    @model_validator(mode="after")
    def _one_of_two(self) -> RolloutPart:
        named = (self.path, self.authority, self.start)
        if (self.starts is None) == (self.path is None) or (self.path is None) != (None in named):
            raise ValueError("give either path, authority and start, or a table [rollout.starts]")
        return self


class DesignPart(_Strict):
    """``[design]``: columns to adjust for, and columns that the effect may vary by."""

    adjust: list[str] = []
    vary_by: list[str] = []


class _Described(_Strict):
    label: str = Field(min_length=1)
    events: str
    aim: Literal["fewer", "more"]
    worthwhile: float = Field(gt=0)
    among: str | None = None
    denominator: Literal["population", "before_start", "by_practice"] | None = None
    missing: Literal["error", "drop"] = "error"


class _Shared(_Described):
    unit: str = "children"


class BinaryPart(_Shared):
    """``[[outcomes]]`` with ``kind = "binary"``."""

    kind: Literal["binary"]
    trials: str | None = None


class CountPart(_Shared):
    """``[[outcomes]]`` with ``kind = "count"``."""

    kind: Literal["count"]
    exposure: str
    per: float = Field(gt=0)


class OrdinalPart(_Shared):
    """``[[outcomes]]`` with ``kind = "ordinal"``."""

    kind: Literal["ordinal"]
    levels: list[str | int | float]
    at_least: str | int | float


class DurationPart(_Shared):
    """``[[outcomes]]`` with ``kind = "duration"``."""

    kind: Literal["duration"]
    bands: list[int]
    by_day: int
    done: str | None = None
    unit: str = "episodes"


class ContinuousPart(_Described):
    """``[[outcomes]]`` with ``kind = "continuous"``."""

    kind: Literal["continuous"]
    unit: str
    number: str | None = None
    sd: str | None = None
    squares: str | None = None
    children: str = "children"


OutcomePart = BinaryPart | CountPart | OrdinalPart | ContinuousPart | DurationPart
NOUNS: dict[str, type[Outcome]] = {
    "binary": Binary, "count": Count, "ordinal": Ordinal, "continuous": Continuous, "duration": Duration,
}  # fmt: skip


class Protocol(_Strict):
    """The whole file."""

    study: StudyPart
    data: Annotated[Children | Authorities, Field(discriminator="kind")]
    rollout: RolloutPart
    comparators: SetParts = []
    design: DesignPart = DesignPart()
    outcomes: list[Annotated[OutcomePart, Field(discriminator="kind")]] = Field(min_length=1)


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
    outcomes = tuple(_outcome(o) for o in protocol.outcomes)
    return Study(
        title=protocol.study.title,
        data=data,
        rollout=rollout,
        comparators=chosen(protocol.comparators, data, rollout, outcomes, partial(_beside, path.parent)),
        design=DiD(adjust=tuple(protocol.design.adjust), vary_by=tuple(protocol.design.vary_by)),
        outcomes=outcomes,
        method=protocol.study.method,
        seed=protocol.study.seed,
        checks=protocol.study.checks,
        notes=(*protocol.study.notes, f"Study file {path.name}, SHA-256 {hashlib.sha256(raw).hexdigest()}."),
    )


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise StudyError(
            f"The study file {path.name} could not be read: {fault.strerror or type(fault).__name__}.",
            where=str(path),
            cure=f"Check the path.{_like(path)}",
        ) from None


def _parse(raw: bytes, name: str) -> Protocol:
    try:
        return Protocol.model_validate(tomllib.loads(raw.decode("utf-8-sig")))
    except UnicodeDecodeError:
        raise StudyError(f"{name} is not UTF-8 text.", cure="Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as fault:
        raise StudyError(f"{name} is not TOML: {fault}.", cure="Texts stand in double quotes.") from None
    except ValidationError as fault:
        raise complain(fault.errors(include_url=False), Protocol, name) from None


def _data(part: Children | Authorities, folder: Path) -> Cohort | Panel:
    path = _beside(folder, part.path, "[data] path")
    columns: dict[str, Any] = {"authority": part.authority, "period": part.period, "calendar": part.calendar}
    if isinstance(part, Children):
        return read_cohort(path, child=part.child, **columns)
    return read_panel(path, name=part.name, **columns)


def _rollout(part: RolloutPart, folder: Path) -> Rollout:
    exposure = Exposure(**part.exposure.model_dump())
    if part.starts is not None:
        return Rollout(part.starts, exclude=tuple(part.exclude), exposure=exposure)
    if part.path is None or part.authority is None or part.start is None:
        raise StudyError("The rollout has no table.", where="[rollout]")
    path = _beside(folder, part.path, "[rollout] path")
    return read_rollout(
        path, authority=part.authority, start=part.start, exclude=tuple(part.exclude), exposure=exposure
    )


def _outcome(part: OutcomePart) -> Outcome:
    given = part.model_dump(exclude={"kind", "aim"})
    noun = NOUNS[part.kind]
    return noun(aim=Aim(part.aim), **given)


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
