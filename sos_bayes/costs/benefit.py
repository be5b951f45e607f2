"""What one event fewer, or more, is worth, and which unit an effect is counted in."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from sos_bayes._core.errors import DataError, DesignError
from sos_bayes._core.words import short
from sos_bayes.costs.amounts import Shape, check_amount
from sos_bayes.estimands import Effect


@dataclass(frozen=True, slots=True)
class Benefit:
    """What one unit of effect towards the aim is worth, in pounds.

    Parameters
    ----------
    amount : float
        Pounds for one event avoided (or gained, where more is the aim), for one day, for one unit of a measure.
    of : str
        ``"event"`` for outcomes that are counted or happen, ``"day"`` for mean days of a `Duration`, and the outcome's
        own unit for a `Continuous`. It must be the effect's.
    price_year : int
    source : str
        Where the figure is published; a benefit without one is refused. Say ``"invented"`` of a figure that is.
    paid : int, optional
        First year in which it falls; the price year by default.
    years : int
        For how many years running.
    low, high : float, optional
    shape : {"gamma", "triangular"}, optional
        As for a `CostLine`.
    cashable : bool
        Whether the authority would truly spend less: capacity that is freed is not cash. Only a cashable benefit is
        asked whether the practice is cost saving.

    Raises
    ------
    DataError
        If the amount is negative, the range does not hold it, or there is no source.

    Examples
    --------
    >>> Benefit(33_592, "event", price_year=2017, source="invented").cashable
    False
    """

    amount: float
    of: str
    _: KW_ONLY
    price_year: int
    source: str
    paid: int | None = None
    years: int = 1
    low: float | None = None
    high: float | None = None
    shape: Shape | None = None
    cashable: bool = False

    def __post_init__(self) -> None:
        check_amount(self, "benefit")
        if not str(self.source).strip():
            raise DataError(
                "The benefit has no source.", where="benefit", cure='Say where the figure is from: source="...".'
            )
        if self.paid is None:
            object.__setattr__(self, "paid", self.price_year)


def unit_of(effect: Effect) -> str:
    """What one unit of this effect is: ``"event"``, ``"day"``, or the unit of a measured outcome.

    Raises
    ------
    DesignError
        If the effect is a ratio, a number of events or no average that adds up over children.
    """
    outcome = effect.outcome
    if effect.scale != "difference" or effect.estimand not in ("satt", "patt", "next_authority"):
        named = effect.scale if effect.scale != "difference" else effect.estimand
        raise DesignError(
            f"An effect of the kind {named!r} has no cost beside it.",
            where=f'outcome "{short(outcome.label)}"',
            why="Costs are for each child, and the effect must be a difference for each child.",
            cure='Give sb.estimate(fit), or estimand="patt" or "next_authority" for authorities to come.',
        )
    if effect.at == "median":
        raise DesignError(
            "Medians do not add up over children.",
            where=f'outcome "{short(outcome.label)}"',
            cure='Give sb.estimate(fit, at="mean") for mean days.',
        )
    if outcome.bands and effect.at == "mean":
        return "day"
    return outcome.change_unit if outcome.measured else "event"


def check_unit(benefit: Benefit, effect: Effect) -> None:
    """Refuse a benefit for another unit than the effect's.

    Raises
    ------
    DesignError
    """
    unit = unit_of(effect)
    if benefit.of != unit:
        raise DesignError(
            f"The benefit is for each {short(str(benefit.of), 30)!r}, and the effect is counted in {unit!r}.",
            where=f'outcome "{short(effect.outcome.label)}"',
            why="Pounds for one thing must not be multiplied with numbers of another.",
            cure=f"Give what one {unit} is worth: costs.Benefit(..., {unit!r}, ...), or the effect on what it is for.",
        )
