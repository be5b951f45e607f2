"""Amounts of money with a range: what is allowed, and draws of them."""

from __future__ import annotations

import math
from typing import Literal, Protocol

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DataError

Shape = Literal["gamma", "triangular"]
NORMAL_95 = 1.959963984540054  # sds on either side of the mean that hold 95 % of a normal distribution


class Amount(Protocol):
    """What a cost line and a benefit have in common."""

    @property
    def amount(self) -> float:
        """Pounds a year, in prices of the price year."""

    @property
    def price_year(self) -> int:
        """The year whose prices it is in."""

    @property
    def paid(self) -> int | None:
        """The first year in which it is paid or falls."""

    @property
    def years(self) -> int:
        """For how many years running."""

    @property
    def low(self) -> float | None:
        """Lower end of its range."""

    @property
    def high(self) -> float | None:
        """Upper end of its range."""

    @property
    def shape(self) -> Shape | None:
        """How it is spread over the range."""


def check_amount(item: Amount, where: str) -> None:
    """Refuse an amount that is negative or no number, years that are no years, and a range that does not hold it.

    Raises
    ------
    DataError
    """
    if not is_number(item.amount) or item.amount < 0:
        raise DataError(
            f"The amount {item.amount!r:.40} is {'negative' if is_number(item.amount) else 'not a number'}.",
            where=where,
            why="Costs and benefits are pounds of at least 0; a saving is found by the effect, not entered as a cost.",
            cure="Enter what is paid, and what an event is worth as costs.Benefit.",
        )
    for name in ("price_year", "paid"):
        year = getattr(item, name)
        if not (name == "paid" and year is None):
            check_year(year, name, where)
    if not _is_whole(item.years) or not 1 <= item.years <= 100:
        raise DataError(
            f"years={item.years!r:.40} is no whole number from 1 to 100.", where=where, cure="Write years=3."
        )
    _check_range(item, where)


def _check_range(item: Amount, where: str) -> None:
    given = [item.low is not None, item.high is not None, item.shape is not None]
    if not any(given):
        return
    if not all(given) or item.shape not in ("gamma", "triangular"):
        raise DataError(
            "A range needs low, high and its shape.",
            where=where,
            why="How an amount is spread is a judgement that the reader must see.",
            cure='Give all three, with shape="gamma" (95 % range) or shape="triangular" (ends).',
        )
    low, high = item.low, item.high
    if not (is_number(low) and is_number(high)) or not 0 <= low <= item.amount <= high or low == high:  # type: ignore[operator]
        raise DataError(
            "The range does not hold the amount, or is empty.",
            where=where,
            cure="Give low and high with 0 <= low <= amount <= high and low < high.",
        )


def draws_of(item: Amount, n: int, rng: np.random.Generator) -> Floats:
    """Draws of an amount over its range, shape (n,): all alike where no range was given.

    A gamma has the amount as its mean and the width of the range over twice 1.96 as its standard deviation. A
    triangular has the amount as its mode, so that its mean (`mean_of`) may be another.

    Examples
    --------
    >>> from sos_bayes.costs.lines import CostLine
    >>> line = CostLine("tool", 100.0, "other_direct", price_year=2018, low=60, high=140, shape="gamma")
    >>> bool(abs(draws_of(line, 100_000, np.random.default_rng(1)).mean() - 100) < 0.5)
    True
    """
    if item.shape is None or item.low is None or item.high is None:
        return np.full(n, float(item.amount))
    if item.shape == "triangular":
        return rng.triangular(item.low, item.amount, item.high, n)
    sd = (item.high - item.low) / (2 * NORMAL_95)
    if item.amount == 0:
        return np.zeros(n)
    form = (item.amount / sd) ** 2
    return rng.gamma(form, item.amount / form, n)


def mean_of(item: Amount) -> float:
    """The mean of `draws_of`: a third of low, amount and high where it is triangular, and else the amount.

    Examples
    --------
    >>> from sos_bayes.costs.lines import CostLine
    >>> mean_of(CostLine("tool", 100.0, "other_direct", price_year=2018, low=80, high=180, shape="triangular"))
    120.0
    """
    if item.shape == "triangular" and item.low is not None and item.high is not None:
        return (item.low + item.amount + item.high) / 3
    return float(item.amount)


def check_year(year: object, name: str, where: str) -> None:
    """Refuse what is no year.

    Raises
    ------
    DataError

    Examples
    --------
    >>> check_year(2018, "year", "Prices")
    """
    if not _is_whole(year) or not 1900 <= year <= 2200:  # type: ignore[operator]
        raise DataError(f"{name}={year!r:.40} is not a year.", where=where, cure="Write a whole number, such as 2018.")


def is_number(value: object) -> bool:
    """Whether it is a finite number, and no truth value.

    Examples
    --------
    >>> is_number(0.035), is_number(True), is_number("3.5"), is_number(float("nan"))
    (True, False, False, False)
    """
    real = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    return real and math.isfinite(value)  # type: ignore[arg-type]


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
