"""How far something goes: ordered categories of children."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from math import isfinite

from sos_bayes._core.errors import DataError, nearest
from sos_bayes.data.outcomes.aim import Aim
from sos_bayes.data.outcomes.defaults import Proportion
from sos_bayes.data.outcomes.described import (
    Denominator,
    Missing,
    check_distinct,
    check_proportion,
    check_shared,
)

type Level = str | int | float


@dataclass(frozen=True, slots=True)
class Ordinal(Proportion):
    """Ordered categories of child rows, through cumulative log-odds.

    One effect moves all of a child's log-odds of reaching a level alike, so that every level informs it. The
    headline is the effect on the share of children that reach `at_least`; ``estimate(fit, by="level")`` gives the
    effect on the share that reaches each level above the lowest, from the same draws.

    Parameters
    ----------
    events : str
        Child rows: the column of the levels.
    levels : tuple of str or of numbers
        Two or more levels as the column spells them, from the lowest to the highest. Texts that are all numbers are
        compared as numbers.
    at_least : str or number
        The level of the headline effect, not the lowest: which children count as events. Say it before looking.
    aim : Aim
        Whether fewer or more children should reach it.
    worthwhile : float
        The smallest change of that share that would matter, as a proportion: 0.01 is one percentage point.
    label : str
        The outcome in words, as reports print it.
    among : str, optional
        A 0/1 column; rows with 0 are outside the denominator.
    denominator : {"population", "before_start", "by_practice"}, optional
        Who decides who is in the denominator; "by_practice" with `among`. None is not said: taken as decided by
        practice until the data show that its size did not change. A declared "population" is held against the data.
    missing : {"error", "drop"}
        What to do with rows whose level is not recorded.
    unit : str
        What the denominator counts, in the plural.

    Raises
    ------
    DataError
        If an argument is not one of the values allowed.

    Examples
    --------
    >>> need = Ordinal("need", levels=("none", "some", "high"), at_least="high", aim=Aim.FEWER, worthwhile=0.02,
    ...                label="high need at closure")
    >>> need.family, need.names, need.reached
    ('binomial', ('none', 'some', 'high'), 2)
    """

    events: str
    _: KW_ONLY
    levels: tuple[Level, ...]
    at_least: Level
    aim: Aim
    worthwhile: float
    label: str
    among: str | None = None
    denominator: Denominator | None = None
    missing: Missing = "error"
    unit: str = "children"

    def __post_init__(self) -> None:
        check_shared(self)
        check_distinct(events=self.events, among=self.among)
        where = f'outcome "{self.label}"'
        check_proportion(self)
        object.__setattr__(self, "levels", _levels(self.levels, where))
        if len(set(self.values or self.names)) < len(self.levels):
            raise DataError("levels names a level twice.", where=where, cure="Name each level once.")
        if _printed(self.at_least) not in self.names[1:]:
            raise DataError(
                f"at_least={self.at_least!r} is not a level above the lowest."
                f"{nearest(_printed(self.at_least), self.names[1:])}",
                where=where,
                cure=f"Give one of {', '.join(self.names[1:])}.",
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The levels as texts, lowest first."""
        return tuple(_printed(level) for level in self.levels)

    @property
    def values(self) -> tuple[float, ...] | None:
        """The levels as numbers, or None where they are words."""
        try:
            numbers = tuple(float(level) for level in self.levels)
        except ValueError:
            return None
        return numbers if all(isfinite(value) for value in numbers) else None

    @property
    def reached(self) -> int:
        """Position of `at_least` among the levels."""
        return self.names.index(_printed(self.at_least))

    @property
    def split_by(self) -> str:
        """Effects are asked for by level."""
        return "level"

    @property
    def readings(self) -> tuple[str, ...]:
        """The levels above the lowest, which children reach or not."""
        return self.names[1:]

    @property
    def total(self) -> None:
        """No column: rows are counted."""
        return


def _levels(given: object, where: str) -> tuple[Level, ...]:
    if not isinstance(given, (tuple, list)) or len(given) < 2:
        raise DataError(
            "levels is not a tuple of two or more levels.",
            where=where,
            cure='List them from the lowest to the highest: levels=("none", "some", "high").',
        )
    words = all(isinstance(level, str) and level.strip() for level in given)
    numbers = all(isinstance(level, (int, float)) and not isinstance(level, bool) for level in given)
    if not words and not (numbers and all(isfinite(level) for level in given)):
        raise DataError(
            "levels holds something other than texts alone or numbers alone.",
            where=where,
            cure="Spell them as the column does, all as texts or all as numbers.",
        )
    return tuple(level.strip() if isinstance(level, str) else level for level in given)


def _printed(level: object) -> str:
    """A level as a text: whole numbers without a fraction."""
    if isinstance(level, float) and level.is_integer():
        return str(int(level))
    return str(level).strip()
