"""How a data file of the Department for Education is to be read: what its symbols and its rounding stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sos_bayes._core.errors import DataError

type Pairs[T] = Mapping[str, T] | tuple[tuple[str, T], ...]


class Meaning(Enum):
    """What stands where a number would."""

    SUPPRESSED = "suppressed to protect confidentiality"
    TINY = "rounds to zero and is not zero"
    NOT_APPLICABLE = "not applicable"
    NOT_AVAILABLE = "not available"
    UNRELIABLE = "withheld as unreliable"


SYMBOLS = {
    "c": Meaning.SUPPRESSED,
    "k": Meaning.TINY,
    "low": Meaning.TINY,
    "~": Meaning.TINY,
    "z": Meaning.NOT_APPLICABLE,
    ".": Meaning.NOT_APPLICABLE,
    "x": Meaning.NOT_AVAILABLE,
    ":": Meaning.NOT_AVAILABLE,
    "..": Meaning.NOT_AVAILABLE,
    "u": Meaning.UNRELIABLE,
}
MISSING = (Meaning.NOT_APPLICABLE, Meaning.NOT_AVAILABLE, Meaning.UNRELIABLE)


@dataclass(frozen=True, slots=True)
class DfE:
    """What one release does to its numbers, and which of its rows are wanted.

    The defaults are those of *Children in need* and *Children looked after* since 2020: counts of 1 to 5 are ``c``,
    others may be ``c`` to protect them, authorities' counts are not rounded and totals are rounded to 10.

    Parameters
    ----------
    suppressed : tuple of str
        Symbols that stand for a suppressed count. Older releases wrote ``x``.
    primary : tuple of int
        The smallest and the largest count that is suppressed for its own size.
    secondary : float
        The chance that a larger count is suppressed too, so that another cannot be worked out from totals. A suppressed
        count then lies anywhere up to what its denominator and the file's totals leave, most likely from 1 to 5. 0
        where nothing else is suppressed; 1 to say nothing of which counts are.
    rounded : int, optional
        What authorities' own counts are rounded to: 10 leaves each count known to within 5.
    totals : int
        What regional and national totals are rounded to; 1 for not at all.
    where : mapping of str to str
        Which rows are wanted, by the values of columns: ``{"cla_group": "CLA on 31 March"}``.
    spread : tuple of str, optional
        A column whose values become columns, and the column that holds their numbers, for files that have a row for
        each measure: ``("placement_stability", "children_count")``.
    parts : mapping of str to tuple of str
        Columns that add up to another: ``{"CPP_At31": ("3_months_or_less", ...)}``. What the row leaves then bounds
        a suppressed count.
    percent : mapping of str to str
        The column of published percentages of a count: where the count is withheld and the percentage is not, it bounds
        the count. ``k`` is a percentage that rounds to zero.

    Raises
    ------
    DataError
        If an argument is not of this form.

    Examples
    --------
    >>> DfE(rounded=5).half
    2
    """

    suppressed: tuple[str, ...] = ("c",)
    primary: tuple[int, int] = (1, 5)
    secondary: float = 0.05
    rounded: int | None = None
    totals: int = 10
    where: Pairs[str] = ()
    spread: tuple[str, str] | None = None
    parts: Pairs[tuple[str, ...]] = ()
    percent: Pairs[str] = ()

    def __post_init__(self) -> None:
        for name in ("where", "parts", "percent"):
            object.__setattr__(self, name, _checked(getattr(self, name), name))
        given: object = self.suppressed
        if not isinstance(given, (tuple, list)) or not all(isinstance(symbol, str) for symbol in given):
            raise DataError("suppressed is not a tuple of symbols.", where="DfE", cure='Write suppressed=("c", "x").')
        object.__setattr__(self, "suppressed", tuple(bare(symbol) for symbol in self.suppressed))
        low, high = self.primary
        if not (_whole(low) and _whole(high) and 0 <= low <= high):
            raise DataError("primary is not two whole numbers in order.", where="DfE", cure="Write primary=(1, 5).")
        if not (isinstance(self.secondary, (int, float)) and 0 <= self.secondary <= 1):
            raise DataError(
                f"secondary={self.secondary!r} is not a chance.",
                where="DfE",
                cure="Write secondary=0 where only counts in primary are suppressed, or a chance such as 0.05.",
            )
        for name, value in (("rounded", self.rounded), ("totals", self.totals)):
            if value is not None and not (_whole(value) and value >= 1):
                raise DataError(
                    f"{name}={value!r} is not a whole number from 1.", where="DfE", cure=f"Write {name}=10."
                )

    @property
    def half(self) -> int:
        """How far a rounded count may lie from the printed one."""
        return 0 if self.rounded is None else self.rounded // 2

    def meaning(self, symbol: str) -> Meaning | None:
        """What a symbol stands for in this release, in any case and with or without square brackets.

        Examples
        --------
        >>> DfE().meaning("[c]").value, DfE().meaning("*")
        ('suppressed to protect confidentiality', None)
        """
        plain = bare(symbol)
        return Meaning.SUPPRESSED if plain in self.suppressed else SYMBOLS.get(plain)


def bare(symbol: str) -> str:
    """A symbol in small letters, without square brackets."""
    plain = symbol.strip().casefold()
    return plain[1:-1].strip() if plain.startswith("[") and plain.endswith("]") else plain


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def pairs[T](given: Pairs[T]) -> tuple[tuple[str, T], ...]:
    """A mapping, or what it became in a frozen value, as pairs."""
    return tuple(given.items()) if isinstance(given, Mapping) else given


def _checked(given: Any, name: str) -> tuple[tuple[str, Any], ...]:
    """A mapping as the sorted pairs that a frozen value can hold; lists inside become tuples."""
    try:
        held = [(key, tuple(value) if isinstance(value, list) else value) for key, value in pairs(given)]
    except (TypeError, ValueError):
        held = [("", None)]
    if not all(isinstance(key, str) and value for key, value in held):
        raise DataError(f"{name} is not a mapping from columns.", where="DfE", cure=f'Write {name}={{"column": ...}}.')
    return tuple(sorted(held))
