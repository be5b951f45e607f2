"""Parts of a study file that describe child rows: windows of follow-up, nested outcomes, covariates."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sos_bayes.data import Aim, Binary, Bins, Category, Nested, Window
from sos_bayes.data.children.covariates import Covariate

Question = Literal["joint", "conditional"]


class Strict(BaseModel):
    """A part of the file: an unknown key is an error, and texts are not turned into numbers."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class WindowPart(Strict):
    """``[outcomes.within]``: for how long a row is followed."""

    since: str
    months: int
    cut_off: date | str
    dated: bool = False
    partial: Literal["drop", "keep"] = "drop"
    tolerate: float = 0.0
    crossing: Literal["drop", "keep"] = "drop"


class CovariatePart(Strict):
    """An entry of ``adjust`` that says more than a column: bands of a number, or a level for missing values."""

    column: str
    edges: list[int | float] | None = None
    quantiles: int | None = None
    missing: Literal["error", "level"] = "error"
    scored: bool = False


class OutcomePart(Strict):
    """What outcomes of every kind have in common."""

    label: str = Field(min_length=1)
    aim: Literal["fewer", "more"]
    worthwhile: float = Field(gt=0)
    among: str | None = None
    denominator: Literal["population", "before_start", "by_practice"] | None = None
    missing: Literal["error", "drop"] = "error"
    unit: str = "children"


class NestedPart(OutcomePart):
    """``[[outcomes]]`` with ``kind = "nested"``: one finding for each question."""

    kind: Literal["nested"]
    first: str
    then: str
    questions: Annotated[list[Question], Field(min_length=1)] = ["joint", "conditional"]
    worthwhile_conditional: float | None = Field(default=None, gt=0)
    label_conditional: str | None = None
    within: WindowPart | None = None


def window_of(part: WindowPart | None) -> Window | None:
    """The window that a part describes."""
    return None if part is None else Window(**part.model_dump())


def nested_outcomes(part: NestedPart) -> list[Binary]:
    """The outcomes that a nested part asks for, each question once."""
    given: dict[str, Any] = part.model_dump(exclude={"kind", "aim", "questions", "within"})
    both = Nested(aim=Aim(part.aim), within=window_of(part.within), **given)
    return [both.joint if question == "joint" else both.conditional for question in dict.fromkeys(part.questions)]


def covariate_of(part: str | CovariatePart) -> Covariate:
    """The covariate that an entry of ``adjust`` describes."""
    if isinstance(part, str):
        return part
    if part.edges is None and part.quantiles is None:
        return Category(part.column, missing=part.missing)
    edges = tuple(part.edges or ())
    return Bins(part.column, edges=edges, quantiles=part.quantiles, missing=part.missing, scored=part.scored)
