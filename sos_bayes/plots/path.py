"""The outcome over time: what was observed, and what is expected with the rollout and without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from sos_bayes._core.array_types import Floats, Indices
from sos_bayes._core.errors import StudyError
from sos_bayes._core.words import number, short
from sos_bayes.estimands.outcome_path import OutcomePath, outcome_path
from sos_bayes.estimands.weights import EVERYBODY
from sos_bayes.plots.style import BLUE, GREY, ORANGE, blank, picture, plain, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sos_bayes.fitting.posterior.fit_protocol import FitProtocol
    from sos_bayes.study import Finding

LABELS = 9  # periods that are named below the axis at most


def path(
    followed: OutcomePath | Finding | FitProtocol, *, authority: str | None = None, gap: bool | None = None
) -> Figure:
    """Draw the outcome of adopters and comparators over time, and what would have been without the rollout.

    Dots joined by a line are what was observed of adopters, a dashed line with open dots what was observed of
    comparators. From the start on, the adopters' expected outcome without the rollout is a line with its 95 % interval
    as a band; the gap between the two is the effect. Where adopters started one after the other, the grey area says
    what share had started.

    Parameters
    ----------
    followed : OutcomePath, Finding or Fit
    authority : str, optional
        Of a fit, one adopter instead of all.
    gap : bool, optional
        Whether what was observed of adopters less what is expected without the rollout is drawn below, with its 95 %
        interval; by default of designs that predict adopters from donors.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    StudyError
        If the finding has no path: an outcome that stopped with an error, or a file saved by an older version.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_england(seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> fitted = sb.fit(panel, made.rollout, made.outcome, method="fast")
    >>> figure = sb.plots.path(fitted)
    """
    one = _path_of(followed, authority)
    figure, axes, below = _axes(one.design != "DiD" if gap is None else gap)
    _series(axes, one)
    _periods(axes, one, named=below is None)
    axes.set_ylabel(plain(one.outcome.level_unit, 60), fontsize=10)
    axes.set_title(plain(one.outcome.label), loc="left", fontsize=11, fontweight="bold")
    if below is not None:
        _gap(below, one)
        _periods(below, one, named=True)
    return figure


def path_alt(followed: OutcomePath | Finding | FitProtocol, *, authority: str | None = None) -> str:
    """Describe the figure for readers who cannot see it.

    Parameters
    ----------
    followed : OutcomePath, Finding or Fit
    authority : str, optional

    Returns
    -------
    str
    """
    one = _path_of(followed, authority)
    unit, f = one.outcome.level_unit, one.factor
    words = []
    for t, period in enumerate(one.periods):
        said = f"{period}: adopters {_value(f * one.adopters[t])}, comparators {_value(f * one.comparators[t])}"
        if one.started[t] > 0:
            mean, low, high = f * one.without[t]
            said += f", expected without the rollout {number(mean, 3)} (95 % {number(low, 3)} to {number(high, 3)})"
        words.append(said)
    return f"{short(one.outcome.label)} over time, {unit}, of {one.label}. {'; '.join(words)}."


def _value(value: float) -> str:
    return number(value, 3) if np.isfinite(value) else "not shown"


def _path_of(followed: OutcomePath | Finding | FitProtocol, authority: str | None) -> OutcomePath:
    if isinstance(followed, OutcomePath):
        return followed
    if hasattr(followed, "contrast"):
        return outcome_path(cast("FitProtocol", followed), authority=authority)
    held: OutcomePath | None = getattr(followed, "path", None)
    if held is None:
        raise StudyError(
            f"There is no path over time in this {type(followed).__name__}.",
            cure="Give a fit with its cells, an OutcomePath, or a finding that was answered.",
        )
    return held


def _axes(two: bool) -> tuple[Figure, Axes, Axes | None]:
    if not two:
        return *blank(7.2, 4.2), None
    figure = picture(7.2, 5.6)
    upper, lower = figure.subplots(2, 1, height_ratios=[3, 1.4], sharex=True)
    for axes in (upper, lower):
        tidy(axes)
    return figure, upper, lower


def _series(axes: Axes, one: OutcomePath) -> None:
    at, f = np.arange(len(one.periods)), one.factor
    after = np.flatnonzero(one.started > 0)
    _shade(axes, one)
    axes.plot(at, f * one.comparators, "--o", color=GREY, mfc="white", ms=4.5, lw=1.3, zorder=2)
    if len(after):
        shown = np.arange(max(after[0] - 1, 0), len(at))
        mean, low, high = f * one.without[shown].T
        axes.fill_between(at[shown], low, high, color=ORANGE, alpha=0.18, lw=0, zorder=1)
        axes.plot(at[shown], mean, color=ORANGE, lw=2, zorder=3)
    axes.plot(at, f * one.adopters, "-o", color=BLUE, ms=5, lw=1.8, zorder=4)
    _name(axes, one, after)


def _gap(axes: Axes, one: OutcomePath) -> None:
    """Observed less expected without the rollout, from the start on."""
    after = np.flatnonzero((one.started > 0) & np.isfinite(one.adopters))
    mean, low, high = one.factor * (one.adopters[after, None] - one.without[after]).T
    axes.axhline(0, color=GREY, lw=0.9, zorder=1)
    axes.fill_between(after, low, high, color=BLUE, alpha=0.18, lw=0, zorder=1)
    axes.plot(after, mean, "-o", color=BLUE, ms=4, lw=1.6, zorder=3)
    axes.set_ylabel("gap", fontsize=10)


def _shade(axes: Axes, one: OutcomePath) -> None:
    """Grey where adopters had started, the darker the more of them; a line where the first did."""
    started = one.started
    for t in np.flatnonzero(started > 0):
        axes.axvspan(t - 0.5, t + 0.5, color="#000000", alpha=0.055 * float(started[t]), lw=0, zorder=0)
    first = np.flatnonzero(started > 0)
    if len(first):
        axes.axvline(first[0] - 0.5, color=GREY, lw=1, ls=(0, (4, 3)), zorder=1)
        axes.annotate(
            "start" if started.max() == started[first[0]] else "first start", (first[0] - 0.5, 1.0),
            xycoords=("data", "axes fraction"), xytext=(4, -2), textcoords="offset points", fontsize=9, color=GREY,
            va="top",
        )  # fmt: skip


def _name(axes: Axes, one: OutcomePath, after: Indices) -> None:
    """Names of the lines at their right ends, pushed apart where they would lie on each other."""
    who, they = ("adopters", "they") if one.label == EVERYBODY else (one.label, "it")
    ends = [(plain(who, 24), BLUE, _last(one.adopters)), ("comparators", GREY, _last(one.comparators))]
    if len(after):
        ends.append((f"{plain(who, 24)}, had {they}\nnot adopted (expected)", ORANGE, one.without[-1, 0]))
    ends = sorted(((text, colour, one.factor * y) for text, colour, y in ends if np.isfinite(y)), key=lambda e: e[2])
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    places = _apart([y for _, _, y in ends], 0.09 * (high - low))
    for (text, colour, _), y in zip(ends, places, strict=True):
        axes.annotate(
            text, (1.0, y), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points",
            color=colour, fontsize=9, va="center", annotation_clip=False,
        )  # fmt: skip


def _last(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else float("nan")


def _apart(values: list[float], least: float) -> list[float]:
    """Rising values moved as little as keeps them ``least`` from each other.

    Examples
    --------
    >>> _apart([1.0, 1.0, 5.0], 1.0)
    [0.5, 1.5, 5.0]
    """
    blocks: list[tuple[float, int]] = []  # mean of first places, members
    for value in values:
        centre, members = value, 1
        while blocks and centre - (members - 1) * least / 2 < blocks[-1][0] + (blocks[-1][1] + 1) * least / 2:
            other, more = blocks.pop()
            centre, members = (other * more + centre * members) / (more + members), more + members
        blocks.append((centre, members))
    return [centre + (i - (members - 1) / 2) * least for centre, members in blocks for i in range(members)]


def _periods(axes: Axes, one: OutcomePath, *, named: bool) -> None:
    step = max(1, -(-len(one.periods) // LABELS))
    at = range(0, len(one.periods), step)
    axes.set_xticks(list(at), [plain(one.periods[t], 12) for t in at])
    axes.tick_params(labelbottom=named)
    axes.set_xlim(-0.5, len(one.periods) - 0.5)
