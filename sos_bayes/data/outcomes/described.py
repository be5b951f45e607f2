"""What all outcomes have in common, and the checks of their arguments."""

from __future__ import annotations

from math import isfinite
from typing import Literal, Protocol, get_args

from sos_bayes._core.errors import DataError, nearest
from sos_bayes.data.outcomes.aim import Aim

Denominator = Literal["population", "before_start", "by_practice"]
Missing = Literal["error", "drop"]
Family = Literal["binomial", "poisson", "gaussian"]


class Described(Protocol):
    """What every outcome says about itself."""

    @property
    def events(self) -> str:
        """Column of what is counted."""
        ...

    @property
    def family(self) -> Family:
        """Whether it is a share, a rate or a measured quantity."""
        ...

    @property
    def likelihood(self) -> str:
        """Name of the distribution that its cells follow: a key of `families.FAMILIES`."""
        ...

    @property
    def aim(self) -> Aim:
        """Which direction is better."""
        ...

    @property
    def worthwhile(self) -> float:
        """Smallest change that would matter."""
        ...

    @property
    def label(self) -> str:
        """The outcome in words."""
        ...

    @property
    def among(self) -> str | None:
        """Column that says who is inside the denominator."""
        ...

    @property
    def denominator(self) -> Denominator | None:
        """Who decides who is in the denominator."""
        ...

    @property
    def missing(self) -> Missing:
        """What to do with rows whose outcome is not recorded."""
        ...


def check_shared(outcome: Described) -> None:
    """Check what all outcomes have in common, and who decides the denominator where it is among some rows."""
    check_column(outcome.events, "events")
    if not isinstance(outcome.label, str) or not outcome.label.strip():
        raise DataError(
            "An outcome needs a label.", where=f'column "{outcome.events}"', cure="Say it in words: label=..."
        )
    where = f'outcome "{outcome.label}"'
    if not isinstance(outcome.aim, Aim):
        raise DataError(f"aim={outcome.aim!r} is not an Aim.", where=where, cure="Write aim=Aim.FEWER or aim=Aim.MORE.")
    if not positive(outcome.worthwhile):
        raise DataError(
            f"worthwhile={outcome.worthwhile!r} is not a positive number.",
            where=where,
            why="The size of change that would matter is part of the answer.",
            cure="Give the smallest change that would matter, without a sign: the aim says which way.",
        )
    if outcome.denominator is None and outcome.among is not None:
        object.__setattr__(outcome, "denominator", "by_practice")
    if outcome.denominator is not None:
        check_word(outcome.denominator, get_args(Denominator), "denominator", where)
    check_word(outcome.missing, get_args(Missing), "missing", where)


def check_proportion(outcome: Described) -> None:
    """Refuse a worthwhile change of a share that is none."""
    if outcome.worthwhile >= 1:
        raise DataError(
            f"worthwhile={outcome.worthwhile} is not a change in a proportion.",
            where=f'outcome "{outcome.label}"',
            cure="Give a proportion: one percentage point is worthwhile=0.01.",
        )


def check_flag(value: object, name: str) -> None:
    """Refuse what is neither True nor False."""
    if not isinstance(value, bool):
        raise DataError(f"{name}={value!r:.40} is neither True nor False.", cure=f"Write {name}=True.")


def check_word(value: object, allowed: tuple[str, ...], name: str, where: str) -> None:
    """Refuse a word that is not among those allowed."""
    if value not in allowed:
        words = ", ".join(f'"{word}"' for word in allowed)
        raise DataError(
            f"{name}={value!r} is not known.{nearest(str(value), allowed)}", where=where, cure=f"Use {words}."
        )


def check_column(value: object, name: str) -> None:
    """Refuse what cannot be the name of a column."""
    if not isinstance(value, str) or not value:
        raise DataError(f"{name}={value!r} is not the name of a column.", cure=f"Give {name} as a text.")


def check_distinct(**columns: str | None) -> None:
    """Refuse one column in two roles."""
    used: dict[str, str] = {}
    for role, column in columns.items():
        if column is None:
            continue
        check_column(column, role)
        if column in used:
            raise DataError(
                f"One column is named as both {used[column]} and {role}.",
                where=f'column "{column}"',
                cure="Name two columns.",
            )
        used[column] = role


def positive(value: object) -> bool:
    """Whether a value is a finite number above zero."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value) and value > 0
