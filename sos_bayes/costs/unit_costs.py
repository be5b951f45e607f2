"""Cost lines summed: for everything, for each authority, for each child, with the band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DataError
from sos_bayes._core.sealed import sealed
from sos_bayes._core.words import counted, short
from sos_bayes.costs.amounts import draws_of, mean_of
from sos_bayes.costs.bands import PUBLISHED, cost_band
from sos_bayes.costs.lines import IN_WORDS, KINDS, CostLine, Kind, as_lines
from sos_bayes.costs.money import pounds
from sos_bayes.costs.prices import Prices
from sos_bayes.disclosure import SAFE, suppress

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Costs:
    """What the practice costs: lines in prices of one year, and how many children and authorities they are for.

    Parameters
    ----------
    lines : sequence of CostLine, or data frame
        A frame has a row a line and columns named as the arguments of `CostLine`.
    prices : Prices
    children : int, or mapping of str to int, optional
        Children exposed during the time that the costs cover, in all or by authority: of a `Binary` those in its
        denominator, of a `Count` its exposure (children times years). Held rounded to 5, and what is for each child is
        divided by the rounded number, so that no count can be worked back from it; numbers below 10 are not held.
        None where nobody knows: there is then no unit cost, and the band is NA.
    authorities : int, optional
        Taken from a mapping.

    Raises
    ------
    DataError
        If a line is none, no children are exposed, or prices of different years cannot be brought together.

    Examples
    --------
    >>> lines = [CostLine("training", 90_000, "staff_and_training", price_year=2018, source="invented")]
    >>> costs = Costs(lines, Prices(2018), children=6_000, authorities=9)
    >>> costs.unit_cost, costs.per_authority, costs.band
    (15.0, 10000.0, 1)
    >>> print(costs)
    £15.00 for each child, £10,000 for each authority, in prices of 2018; EIF cost band 1 (less than £100).
    """

    lines: tuple[CostLine, ...]
    prices: Prices
    children: int | None
    authorities: int | None
    _: KW_ONLY
    by: tuple[tuple[str, int | None], ...] = field(default=())
    """Authorities with their children, rounded; None where withheld."""

    @sealed
    def __init__(
        self,
        lines: Sequence[CostLine] | pd.DataFrame,
        prices: Prices,
        *,
        children: int | Mapping[str, int] | None = None,
        authorities: int | None = None,
    ) -> None:
        by: tuple[tuple[str, int | None], ...] = ()
        total: object = children
        if isinstance(children, Mapping):
            numbers = [_exposed(n) for n in children.values()]
            by = tuple(zip(map(str, children), suppress(numbers), strict=True))
            total, authorities = sum(numbers), len(numbers) or None
        if authorities is not None and authorities < 1:
            raise DataError(f"authorities={authorities}; there must be one or more.", where="Costs", cure="Correct it.")
        held = {"lines": as_lines(lines), "prices": prices, "children": _rounded(total), "authorities": authorities}
        for name, value in {**held, "by": by}.items():
            object.__setattr__(self, name, value)
        for line in self.lines:
            self._times(line)

    def of_kind(self, kind: Kind) -> float:
        """Expected pounds of one kind, for everything."""
        return float(sum(mean_of(line) * self._times(line) for line in self.lines if line.kind == kind))

    @property
    def total(self) -> float:
        """Expected pounds for everything, in prices of one year and discounted."""
        return float(sum(mean_of(line) * self._times(line) for line in self.lines))

    @property
    def unit_cost(self) -> float | None:
        """Expected pounds for each child exposed, or None where nobody knows how many there were."""
        return None if self.children is None else self.total / self.children

    @property
    def per_authority(self) -> float | None:
        """Expected pounds for each authority, or None where their number was not given."""
        return None if self.authorities is None else self.total / self.authorities

    @property
    def band(self) -> int | None:
        """EIF cost band of the unit cost, 1 to 5, or None: NA."""
        return cost_band(self.unit_cost)

    def draws(self, n: int, seed: int = 1) -> Floats:
        """Draws of pounds for everything, shape (n,): each line over its own range, independently."""
        rng = np.random.default_rng(seed)
        return np.asarray(sum(draws_of(line, n, rng) * self._times(line) for line in self.lines))

    def to_frame(self) -> pd.DataFrame:
        """One row a kind of cost and a last one for all: pounds in all, for each authority and for each child."""
        import pandas as pd

        amounts = {IN_WORDS[kind]: self.of_kind(kind) for kind in KINDS} | {"all": self.total}
        rows = [
            {
                "kind": name,
                "total": amount,
                "per_authority": None if self.authorities is None else amount / self.authorities,
                "per_child": None if self.children is None else amount / self.children,
                "share": amount / self.total if self.total else None,
            }
            for name, amount in amounts.items()
        ]
        return pd.DataFrame(rows)

    def by_authority(self) -> pd.DataFrame:
        """One row an authority: its children, rounded, and its cost; both withheld where children are too few.

        What is for everything is shared out by children. Where one authority alone would be withheld, the next
        smallest is withheld with it.

        Raises
        ------
        DataError
            If children were not given by authority.
        """
        import pandas as pd

        if not self.by or self.children is None or self.authorities is None:
            raise DataError(
                "Children were not given by authority.", where="Costs", cure='Write children={"Leeds": 4_000, ...}.'
            )
        each = sum(mean_of(line) * self._once(line) for line in self.lines if line.per == "authority")
        shared = (self.total - each * self.authorities) / self.children
        rows = [(name, n, None if n is None else each + shared * n) for name, n in self.by]
        return pd.DataFrame(rows, columns=["authority", "children", "cost"]).astype({"children": "Int64"})

    def __str__(self) -> str:
        each = [] if self.unit_cost is None else [f"{pounds(self.unit_cost)} for each child"]
        if self.per_authority is not None:
            each.append(f"{pounds(self.per_authority)} for each authority")
        band = "NA: no unit cost" if self.band is None else f"{self.band} ({PUBLISHED[self.band - 1]})"
        what = ", ".join(each or [f"{pounds(self.total)} in all"])
        return f"{what}, in prices of {self.prices.year}; EIF cost band {band}."

    def __repr__(self) -> str:
        return f"<Costs: {counted(len(self.lines), 'line')}, prices of {self.prices.year}>"

    def _once(self, line: CostLine) -> float:
        return self.prices.factor(line, f'cost line "{short(line.label, 60)}"')

    def _times(self, line: CostLine) -> float:
        """How many pounds in all one pound of this line stands for."""
        number = {"programme": 1, "authority": self.authorities, "child": self.children}[line.per]
        if number is None:
            raise DataError(
                f"A cost is for each {line.per}, and how many there are was not given.",
                where=f'cost line "{short(line.label, 60)}"',
                cure=f"Give {'authorities' if line.per == 'authority' else 'children'}=.",
            )
        return number * self._once(line)


def _exposed(n: object) -> int:
    if isinstance(n, bool) or not hasattr(n, "__index__") or int(n) < 0:
        raise DataError(
            "A number of children is no whole number from 0 on.", where="children", cure="Give numbers such as 4_000."
        )
    return int(n)


def _rounded(total: object) -> int | None:
    if total is None:
        return None
    n = _exposed(total)
    if n == 0:
        raise DataError(
            "No child is exposed.",
            where="children",
            why="A unit cost is pounds over children.",
            cure="Give how many children the practice reached, or None where nobody knows: the band is then NA.",
        )
    rounded = SAFE.rounded(n)
    if rounded is None:
        raise DataError(
            f"Fewer than {SAFE.threshold} children are exposed.",
            where="children",
            why="A cost for each of so few would tell about single children.",
            cure="Cost a longer time or more authorities.",
        )
    return rounded
