"""Something that happens to a child or does not."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from sos_bayes._core.errors import DataError
from sos_bayes.data.outcomes.aim import Aim
from sos_bayes.data.outcomes.described import Denominator, Family, Missing, check_distinct, check_shared


@dataclass(frozen=True, slots=True)
class Binary:
    """Something that happens to a child or does not: a proportion.

    Parameters
    ----------
    events : str
        Child rows: the 0/1 (or true/false) column. Authority rows: the column with the number of events.
    trials : str, optional
        Authority rows only: the column with the number of children (or referrals) of whom ``events`` is counted.
    aim : Aim
        Which direction is better.
    worthwhile : float
        The smallest change that would matter, as a proportion: 0.01 is one percentage point.
    label : str
        The outcome in words, as reports print it.
    among : str, optional
        Child rows only: a 0/1 column; rows with 0 are outside the denominator.
    denominator : {"population", "before_start", "by_practice"}, optional
        Who decides who is in the denominator: by default "by_practice" with `among`, else "population".
    missing : {"error", "drop"}
        What to do with rows whose outcome is not recorded.
    unit : str
        What the denominator counts, in the plural.

    Raises
    ------
    DataError
        If an argument is not one of the values allowed.

    Examples
    --------
    >>> outcome = Binary("re_referred", aim=Aim.FEWER, worthwhile=0.01, label="re-referral within six months")
    >>> outcome.family, outcome.denominator, outcome.selected
    ('binomial', 'population', False)
    """

    family: ClassVar[Family] = "binomial"
    per: ClassVar[float] = 1.0

    events: str
    trials: str | None = None
    _: KW_ONLY
    aim: Aim
    worthwhile: float
    label: str
    among: str | None = None
    denominator: Denominator | None = None
    missing: Missing = "error"
    unit: str = "children"

    def __post_init__(self) -> None:
        check_shared(self)
        check_distinct(events=self.events, trials=self.trials, among=self.among)
        if self.worthwhile >= 1:
            raise DataError(
                f"worthwhile={self.worthwhile} is not a change in a proportion.",
                where=f'outcome "{self.label}"',
                cure="Give a proportion: one percentage point is worthwhile=0.01.",
            )

    @property
    def total(self) -> str | None:
        """The column of the denominator, or None where rows are counted."""
        return self.trials

    @property
    def selected(self) -> bool:
        """Whether the practice itself decides who is in the denominator."""
        return self.denominator == "by_practice"
