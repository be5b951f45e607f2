"""A study declared in a TOML file, read strictly: an unknown key or value is an error that names it."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from sos_bayes._core.errors import StudyError, nearest
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
from sos_bayes.study.chosen_part import SetParts, chosen
from sos_bayes.study.complaints import complain
from sos_bayes.study.evaluation import SEED, Method, Study
from sos_bayes.study.rows import (
    CovariatePart,
    NestedPart,
    OutcomePart,
    Strict,
    WindowPart,
    covariate_of,
    nested_outcomes,
    window_of,
)

if TYPE_CHECKING:
    from sos_bayes.data import Outcome

Kind = Literal["year", "quarter", "month", "financial_year", "academic_year"]
Label = int | str | date


class StudyPart(Strict):
    """``[study]``: what the report is called, and how it is computed."""

    title: str = Field(min_length=1)
    method: Method = "nuts"
    seed: int = SEED
    checks: bool = True
    notes: list[str] = Field(default_factory=list)
    family: list[str] | None = None
    nested: list[str] = Field(default_factory=list)


class Children(Strict):
    """``[data]`` with ``kind = "children"``: one row a child, or an episode of one."""

    kind: Literal["children"]
    path: str
    authority: str
    period: str
    child: str | None = None
    episodes: Literal["first", "all"] = "first"
    order: str | list[str] = Field(default_factory=list)
    calendar: Kind | None = None


class DfEPart(Strict):
    """``[data.dfe]``: what a release of the Department for Education does to its numbers; see `DfE`."""

    suppressed: list[str] = Field(default_factory=lambda: ["c"])
    primary: list[int] = Field(default_factory=lambda: [1, 5], min_length=2, max_length=2)
    secondary: float = Field(0.05, ge=0, le=1)
    rounded: int | None = None
    totals: int = 10
    where: dict[str, str] = Field(default_factory=dict)
    spread: Annotated[list[str], Field(min_length=2, max_length=2)] | None = None
    parts: dict[str, list[str]] = Field(default_factory=dict)
    percent: dict[str, str] = Field(default_factory=dict)


class Authorities(Strict):
    """``[data]`` with ``kind = "authorities"``: one row an authority and period."""

    kind: Literal["authorities"]
    path: str
    authority: str | None = None
    period: str | None = None
    name: str | None = None
    calendar: Kind | None = None
    dfe: DfEPart | None = None

    @field_validator("dfe", mode="before")
    @classmethod
    def _true_is_the_usual(cls, given: object) -> object:
        return {} if given is True else None if given is False else given

    @model_validator(mode="after")
    def _columns_named(self) -> Authorities:
        if self.dfe is None and (self.authority is None or self.period is None):
            raise ValueError("give authority and period; only files of DfE, with dfe = true, need none")
        return self


class ExposurePart(Strict):
    """``[rollout.exposure]``: what being exposed means; see `Exposure`."""

    inside: Literal["whole", "first_full", "share"] = "whole"
    ramp: list[float] = Field(default_factory=list)
    wash_out: int = 0
    ends: dict[str, Label] = Field(default_factory=dict)
    after_end: Literal["exposed", "unexposed", "left_out"] = "exposed"
    partial: dict[str, float | tuple[float, Label]] = Field(default_factory=dict)
    earlier: dict[str, tuple[Label, Label]] = Field(default_factory=dict)


class RolloutPart(Strict):
    """``[rollout]``: a table of starts, or a file that holds one."""

    path: str | None = None
    authority: str | None = None
    start: str | None = None
    starts: dict[str, Label] | None = None
    exclude: list[str] = Field(default_factory=list)
    exposure: ExposurePart = ExposurePart()

    @model_validator(mode="after")
    def _one_of_two(self) -> RolloutPart:
        named = (self.path, self.authority, self.start)
        if (self.starts is None) == (self.path is None) or (self.path is None) != (None in named):
            raise ValueError("give either path, authority and start, or a table [rollout.starts]")
        return self


class DesignPart(Strict):
    """``[design]``: columns to adjust for, and columns that effects may vary by."""

    adjust: list[str | CovariatePart] = Field(default_factory=list)
    vary_by: list[str | CovariatePart] = Field(default_factory=list)


class BinaryPart(OutcomePart):
    """``[[outcomes]]`` with ``kind = "binary"``."""

    kind: Literal["binary"]
    events: str
    trials: str | None = None
    within: WindowPart | None = None


class CountPart(OutcomePart):
    """``[[outcomes]]`` with ``kind = "count"``."""

    kind: Literal["count"]
    events: str
    exposure: str
    per: float = Field(gt=0)
    overdispersed: bool = False


class OrdinalPart(OutcomePart):
    """``[[outcomes]]`` with ``kind = "ordinal"``."""

    kind: Literal["ordinal"]
    events: str
    levels: list[str | int | float]
    at_least: str | int | float


class DurationPart(OutcomePart):
    """``[[outcomes]]`` with ``kind = "duration"``."""

    kind: Literal["duration"]
    events: str
    bands: list[int]
    by_day: int
    done: str | None = None
    unit: str = "episodes"


class ContinuousPart(OutcomePart):
    """``[[outcomes]]`` with ``kind = "continuous"``."""

    kind: Literal["continuous"]
    events: str
    unit: str = Field()
    number: str | None = None
    sd: str | None = None
    squares: str | None = None
    children: str = "children"
    tails: Literal["normal", "t"] = "normal"
    degrees: float = 4.0


AnyOutcome = BinaryPart | CountPart | OrdinalPart | ContinuousPart | DurationPart | NestedPart
NOUNS: dict[str, type[Outcome]] = {
    "count": Count, "ordinal": Ordinal, "continuous": Continuous, "duration": Duration,
}  # fmt: skip


class Protocol(Strict):
    """The whole file."""

    study: StudyPart
    data: Annotated[Children | Authorities, Field(discriminator="kind")]
    rollout: RolloutPart
    comparators: SetParts = Field(default_factory=list)
    design: DesignPart = DesignPart()
    outcomes: list[Annotated[AnyOutcome, Field(discriminator="kind")]] = Field(min_length=1)


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
        path, authority=part.authority, start=part.start, exclude=tuple(part.exclude), exposure=exposure
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
