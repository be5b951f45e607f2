"""The parts of a study file, declared strictly: an unknown key or value is an error that names it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator, model_validator

from sos_bayes.study.child_row_parts import CovariatePart, NestedPart, OutcomePart, Strict, WindowPart
from sos_bayes.study.comparator_parts import SetParts
from sos_bayes.study.declaration import SEED, Method

if TYPE_CHECKING:
    pass

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
    timezone: str | None = None
    cluster: str | None = None


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
    timezone: str | None = None
    cluster: str | None = None
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
    timezone: str | None = None
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
    """``[design]``: columns to adjust for, columns that effects may vary by, and numbers of authorities."""

    adjust: list[str | CovariatePart] = Field(default_factory=list)
    vary_by: list[str | CovariatePart] = Field(default_factory=list)
    baseline: list[str] = Field(default_factory=list)


class BinaryPart(OutcomePart):
    """``[[outcomes]]`` with ``kind = "binary"``."""

    kind: Literal["binary"]
    events: str
    trials: str | None = None
    within: WindowPart | None = None
    overdispersed: bool = False


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


class Protocol(Strict):
    """The whole file."""

    study: StudyPart
    data: Annotated[Children | Authorities, Field(discriminator="kind")]
    rollout: RolloutPart
    comparators: SetParts = Field(default_factory=list)
    design: DesignPart = DesignPart()
    outcomes: list[Annotated[AnyOutcome, Field(discriminator="kind")]] = Field(min_length=1)
