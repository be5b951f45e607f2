"""Leads and lags of one outcome, from the one check fit that holds both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sos_bayes._core.equal_tailed import equal_tailed
from sos_bayes._core.errors import StudyError
from sos_bayes._core.handed import handed
from sos_bayes._core.words import amount, short, signed
from sos_bayes.estimands.effect import OVER
from sos_bayes.estimands.printed import printed
from sos_bayes.plots.style import BLUE, GREY, ORANGE, bars, blank, in_words, plain, worthwhile_band

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sos_bayes.estimands import Effect, Effects
    from sos_bayes.study import Finding


@handed("checks", "by_authority", give="a finding of sb.evaluate, such as evaluation['label']")
def event_study(finding: Finding) -> Figure:
    """Draw the gap between adopters and comparators, period by period around the start.

    Dots are posterior medians, thick lines 50 % and thin lines 95 % intervals. The shaded band is
    smaller than worthwhile. Leads are centred on zero and never the judge of the design.

    Parameters
    ----------
    finding : Finding
        Its checks must hold the event study.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    StudyError
        If the finding has no event study.

    Examples
    --------
    >>> event_study(evaluation["re-referral"]).savefig("re-referral.png")  # doctest: +SKIP
    """
    series = _series(finding)
    figure, axes = blank(7.2, 4.0)
    worthwhile_band(axes, series.effects[0], upright=True)
    for effect in series:
        before = int(effect.label) < 0
        bars(axes, effect, int(effect.label), ORANGE if before else BLUE, upright=True)
    _mark_start(axes, [int(x) for x in series.labels])
    axes.set_ylabel(_axis(series.effects[0]), fontsize=10)
    axes.set_xlabel("periods since the start (0 = first period with the rollout)", fontsize=10)
    axes.set_title(plain(finding.label), loc="left", fontsize=11, fontweight="bold")
    figure.supxlabel(plain(averages(finding), 400).replace("; ", "\n"), fontsize=8.5, color=GREY, x=0.02, ha="left")
    return figure


def averages(finding: Finding) -> str:
    """Say both averages: the headline's, and that of the fit behind this figure.

    Parameters
    ----------
    finding : Finding

    Returns
    -------
    str
    """
    check_fit = _average(_series(finding))
    said = f"the fit behind this figure, periods weighted equally: {check_fit}"
    if finding.effect is None:
        return f"Average after the start; {said}"
    e = finding.effect
    headline = _signed(*printed(e))
    return f"Average after the start (SATT, {OVER[e.weight]}), {e.unit}; headline fit: {headline}; {said}"


@handed("checks", "by_authority", give="a finding of sb.evaluate, such as evaluation['label']")
def event_study_alt(finding: Finding) -> str:
    """Describe the figure for readers who cannot see it.

    Parameters
    ----------
    finding : Finding

    Returns
    -------
    str
    """
    series = _series(finding)
    unit = series.effects[0].unit
    points = "; ".join(f"period {e.label}: {in_words(e)}" for e in series)
    band = amount(series.effects[0].factor * finding.outcome.worthwhile, unit)
    return (
        f"Event study of {short(finding.label)}, change in {unit}, posterior means and 95 % intervals. {points}. "
        f"Changes below {band} either way are shaded as smaller than worthwhile. {averages(finding)}."
    )


def _series(finding: Finding) -> Effects:
    series = finding.event_study
    if series is None or not len(series):
        raise StudyError(
            f"The finding on {short(finding.label)!r} has no event study.",
            cure="Evaluate with checks=True; an outcome that stopped with an error has none.",
        )
    return series


def _mark_start(axes: Axes, times: list[int]) -> None:
    axes.axvline(-0.5, color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate(
        "start", (-0.5, 1.0), xycoords=("data", "axes fraction"), xytext=(4, -2), textcoords="offset points",
        fontsize=9, color=GREY, va="top",
    )  # fmt: skip
    step = max(1, len(times) // 14)
    axes.set_xticks([t for t in times if t % step == 0])
    axes.set_xlim(min(times) - 0.6, max(times) + 0.6)


def _axis(effect: Effect) -> str:
    return f"change, {effect.unit}"


def _signed(mean: float, low: float, high: float) -> str:
    return f"{signed(mean)} (95 % {signed(low)} to {signed(high)})"


def _average(series: Effects) -> str:
    """Average over lags of the check fit, each period once."""
    after = [e for e in series if int(e.label) >= 0]
    if not after:
        return "not known"
    if len({e.draws.shape for e in after}) > 1:  # as `sos_bayes.save` keeps them: each lag by itself
        return "not told by a file without cells"
    draws = after[0].factor * np.mean([e.draws for e in after], axis=0)
    low, high = equal_tailed(draws)
    return _signed(float(draws.mean()), float(low), float(high))
