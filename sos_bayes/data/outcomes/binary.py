"""Something that happens to a child or does not."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from sos_bayes._core.errors import DataError
from sos_bayes.data.outcomes.aim import Aim
from sos_bayes.data.outcomes.defaults import Proportion
from sos_bayes.data.outcomes.described import (
    Denominator,
    Missing,
    check_distinct,
    check_flag,
    check_proportion,
    check_shared,
)
from sos_bayes.data.outcomes.window import Window


@dataclass(frozen=True, slots=True)
class Binary(Proportion):
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
        Who decides who is in the denominator; "by_practice" with `among`. None is not said: taken as decided by
        practice until the data show that its size did not change. A declared "population" is held against the data.
    missing : {"error", "drop"}
        What to do with rows whose outcome is not recorded.
    unit : str
        What the denominator counts, in the plural.
    after : str, optional
        Child rows only: a 0/1 column of what must have happened first; `events` may be blank where it is 0, and
        must not be 1 there. `Nested` makes outcomes of this kind.
    conditional : bool
        Whether to count only rows to which `after` happened: a denominator decided by practice.
    overdispersed : bool
        Let the cells of one authority and period (boys, girls; bands of age) scatter more than binomial: each is
        beta-binomial. For child rows with covariates in the design: with one cell for each authority and period the
        design's shocks are that scatter already, and a fit is refused. Donor weights and factors do not read it: they
        sum over covariates.
    within : Window, optional
        Child rows only: for how long a row is followed. Rows whose window is not complete are censored, never a no.

    Raises
    ------
    DataError
        If an argument is not one of the values allowed.

    Examples
    --------
    >>> outcome = Binary("re_referred", aim=Aim.FEWER, worthwhile=0.01, label="re-referral within six months")
    >>> outcome.family, outcome.denominator, outcome.selected
    ('binomial', None, False)
    >>> from dataclasses import replace
    >>> replace(outcome, overdispersed=True).likelihood
    'beta_binomial'
    """

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
    after: str | None = None
    conditional: bool = False
    within: Window | None = None
    overdispersed: bool = False

    def __post_init__(self) -> None:
        if self.conditional and self.denominator is None:
            object.__setattr__(self, "denominator", "by_practice")
        check_shared(self)
        since = self.within.since if isinstance(self.within, Window) else None
        check_distinct(events=self.events, trials=self.trials, among=self.among, after=self.after, since=since)
        check_flag(self.overdispersed, "overdispersed")
        _check_rows_only(self)
        check_proportion(self)

    @property
    def likelihood(self) -> str:
        """Name of the distribution that its cells follow."""
        return "beta_binomial" if self.overdispersed else self.family

    @property
    def total(self) -> str | None:
        """The column of the denominator, or None where rows are counted."""
        return self.trials

    @property
    def asked(self) -> str:
        """What is asked where something must have happened first, in words; empty otherwise."""
        if self.after is None:
            return ""
        both = f'"{self.events}" and before it "{self.after}"'
        if not self.conditional:
            return f"how many of all {self.unit} had {both}. It changes when either becomes rarer."
        return (
            f'how many of the {self.unit} with "{self.after}" also had "{self.events}". Practice itself helps decide '
            f'who has "{self.after}": this share may change although nothing changes for anybody.'
        )


def _check_rows_only(outcome: Binary) -> None:
    """Refuse what child rows alone can say beside a column of trials, and a condition without a column."""
    where = f'outcome "{outcome.label}"'
    if outcome.within is not None and not isinstance(outcome.within, Window):
        raise DataError(
            f"within={outcome.within!r:.40} is not a Window.",
            where=where,
            cure='Write within=Window("closed_on", 6, "2019-03-31").',
        )
    if outcome.trials is not None and (outcome.after or outcome.within):
        raise DataError(
            "after and within are for child rows: authority rows hold sums already.",
            where=where,
            cure="Drop trials, or count the events and trials that are meant before reading.",
        )
    if outcome.conditional and outcome.after is None:
        raise DataError("conditional needs after.", where=where, cure="Name what must have happened first: after=...")
    if outcome.conditional and outcome.denominator != "by_practice":
        raise DataError(
            f'denominator="{outcome.denominator}" does not go with conditional.',
            where=where,
            why="Who has the first event is decided after the start, by practice.",
            cure="Leave denominator out.",
        )
