"""How often something happens, as a rate."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from sos_bayes._core.errors import DataError
from sos_bayes.data.outcomes.aim import Aim
from sos_bayes.data.outcomes.defaults import Defaults
from sos_bayes.data.outcomes.described import (
    Denominator,
    Family,
    Missing,
    check_column,
    check_distinct,
    check_flag,
    check_shared,
    positive,
)


@dataclass(frozen=True, slots=True)
class Count(Defaults):
    """How often something happens: a rate per exposure.

    Parameters
    ----------
    events : str
        The column with the number of events.
    exposure : str
        The column with the exposure: children, child-years, population. Never the treatment.
    per : float
        The exposure to which rates refer: 10_000 prints "per 10,000".
    aim : Aim
        Which direction is better.
    worthwhile : float
        The smallest change in the rate that would matter, per `per`.
    label : str
        The outcome in words, as reports print it.
    among : str, optional
        Child rows only: a 0/1 column; rows with 0 are outside the denominator.
    denominator : {"population", "before_start", "by_practice"}, optional
        Who decides who is in the denominator; "by_practice" with `among`. None is not said: taken as decided by
        practice until the data show that its size did not change. A declared "population" is held against the data.
    missing : {"error", "drop"}
        What to do with rows whose count or exposure is not recorded.
    overdispersed : bool
        Let the cells of one authority and period (boys, girls; bands of age) scatter more than Poisson: each is
        negative binomial. For child rows with covariates in the design: with one cell for each authority and period
        the design's shocks are that scatter already, and a fit is refused. Donor weights and factors do not read it:
        they sum over covariates.
    unit : str
        What the exposure counts, in the plural.

    Raises
    ------
    DataError
        If an argument is not one of the values allowed.

    Examples
    --------
    >>> plans = Count("plans", "population", per=10_000, aim=Aim.FEWER, worthwhile=2.0, label="protection plans")
    >>> plans.family, plans.total
    ('poisson', 'population')
    >>> words = {"per": 100, "aim": Aim.FEWER, "worthwhile": 1.0, "label": "contacts"}
    >>> contacts = Count("contacts", "years", overdispersed=True, **words)
    >>> contacts.overdispersed
    True
    """

    family: ClassVar[Family] = "poisson"

    events: str
    exposure: str
    _: KW_ONLY
    per: float
    aim: Aim
    worthwhile: float
    label: str
    among: str | None = None
    denominator: Denominator | None = None
    missing: Missing = "error"
    overdispersed: bool = False
    unit: str = "children"

    def __post_init__(self) -> None:
        check_shared(self)
        check_column(self.exposure, "exposure")
        check_distinct(events=self.events, exposure=self.exposure, among=self.among)
        check_flag(self.overdispersed, "overdispersed")
        if not positive(self.per):
            raise DataError(
                f"per={self.per!r} is not a positive number.", cure="Write per=10_000 for rates per 10,000."
            )

    @property
    def rate(self) -> bool:
        """Whether events per unit of exposure are compared: they are."""
        return True

    @property
    def likelihood(self) -> str:
        """Name of the distribution that its cells follow."""
        return "negative_binomial" if self.overdispersed else self.family

    @property
    def total(self) -> str:
        """The column of the denominator."""
        return self.exposure

    @property
    def change_unit(self) -> str:
        """Unit of a change, as printed."""
        return f"per {self.per:,.0f}"

    @property
    def predictor(self) -> str:
        """What the linear predictor is, as draws of it are called."""
        return "log_rate"
