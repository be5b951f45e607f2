"""Covariates that need a word beside their column: bands of a number, and a level for what is not recorded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from itertools import pairwise
from math import isfinite
from typing import Literal, get_args

from sos_bayes._core.errors import DataError
from sos_bayes.data.outcomes.described import check_column, check_word

MissingLevel = Literal["error", "level"]
NOT_RECORDED = "not recorded"
MOST, MOST_SCORED = 20, 100  # bands at quantiles: each with a level of its own, or sharing a slope
SHOWN = 20  # bands that a note spells out


@dataclass(frozen=True, slots=True)
class Category:
    """A column of categories, with a level of its own for rows where it is not recorded.

    Parameters
    ----------
    column : str
        The column.
    missing : {"error", "level"}
        What to do with rows without a value: refuse them, or give them the level "not recorded".

    Raises
    ------
    DataError
        If an argument is not one of the values allowed.

    Examples
    --------
    >>> Category("ethnicity", missing="level").column
    'ethnicity'
    """

    column: str
    _: KW_ONLY
    missing: MissingLevel = "error"

    def __post_init__(self) -> None:
        check_column(self.column, "column")
        check_word(self.missing, get_args(MissingLevel), "missing", f'covariate "{self.column}"')


@dataclass(frozen=True, slots=True)
class Bins:
    """A column of numbers cut into bands, each a level of a covariate.

    Parameters
    ----------
    column : str
        The column.
    edges : tuple of float
        Where it is cut, ascending: ``(1, 5, 10)`` makes "under 1", "1 to under 5", "5 to under 10" and "10 and over".
    quantiles : int, optional
        Instead of edges: how many bands of about equal numbers of rows to make. They are cut at quantiles of all
        rows before the first start of the rollout, adopters' and comparators' alike, so that the rollout cannot move
        them; on round numbers, so that every engine finds the same and no row's value is printed. Fitting works them
        out once for the data; the notes print them.
    missing : {"error", "level"}
        What to do with rows without a value: refuse them, or give them the level "not recorded".
    scored : bool
        Let bands share one slope over their midpoints instead of a level each: a number as it is, without its bands.
        With fifty quantiles or more hardly anything is lost against children's own values, and up to a hundred may be
        asked for.

    Raises
    ------
    DataError
        If edges are not ascending numbers, or neither or both of edges and quantiles are given.

    Examples
    --------
    >>> Bins("age", edges=(1, 5, 10)).labels
    ('under 1', '1 to under 5', '5 to under 10', '10 and over')
    """

    column: str
    _: KW_ONLY
    edges: tuple[float, ...] = ()
    quantiles: int | None = None
    missing: MissingLevel = "error"
    scored: bool = False

    def __post_init__(self) -> None:
        check_column(self.column, "column")
        where = f'covariate "{self.column}"'
        check_word(self.missing, get_args(MissingLevel), "missing", where)
        object.__setattr__(self, "edges", _ascending(self.edges, where))
        if not isinstance(self.scored, bool):
            raise DataError(f"scored={self.scored!r:.40} is neither True nor False.", where=where, cure="Write True.")
        whole = isinstance(self.quantiles, int) and not isinstance(self.quantiles, bool)
        most = MOST_SCORED if self.scored else MOST
        if self.quantiles is not None and not (whole and 2 <= self.quantiles <= most):
            raise DataError(
                f"quantiles={self.quantiles!r} is not a number of bands from 2 to {most}.",
                where=where,
                cure=f"Write {min(MOST_SCORED // 2, most) if self.scored else 4}.",
            )
        if self.quantiles is None and not self.edges:
            raise DataError(
                "Bins need edges or quantiles.", where=where, cure="Write edges=(1, 5, 10), or quantiles=4."
            )

    @property
    def labels(self) -> tuple[str, ...]:
        """The bands in words, in order; the lower edge belongs to a band."""
        edges = [f"{edge:.12g}" for edge in self.edges]
        between = [f"{low} to under {high}" for low, high in pairwise(edges)]
        return (f"under {edges[0]}", *between, f"{edges[-1]} and over") if edges else ()

    @property
    def note(self) -> str:
        """What was cut where, in words."""
        how = ""
        if self.quantiles is not None:
            fewer = "" if len(self.edges) == self.quantiles - 1 else "; equal values left fewer bands than asked"
            how = f" (quantiles of all rows before the first start, on round numbers{fewer})"
        told = ", which share one slope over their midpoints" if self.scored else ""
        few = len(self.labels) <= SHOWN
        bands = f"bands: {', '.join(self.labels)}" if few else f"{len(self.labels)} bands"
        return f'Covariate "{self.column}" is counted in {bands}{how}{told}.'


type Covariate = str | Category | Bins


def name_of(covariate: Covariate) -> str:
    """The column of a covariate."""
    return covariate if isinstance(covariate, str) else covariate.column


def declared(covariates: Iterable[Covariate]) -> tuple[Covariate, ...]:
    """Each column once, in the order of first mention; what is said of a column holds wherever it is named.

    Examples
    --------
    >>> declared(["age", Bins("age", edges=(5,)), "sex"])
    (Bins(column='age', edges=(5.0,), quantiles=None, missing='error', scored=False), 'sex')
    """
    by_column: dict[str, Covariate] = {}
    for covariate in covariates:
        name = name_of(covariate)
        if name not in by_column or isinstance(by_column[name], str):
            by_column[name] = covariate
    return tuple(by_column.values())


def _ascending(edges: object, where: str) -> tuple[float, ...]:
    numbers = tuple(edges) if isinstance(edges, (tuple, list)) else ()
    fine = all(isinstance(e, (int, float)) and not isinstance(e, bool) and isfinite(e) for e in numbers)
    if not isinstance(edges, (tuple, list)) or not fine or any(a >= b for a, b in pairwise(numbers)):
        raise DataError(
            f"edges={edges!r:.60} are not ascending numbers.",
            where=where,
            cure="Write edges=(1, 5, 10): a tuple, smallest first.",
        )
    return tuple(float(edge) for edge in numbers)
