"""The two axes of the What Works for Children's Social Care Evidence Store, as it published them."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from sos_bayes._core.errors import DataError, nearest

EFFECTS = ("negative effect", "mixed or no effect", "tends to positive effect", "consistently positive effect")
STRENGTHS = ("very low", "low", "moderate", "high")


@dataclass(frozen=True, slots=True)
class StoreRating:
    """What the Evidence Store said of one outcome: quoted, never computed.

    Both axes are five-point scales (whatworks-csc.org.uk, "Our ratings explained"); four words of each were recovered,
    so that a point may stand without its word.

    Parameters
    ----------
    outcome : str
    effect, strength : str, optional
        The Store's words, of `EFFECTS` and `STRENGTHS`.
    effect_points, strength_points : int, optional
        1 to 5, as the Store showed them.
    source : str
        The page. A rating without one is refused.

    Raises
    ------
    DataError
        If there is no source, or a word or a number is not the Store's.

    Examples
    --------
    >>> print(StoreRating("care entry", strength="very low", strength_points=1, source="invented"))
    effect not known; strength very low (1 of 5)
    """

    outcome: str
    _: KW_ONLY
    source: str
    effect: str | None = None
    strength: str | None = None
    effect_points: int | None = None
    strength_points: int | None = None

    def __post_init__(self) -> None:
        if not str(self.source).strip():
            raise DataError("A quoted rating has no source.", where=self.outcome, cure="Name the page it stands on.")
        for axis, word, words in (("effect", self.effect, EFFECTS), ("strength", self.strength, STRENGTHS)):
            if word is not None and word not in words:
                raise DataError(
                    f"{axis}={word!r:.40} is not one of the words that were recovered.{nearest(str(word), words)}",
                    where=self.outcome,
                    cure=f"Use one of {', '.join(words)}, or give the points alone.",
                )
        for axis in ("effect_points", "strength_points"):
            if getattr(self, axis) not in (None, 1, 2, 3, 4, 5):
                raise DataError(f"{axis} is none of 1 to 5.", where=self.outcome, cure="Give 1 to 5, or None.")

    def __str__(self) -> str:
        return f"effect {_axis(self.effect, self.effect_points)}; strength {_axis(self.strength, self.strength_points)}"


def _axis(word: str | None, points: int | None) -> str:
    if word is None:
        return "not known" if points is None else f"{points} of 5"
    return word if points is None else f"{word} ({points} of 5)"
