"""Prices of one year, and less for what falls later: inflators and discounting, both by the analyst's figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field

from sos_bayes._core.errors import DataError
from sos_bayes.costs.amounts import Amount, check_year, is_number

PERCENT = 0.5  # a rate from here on was meant in percent


@dataclass(frozen=True, slots=True)
class Prices:
    """In which prices everything is said, and how what falls later is discounted.

    Nothing is assumed: amounts in prices of other years need an index, and amounts of other years than the first a
    rate. The Green Book's rate is 3.5 % a year in real terms for the first 30 years (HM Treasury, Review of discounting
    in the Green Book: terms of reference, 16 December 2025): ``discount_rate=0.035``.

    Parameters
    ----------
    year : int
        The year in whose prices all is said.
    discount_rate : float, optional
        A year, as a proportion: 0.035 for 3.5 %. 0 where nothing is to be discounted.
    base : int, optional
        The year to which amounts are discounted; `year` by default.
    index : mapping of int to float
        A price index by year, such as the deflator that you use.
    source : str
        Which index it is, and of which date.

    Raises
    ------
    DataError
        If the rate was given in percent or lies below 0, the index is not positive or without source, or a year is
        none.

    Examples
    --------
    >>> from sos_bayes.costs.lines import CostLine
    >>> prices = Prices(2020, discount_rate=0.035, base=2019, index={2018: 100.0, 2020: 104.0}, source="invented")
    >>> training = CostLine("training", 100.0, "staff_and_training", price_year=2018, paid=2020)
    >>> round(prices.factor(training, "training"), 4)
    1.0048
    """

    year: int
    _: KW_ONLY
    discount_rate: float | None = None
    base: int | None = None
    index: Mapping[int, float] = field(default_factory=dict, hash=False)
    source: str = ""

    def __post_init__(self) -> None:
        rate = self.discount_rate
        for name, year in (("year", self.year), ("base", self.year if self.base is None else self.base)):
            check_year(year, name, "Prices")
        if rate is not None and not is_number(rate):
            raise DataError(
                f"discount_rate={rate!r:.40} is no number.", where="Prices", cure="Write 0.035 for 3.5 %, or 0."
            )
        if rate is not None and not 0 <= rate < PERCENT:
            said = f"It looks like {rate:g} %." if rate >= PERCENT else "It must not be negative."
            raise DataError(
                f"discount_rate={rate:g} is not a proportion. {said}",
                where="Prices",
                cure=f"Write discount_rate={abs(rate) / 100:g} for {abs(rate):g} %.",
            )
        if any(not is_number(value) or value <= 0 for value in self.index.values()):
            raise DataError(
                "The index has a value that is no positive number.", where="Prices", cure="Correct the index."
            )
        for year in self.index:
            check_year(year, "a year of the index", "Prices")
        if self.index and not self.source.strip():
            raise DataError(
                "The index has no source.",
                where="Prices",
                cure='Say which series and of which date: source="...".',
            )
        object.__setattr__(self, "index", dict(self.index))
        if self.base is None:
            object.__setattr__(self, "base", self.year)

    def factor(self, item: Amount, where: str) -> float:
        """What one pound of this amount comes to: in prices of `year`, discounted to `base`, summed over its years.

        Raises
        ------
        DataError
            If prices of another year have no index, or another year has no discount rate.
        """
        return self._inflator(item.price_year, where) * self._present(item, where)

    def _inflator(self, from_year: int, where: str) -> float:
        if from_year == self.year:
            return 1.0
        missing = [str(y) for y in (from_year, self.year) if y not in self.index]
        if missing:
            raise DataError(
                f"An amount is in prices of {from_year} and all is to be said in those of {self.year}, but there is no "
                f"index for {' and '.join(missing)}.",
                where=where,
                why="Pounds of different years must not be added, and no rate of inflation is assumed.",
                cure='Give Prices(..., index={2018: ..., 2020: ...}, source="GDP deflator, date"), or bring all '
                "amounts to one year.",
            )
        return self.index[self.year] / self.index[from_year]

    def _present(self, item: Amount, where: str) -> float:
        first = item.price_year if item.paid is None else item.paid
        base = self.year if self.base is None else self.base
        later = [first + i - base for i in range(item.years)]
        if self.discount_rate is None:
            if any(later):
                raise DataError(
                    f"An amount falls in {first if later[0] else first + 1}, which is not the base year {base}, and "
                    "there is no discount rate.",
                    where=where,
                    cure="Write Prices(..., discount_rate=0.035), the Green Book's rate, or 0 for none.",
                )
            return float(item.years)
        return sum((1 + self.discount_rate) ** -t for t in later)
