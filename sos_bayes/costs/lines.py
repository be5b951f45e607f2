"""What the practice costs, line by line, each with its kind, its prices and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal, get_args

from sos_bayes._core.errors import DataError, nearest
from sos_bayes._core.words import short
from sos_bayes.costs.amounts import Shape, check_amount

Kind = Literal["staff_and_training", "other_direct", "indirect", "management", "ongoing"]
Per = Literal["programme", "authority", "child"]
KINDS: tuple[Kind, ...] = get_args(Kind)
IN_WORDS: dict[Kind, str] = {
    "staff_and_training": "staff and training",
    "other_direct": "other direct costs",
    "indirect": "indirect costs",
    "management": "management",
    "ongoing": "ongoing costs",
}


@dataclass(frozen=True, slots=True)
class CostLine:
    """One cost of the practice.

    Kinds are the five strands of the cost study of the published evaluation of the Signs of Safety pilots
    (Baginsky and others, October 2020, appendix 11).

    Parameters
    ----------
    label : str
        What is paid for.
    amount : float
        Pounds a year, in prices of `price_year`; the best single figure.
    kind : {"staff_and_training", "other_direct", "indirect", "management", "ongoing"}
    price_year : int
        The year whose prices `amount` is in.
    per : {"programme", "authority", "child"}
        Whether `amount` is for everything, for each authority or for each child exposed.
    paid : int, optional
        The first year in which it is paid; the price year by default.
    years : int
        For how many years running it is paid, with the same real amount.
    low, high : float, optional
        Range of `amount`: with ``"gamma"`` its 95 % range, with ``"triangular"`` its ends.
    shape : {"gamma", "triangular"}, optional
        How the amount is spread over that range. Without it the amount is taken as known.
    source : str
        Where the figure comes from. Say ``"invented"`` of a figure that is.

    Raises
    ------
    DataError
        If the amount is negative, the kind unknown, or the range does not hold the amount.

    Examples
    --------
    >>> CostLine("two-day training", 120_000, "staff_and_training", price_year=2018, source="invented").paid
    2018
    """

    label: str
    amount: float
    kind: Kind
    _: KW_ONLY
    price_year: int
    per: Per = "programme"
    paid: int | None = None
    years: int = 1
    low: float | None = None
    high: float | None = None
    shape: Shape | None = None
    source: str = ""

    def __post_init__(self) -> None:
        where = f'cost line "{short(str(self.label), 60)}"'
        if self.kind not in KINDS:
            raise DataError(
                f"{self.kind!r:.40} is no kind of cost.{nearest(str(self.kind), KINDS)}",
                where=where,
                cure=f"Use one of {', '.join(KINDS)}.",
            )
        if self.per not in get_args(Per):
            raise DataError(
                f"per={self.per!r:.40} is not one of programme, authority and child.",
                where=where,
                cure='Write per="authority" for a cost that each authority has.',
            )
        check_amount(self, where)
        if self.paid is None:
            object.__setattr__(self, "paid", self.price_year)


def as_lines(costs: object) -> tuple[CostLine, ...]:
    """Cost lines from a sequence of them, or from a table with a row a line and columns named as `CostLine`'s.

    Parameters
    ----------
    costs : sequence of CostLine, or data frame

    Raises
    ------
    DataError
        If there are none, a column is not known, or a row is no cost line.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"label": ["a manager"], "amount": [5e4], "kind": ["management"], "price_year": [2018]})
    >>> as_lines(table)[0].kind
    'management'
    """
    lines: Sequence[object]
    if hasattr(costs, "columns"):
        lines = _of_table(costs)
    elif isinstance(costs, CostLine):
        lines = (costs,)
    else:
        lines = tuple(costs) if isinstance(costs, Sequence) and not isinstance(costs, str) else ()
    if not lines or not all(isinstance(line, CostLine) for line in lines):
        raise DataError(
            "There is no cost line." if not lines else "One of the costs is no CostLine.",
            where="lines",
            cure='Write costs.CostLine("training", 120_000, "staff_and_training", price_year=2018), or give a table.',
        )
    return tuple(line for line in lines if isinstance(line, CostLine))


def _of_table(table: object) -> list[CostLine]:
    import narwhals as nw

    rows = nw.from_native(table, eager_only=True).rows(named=True)  # type: ignore[call-overload]
    known = set(CostLine.__dataclass_fields__) - {"_"}
    unknown = sorted({str(name) for row in rows[:1] for name in row} - known)
    if unknown:
        raise DataError(
            f"The table of costs has columns that are not known: {', '.join(short(n, 30) for n in unknown)}."
            f"{nearest(unknown[0], known)}",
            where="table of costs",
            cure=f"Use columns of {', '.join(sorted(known))}.",
        )
    if rows and {"label", "amount", "kind", "price_year"} - set(rows[0]):
        raise DataError(
            "The table of costs lacks one of label, amount, kind and price_year.",
            where="table of costs",
            cure="Add the column: a row is one cost line.",
        )
    said = [{n: _plain(n, v) for n, v in row.items() if v is not None and v == v} for row in rows]  # a gap is nan
    return [CostLine(**row) for row in said]


def _plain(name: str, value: Any) -> Any:
    """Years of a table with gaps come as floats."""
    whole = name in ("price_year", "paid", "years") and isinstance(value, float) and value.is_integer()
    return int(value) if whole else value
