"""A map of evidence: which publications speak to which area of intervention and which question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Literal, get_args

from sos_bayes._core.errors import DataError, nearest
from sos_bayes._core.words import counted, short
from sos_bayes.ratings.emmie import DIMENSIONS, Dimension

if TYPE_CHECKING:
    import pandas as pd

Area = Literal[
    "family or child skills training", "service integration", "worker practice", "therapeutic approach",
    "system change", "meetings involving family", "family finances", "mentoring", "supervision",
]  # fmt: skip
AREAS: tuple[Area, ...] = get_args(Area)


@dataclass(frozen=True, slots=True)
class Publication:
    """One publication on the map.

    Parameters
    ----------
    citation : str
    year : int or None
        None where it was not verified.
    areas : sequence of str
        Of the nine of `AREAS` (CASCADE's map of interventions to reduce the need for care, 2018).
    speaks_to : sequence of str
        Dimensions of EMMIE.
    source : str
        Where the citation was verified. A publication without one is refused.
    in_review : bool or None
        Whether it is one of the publications that the review counted; None where that was not verified.
    inferred : sequence of str
        Which of ``"areas"`` and ``"speaks_to"`` were inferred by whoever entered it.

    Raises
    ------
    DataError
        If there is no citation or source, or an area or a dimension is not known.

    Examples
    --------
    >>> Publication("invented (2018)", 2018, ["worker practice"], ["effect"], source="invented").in_review is None
    True
    """

    citation: str
    year: int | None
    areas: tuple[Area, ...]
    speaks_to: tuple[Dimension, ...]
    _: KW_ONLY
    source: str
    in_review: bool | None = None
    inferred: tuple[str, ...] = ()

    def __init__(
        self,
        citation: str,
        year: int | None,
        areas: Sequence[str],
        speaks_to: Sequence[str],
        *,
        source: str,
        in_review: bool | None = None,
        inferred: Sequence[str] = (),
    ) -> None:
        if not str(citation).strip() or not str(source).strip():
            raise DataError(
                "A publication needs its citation and where that was verified.",
                where="Publication",
                why="A map of evidence that cannot be followed up is a picture.",
                cure="Give both; leave a publication out that cannot be verified, and say so in the map's notes.",
            )
        for words, allowed, what in ((areas, AREAS, "area"), (speaks_to, DIMENSIONS, "dimension")):
            unknown = [word for word in words if word not in allowed]
            if unknown or not words:
                raise DataError(
                    f"{unknown[0]!r:.40} is no {what}.{nearest(str(unknown[0]), allowed)}"
                    if unknown
                    else f"No {what}.",
                    where=short(citation, 60),
                    cure=f"Use {what}s of: {'; '.join(allowed)}.",
                )
        held = {"citation": citation, "year": year, "areas": tuple(areas), "speaks_to": tuple(speaks_to)}
        for name, value in {**held, "source": source, "in_review": in_review, "inferred": tuple(inferred)}.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True)
class EvidenceMap:
    """Publications by area of intervention and dimension of EMMIE. Where there is none, that is the finding.

    Parameters
    ----------
    title : str
    publications : tuple of Publication
    counted : int, optional
        How many publications the source of the map counted, so that the reader sees how many are missing here.
    notes : tuple of str

    Raises
    ------
    DataError
        If a citation stands twice.

    Examples
    --------
    >>> one = Publication("invented (2018)", 2018, ["worker practice"], ["effect"], source="invented")
    >>> print(EvidenceMap("A practice", (one,), counted=38))
    A practice: 1 publication on the map, 38 counted by its source. Nothing in 8 of 9 areas.
    """

    title: str
    publications: tuple[Publication, ...]
    counted: int | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "publications", tuple(self.publications))
        citations = [p.citation for p in self.publications]
        if len(set(citations)) < len(citations):
            raise DataError("A publication stands twice on the map.", where=self.title, cure="Enter each once.")

    def count(self, area: Area, dimension: Dimension) -> int:
        """Publications in one area that speak to one dimension."""
        return sum(area in p.areas and dimension in p.speaks_to for p in self.publications)

    @property
    def empty_areas(self) -> tuple[Area, ...]:
        """Areas in which there is nothing."""
        return tuple(a for a in AREAS if not any(a in p.areas for p in self.publications))

    def to_frame(self) -> pd.DataFrame:
        """One row an area, one column a dimension: numbers of publications. One publication may stand in several."""
        import pandas as pd

        rows = [[self.count(area, dimension) for dimension in DIMENSIONS] for area in AREAS]
        return pd.DataFrame(rows, index=pd.Index(AREAS, name="area"), columns=list(DIMENSIONS))

    def list_frame(self) -> pd.DataFrame:
        """One row a publication, with its citation, where that was verified, and what was inferred."""
        import pandas as pd

        names = ["citation", "year", "areas", "speaks_to", "source", "in_review", "inferred"]
        rows = [[_flat(getattr(p, name)) for name in names] for p in self.publications]
        return pd.DataFrame(rows, columns=names).astype({"year": "Int64", "in_review": "boolean"})

    def __str__(self) -> str:
        on_map = counted(len(self.publications), "publication")
        of = "" if self.counted is None else f", {self.counted} counted by its source"
        gaps = f"Nothing in {len(self.empty_areas)} of {len(AREAS)} areas."
        return " ".join([f"{self.title}: {on_map} on the map{of}.", gaps, *self.notes])


def _flat(value: object) -> object:
    return "; ".join(value) if isinstance(value, tuple) else value
