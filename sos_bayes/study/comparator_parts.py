"""``[comparators]`` of a study file: one set, or several with the headline's first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sos_bayes._core.errors import StudyError
from sos_bayes._core.errors import nearest as similar
from sos_bayes._core.words import short
from sos_bayes.comparators import Comparators, all_others, features, named, nearest, neighbours, regions
from sos_bayes.data import Panel

if TYPE_CHECKING:
    from sos_bayes.data import Cohort, Outcome, Rollout


class _Set(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Labelled(_Set):
    label: str | None = Field(default=None, min_length=1)


class AllPart(_Set):
    """``kind = "all"``: every authority that never adopts."""

    kind: Literal["all"]


class NamedPart(_Labelled):
    """``kind = "named"``: by name."""

    kind: Literal["named"]
    authorities: list[str] = Field(min_length=1)


class NeighboursPart(_Labelled):
    """``kind = "neighbours"``: a list of statistical neighbours."""

    kind: Literal["neighbours"]
    path: str
    authority: str = "authority"
    neighbour: str = "neighbour"
    rank: str = "rank"
    n: int = Field(default=10, ge=1)


class RegionsPart(_Labelled):
    """``kind = "regions"``: the same region."""

    kind: Literal["regions"]
    path: str
    authority: str = "authority"
    region: str = "region"


class NearestPart(_Labelled):
    """``kind = "nearest"``: nearest on outcomes' labels and columns."""

    kind: Literal["nearest"]
    on: list[str] = Field(min_length=1)
    path: str | None = None
    authority: str = "authority"
    n: int = Field(default=10, ge=1)
    distance: Literal["mahalanobis", "standardised"] = "mahalanobis"
    reuse: bool = True
    caliper: float | None = Field(default=None, gt=0)


SetPart = Annotated[AllPart | NamedPart | NeighboursPart | RegionsPart | NearestPart, Field(discriminator="kind")]
KINDS = ("all", "named", "neighbours", "regions", "nearest")


def _as_list(given: Any) -> Any:
    return [given] if isinstance(given, dict) else given


SetParts = Annotated[list[SetPart], BeforeValidator(_as_list)]


def chosen(
    parts: list[SetPart],
    data: Cohort | Panel,
    rollout: Rollout,
    outcomes: tuple[Outcome, ...],
    beside: Callable[[str, str], Path],
) -> tuple[Comparators, ...]:
    """Choose the sets of comparators that a study file declares.

    Parameters
    ----------
    parts : list of SetPart
    data, rollout, outcomes
        Of the study.
    beside : callable
        Path of a file that the study file names, from its name and its key.
    """
    return tuple(_chosen(part, data, rollout, outcomes, beside) for part in parts)


def _chosen(
    part: SetPart,
    data: Cohort | Panel,
    rollout: Rollout,
    outcomes: tuple[Outcome, ...],
    beside: Callable[[str, str], Path],
) -> Comparators:
    if isinstance(part, AllPart):
        return all_others(data, rollout)
    label: dict[str, Any] = {} if part.label is None else {"label": part.label}
    if isinstance(part, NamedPart):
        return named(data, rollout, part.authorities, **label)
    table = None if part.path is None else beside(part.path, "[comparators] path")
    if isinstance(part, NeighboursPart):
        columns = {"authority": part.authority, "neighbour": part.neighbour, "rank": part.rank}
        return neighbours(data, rollout, table, n=part.n, **columns, **label)
    if isinstance(part, RegionsPart):
        return regions(data, rollout, table, authority=part.authority, region=part.region, **label)
    known = {outcome.label: outcome for outcome in outcomes}
    strange = [one for one in part.on if one not in known]
    if strange and table is None and not isinstance(data, Panel):
        raise StudyError(
            f"{short(strange[0])!r} is no label of an outcome.{similar(strange[0], known)}",
            where="[comparators] on",
            cure="Write an outcome's label, or give the path of a table that has the column.",
        )
    on = [known.get(one, one) for one in part.on]
    described = features(data, rollout, on, table=table, authority=part.authority)
    how: dict[str, Any] = {"distance": part.distance, "reuse": part.reuse, "caliper": part.caliper}
    return nearest(described, n=part.n, **how, **label)
