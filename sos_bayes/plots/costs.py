"""Costs beside gains: the cost-effectiveness plane and the acceptability curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sos_bayes._core.errors import StudyError
from sos_bayes._core.words import number, probability, short
from sos_bayes.costs.money import pounds
from sos_bayes.plots.style import BLUE, GREY, ORANGE, blank, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sos_bayes.costs import CostEffectiveness

MOST = 1000  # draws shown as dots


def cost_plane(found: CostEffectiveness, *, willingness: float | None = None) -> Figure:
    """Draw gain and cost of every draw, with the line above which the practice is not worth its cost.

    Parameters
    ----------
    found : CostEffectiveness
    willingness : float, optional
        Pounds for one unit of gain: the slope of the line. The benefit by default; without either there is no line.

    Returns
    -------
    matplotlib.figure.Figure
        Up to 1,000 draws, evenly spaced among all; the cross marks both means.

    Raises
    ------
    StudyError
        If `found` is not what `cost_effectiveness` gives.

    Examples
    --------
    >>> cost_plane(sb.cost_effectiveness(effect, costs, benefit=benefit)).savefig("plane.png")  # doctest: +SKIP
    """
    value = _value(found, willingness)
    shown = np.unique(np.linspace(0, found.gain.size - 1, MOST).astype(int))
    gain, cost = 1000 * found.gain[shown], found.cost[shown]
    figure, axes = blank(6.4, 4.4)
    axes.axhline(0, color=GREY, linewidth=0.9, zorder=1)
    axes.axvline(0, color=GREY, linewidth=0.9, zorder=1)
    axes.plot(gain, cost, "o", color=BLUE, ms=2.5, alpha=0.35, mec="none", zorder=2)
    axes.plot([1000 * found.gain.mean()], [found.cost.mean()], "P", color="white", mec=ORANGE, ms=10, mew=1.6, zorder=4)
    if value is not None:
        ends = np.array([min(gain.min(), 0.0), max(gain.max(), 0.0)])
        axes.plot(ends, ends / 1000 * value, color=ORANGE, linewidth=1.4, zorder=3)
        note = f"line: {pounds(value)} for one {found.unit}; {probability(found.p_cost_effective(value))} below it"
        figure.supxlabel(plain(note), fontsize=8.5, color=GREY, x=0.02, ha="left")
    axes.set_ylim(min(0.0, 1.1 * float(cost.min())), 1.25 * float(cost.max()) or 1.0)
    axes.set_xlabel(plain(f"{found.units} for 1,000 children", 60), fontsize=10)
    axes.set_ylabel(f"£ for each child, prices of {found.costs.prices.year}", fontsize=10)
    axes.set_title(plain(found.label, 60), loc="left", fontsize=11, fontweight="bold")
    return figure


def cost_plane_alt(found: CostEffectiveness, *, willingness: float | None = None) -> str:
    """Describe the figure for readers who cannot see it.

    Parameters
    ----------
    found : CostEffectiveness
    willingness : float, optional

    Returns
    -------
    str
    """
    value = _value(found, willingness)
    low, high = (number(1000 * float(x)) for x in np.quantile(found.gain, [0.025, 0.975]))
    line = "" if value is None else f" {probability(found.p_cost_effective(value))} below the line of {pounds(value)}."
    return (
        f"Cost-effectiveness plane, {short(found.label)}. {found.units.capitalize()} for 1,000 children: "
        f"{number(1000 * float(found.gain.mean()))} (95 % {low} to {high}), at {pounds(float(found.cost.mean()))} for "
        f"each child.{line}"
    )


def acceptability(found: CostEffectiveness) -> Figure:
    """Draw the probability that the practice is cost-effective by what one unit of gain is taken to be worth.

    Parameters
    ----------
    found : CostEffectiveness

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    StudyError
        If `found` is not what `cost_effectiveness` gives.

    Examples
    --------
    >>> acceptability(sb.cost_effectiveness(effect, costs, benefit=benefit)).savefig("curve.png")  # doctest: +SKIP
    """
    worth = _value(found, None)
    chances = [found.p_cost_effective(float(amount)) for amount in found.willingness]
    figure, axes = blank(6.4, 3.8)
    axes.axhline(0.5, color=GREY, linewidth=0.9, linestyle=":", zorder=1)
    axes.plot(found.willingness, chances, color=BLUE, linewidth=2, zorder=3)
    if worth is not None and found.willingness[0] <= worth <= found.willingness[-1]:
        axes.axvline(worth, color=ORANGE, linewidth=1.4, zorder=2)
        note = f"upright line: {pounds(worth)}, the benefit given"
        figure.supxlabel(plain(note), fontsize=8.5, color=GREY, x=0.02, ha="left")
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel(plain(f"£ for one {found.unit}, prices of {found.costs.prices.year}", 70), fontsize=10)
    axes.set_ylabel("P(cost-effective)", fontsize=10)
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:,.0f}")
    axes.set_title(plain(found.label, 60), loc="left", fontsize=11, fontweight="bold")
    return figure


def acceptability_alt(found: CostEffectiveness) -> str:
    """Describe the figure for readers who cannot see it.

    Parameters
    ----------
    found : CostEffectiveness

    Returns
    -------
    str
    """
    _value(found, None)
    some = np.unique(np.linspace(0, found.willingness.size - 1, 5).astype(int))
    points = (f"{pounds(float(w))}: {probability(found.p_cost_effective(float(w)))}" for w in found.willingness[some])
    return (
        f"Cost-effectiveness acceptability curve, {short(found.label)}: probability that the practice is worth its "
        f"cost, by pounds for one {found.unit}. {'; '.join(points)}."
    )


def _value(found: CostEffectiveness, willingness: float | None) -> float | None:
    from sos_bayes.costs import CostEffectiveness

    if not isinstance(found, CostEffectiveness):
        raise StudyError(
            "This is no answer of cost_effectiveness.", cure="Give sb.cost_effectiveness(effect, costs, ...)."
        )
    if willingness is not None:
        return float(willingness)
    return None if found.worth is None else float(found.worth.mean())
