"""Columns that an argument of a design names: covariates of children, and numbers of authorities."""

from __future__ import annotations

from sos_bayes._core.errors import DesignError
from sos_bayes.data.children.covariates import Bins, Category, Covariate, name_of


def covariates_of(argument: str, named: object) -> tuple[Covariate, ...]:
    """Covariates that an argument of a design names, each once; a bare string is refused."""
    if isinstance(named, str):
        raise DesignError(
            f"{argument} is the bare string {named!r}.",
            where=f"{argument}=...",
            why="A string is read letter by letter.",
            cure=f"Write {argument}=({named!r},).",
        )
    if not isinstance(named, tuple | list) or not all(isinstance(c, str | Category | Bins) for c in named):
        raise DesignError(
            f"{argument} holds something other than column names.", cure=f'Write {argument}=("sex", "age_band").'
        )
    _refuse_twice(argument, tuple(name_of(c) for c in named))
    return tuple(named)


def columns_of(argument: str, named: object) -> tuple[str, ...]:
    """Columns of numbers that an argument of a design names, each once.

    Examples
    --------
    >>> columns_of("baseline", ["poverty"])
    ('poverty',)
    """
    found = tuple(c for c in covariates_of(argument, named) if isinstance(c, str))
    if len(found) < len(tuple(named)):  # type: ignore[arg-type]
        raise DesignError(
            f"{argument} holds something other than names of columns.",
            where=f"DiD({argument}=...)",
            why="Numbers of authorities enter as they are: neither bands nor categories.",
            cure=f'Write {argument}=("poverty",); of a category, give 0 and 1 for each level but one.',
        )
    return found


def refuse_scored(argument: str, covariates: tuple[Covariate, ...]) -> None:
    """Refuse bands that share one slope where every level is to have an effect of its own."""
    lost = [c.column for c in covariates if isinstance(c, Bins) and c.scored]
    if lost:
        raise DesignError(
            f'{argument} names "{lost[0]}" with scored=True.',
            where=f"DiD({argument}=...)",
            why="Effects vary by level: a slope has none.",
            cure=f'Write {argument}=(Bins("{lost[0]}", quantiles=3),), and the scored bands in adjust.',
        )


def _refuse_twice(argument: str, names: tuple[str, ...]) -> None:
    if len(set(names)) < len(names):
        raise DesignError(f"{argument} names a column twice.", where=f"{names}", cure="Name each column once.")
