"""How large something is: a measured quantity."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Literal

from sos_bayes._core.errors import DataError
from sos_bayes.data.outcomes.aim import Aim
from sos_bayes.data.outcomes.defaults import Defaults
from sos_bayes.data.outcomes.described import (
    Denominator,
    Family,
    Missing,
    check_distinct,
    check_shared,
    check_word,
    positive,
)


@dataclass(frozen=True, slots=True)
class Continuous(Defaults):
    """A measured quantity whose mean matters: a score, a number of days, a sum of money.

    Children of one cell are normal around its mean with one sd for all cells; only means are compared, so that with
    a dozen children or more in a cell the shape within it hardly matters. Long tails do: say `tails`, take a log before
    reading, or a band with `Ordinal`.

    Parameters
    ----------
    events : str
        Child rows: the column measured. Authority rows: the column with its mean where `sd` is given, with its sum
        where `squares` is; without `number`, plain numbers of which nothing else is known: how far they scatter is
        then learnt from how they change over time.
    unit : str
        Of the quantity, in the plural, as reports print it: ``"days"``, ``"points"``.
    aim : Aim
        Whether lower (``Aim.FEWER``) or higher (``Aim.MORE``) is better.
    worthwhile : float
        The smallest change of the mean that would matter, in `unit`.
    label : str
        The outcome in words, as reports print it.
    number : str, optional
        Authority rows only: the column with the number of children measured. Without `number`, `sd` and `squares`
        an authority row is one plain number, such as sales per head.
    sd : str, optional
        Authority rows only: the column with the sd of children around their mean (divisor n - 1).
    squares : str, optional
        Authority rows only, instead of `sd`: the column with the sum of squares.
    among : str, optional
        Child rows only: a 0/1 column; rows with 0 are outside the denominator.
    denominator : {"population", "before_start", "by_practice"}, optional
        Who decides who is measured: by default "by_practice" with `among`, else "population".
    missing : {"error", "drop"}
        What to do with rows whose value is not recorded.
    tails : {"normal", "t"}
        Child rows only: "t" gives children of one cell a Student-t distribution around its centre, so that a few gross
        errors or very long tails hardly move an effect. No sums replace the rows then: their values are held in memory,
        in that process only, and a fit cannot be pickled. What is compared is the centre of the bulk, which is the mean
        where tails are alike on both sides. Donor weights and factors do not read it.
    degrees : float
        Degrees of freedom of that distribution, not learnt: 4 unless said otherwise, from 2 to 30.
    children : str
        What is measured, in the plural.

    Raises
    ------
    DataError
        If an argument is not one of the values allowed.

    Examples
    --------
    >>> wait = Continuous("days", unit="days", aim=Aim.FEWER, worthwhile=2.0, label="wait for a first visit")
    >>> wait.family, wait.denominator, wait.selected
    ('gaussian', None, False)
    >>> words = {"unit": "days", "aim": Aim.FEWER, "worthwhile": 2.0, "label": "wait"}
    >>> Continuous("days", tails="t", **words).degrees
    4.0
    """

    family: ClassVar[Family] = "gaussian"
    per: ClassVar[float] = 1.0

    events: str
    _: KW_ONLY
    unit: str
    aim: Aim
    worthwhile: float
    label: str
    number: str | None = None
    sd: str | None = None
    squares: str | None = None
    among: str | None = None
    denominator: Denominator | None = None
    missing: Missing = "error"
    tails: Literal["normal", "t"] = "normal"
    degrees: float = 4.0
    children: str = "children"

    def __post_init__(self) -> None:
        check_shared(self)
        check_distinct(
            events=self.events, number=self.number, sd=self.sd, squares=self.squares, among=self.among
        )  # fmt: skip
        if not isinstance(self.unit, str) or not self.unit.strip():
            raise DataError(
                "A measured outcome needs the unit of the quantity.",
                where=f'outcome "{self.label}"',
                cure='Say it in the plural: unit="days".',
            )
        check_word(self.tails, ("normal", "t"), "tails", f'outcome "{self.label}"')
        if not positive(self.degrees) or not 2 <= self.degrees <= 30:
            raise DataError(
                f"degrees={self.degrees!r:.40} is not a number from 2 to 30.",
                where=f'outcome "{self.label}"',
                why="With fewer a distribution has hardly a centre, with more it is a normal one.",
                cure="Leave degrees out: 4.",
            )
        if self.sd is not None and self.squares is not None:
            raise DataError(
                "Both sd and squares are named.",
                where=f'outcome "{self.label}"',
                cure="Name sd where `events` is a mean, or squares where it is a sum.",
            )

    @property
    def measured(self) -> bool:
        """Whether the mean of a measured quantity is compared: it is."""
        return True

    @property
    def long_tails(self) -> bool:
        """Whether children's own values are kept, for a distribution with long tails."""
        return self.tails == "t"

    @property
    def likelihood(self) -> str:
        """Name of the distribution that children of a cell follow."""
        return "student_t" if self.tails == "t" else self.family

    @property
    def total(self) -> str | None:
        """The column of the denominator, or None where rows are counted."""
        return self.number

    @property
    def change_unit(self) -> str:
        """Unit of a change, as printed."""
        return self.unit

    @property
    def predictor(self) -> str:
        """What the linear predictor is, as draws of it are called."""
        return "mean_in_sds"
