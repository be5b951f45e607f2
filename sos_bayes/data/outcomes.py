"""What is counted, among whom, and which way is better."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from enum import Enum
from math import isfinite
from typing import ClassVar, Literal, get_args

from sos_bayes._core.errors import DataError, nearest

Denominator = Literal["population", "before_start", "by_practice"]
Missing = Literal["error", "drop"]
Family = Literal["binomial", "poisson"]


class Aim(Enum):
    """Which direction of an outcome the practice hopes for.

    Examples
    --------
    >>> Aim.FEWER.sign
    -1
    """

    FEWER = "fewer"
    MORE = "more"

    @property
    def sign(self) -> int:
        """The sign of a change towards the aim: -1 for fewer, +1 for more."""
        return -1 if self is Aim.FEWER else 1


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
        _check_shared(self)
        _check_distinct(events=self.events, trials=self.trials, among=self.among)
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


@dataclass(frozen=True, slots=True)
class Count:
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
        Who decides who is in the denominator: by default "by_practice" with `among`, else "population".
    missing : {"error", "drop"}
        What to do with rows whose count or exposure is not recorded.
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
    unit: str = "children"

    def __post_init__(self) -> None:
        _check_shared(self)
        _check_column(self.exposure, "exposure")
        _check_distinct(events=self.events, exposure=self.exposure, among=self.among)
        if not _positive(self.per):
            raise DataError(
                f"per={self.per!r} is not a positive number.", cure="Write per=10_000 for rates per 10,000."
            )

    @property
    def total(self) -> str:
        """The column of the denominator."""
        return self.exposure

    @property
    def selected(self) -> bool:
        """Whether the practice itself decides who is in the denominator."""
        return self.denominator == "by_practice"


Outcome = Binary | Count


def _check_shared(outcome: Binary | Count) -> None:
    _check_column(outcome.events, "events")
    if not isinstance(outcome.label, str) or not outcome.label.strip():
        raise DataError(
            "An outcome needs a label.", where=f'column "{outcome.events}"', cure="Say it in words: label=..."
        )
    where = f'outcome "{outcome.label}"'
    if not isinstance(outcome.aim, Aim):
        raise DataError(f"aim={outcome.aim!r} is not an Aim.", where=where, cure="Write aim=Aim.FEWER or aim=Aim.MORE.")
    if not _positive(outcome.worthwhile):
        raise DataError(
            f"worthwhile={outcome.worthwhile!r} is not a positive number.",
            where=where,
            why="The size of change that would matter is part of the answer.",
            cure="Give the smallest change that would matter, without a sign: the aim says which way.",
        )
    if outcome.denominator is None:
        object.__setattr__(outcome, "denominator", "by_practice" if outcome.among is not None else "population")
    _check_word(outcome.denominator, get_args(Denominator), "denominator", where)
    _check_word(outcome.missing, get_args(Missing), "missing", where)


def _check_word(value: object, allowed: tuple[str, ...], name: str, where: str) -> None:
    if value not in allowed:
        words = ", ".join(f'"{word}"' for word in allowed)
        raise DataError(
            f"{name}={value!r} is not known.{nearest(str(value), allowed)}", where=where, cure=f"Use {words}."
        )


def _check_column(value: object, name: str) -> None:
    if not isinstance(value, str) or not value:
        raise DataError(f"{name}={value!r} is not the name of a column.", cure=f"Give {name} as a text.")


def _check_distinct(**columns: str | None) -> None:
    used: dict[str, str] = {}
    for role, column in columns.items():
        if column is None:
            continue
        _check_column(column, role)
        if column in used:
            raise DataError(
                f"One column is named as both {used[column]} and {role}.",
                where=f'column "{column}"',
                cure="Name two columns.",
            )
        used[column] = role


def _positive(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value) and value > 0
