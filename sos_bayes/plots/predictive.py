"""Discrepancies between the data and what the model expects of cells without the practice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sos_bayes._core.errors import StudyError
from sos_bayes._core.words import number, probability, short
from sos_bayes.checks.parallel_trends.discrepancies import WORDS, Discrepancies, Discrepancy, discrepancies
from sos_bayes.checks.parallel_trends.predictive import ALARM, too_few
from sos_bayes.fitting.runs.fit_result import Fit
from sos_bayes.plots.style import BAND, BLUE, GREY, ORANGE, blank, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDEST = 2.0  # of a row, in halves of its expected range: a value further out is drawn at the edge, as an arrow


def predictive(fit: Fit) -> Figure:
    """Draw every discrepancy where it lies among replicates of the model.

    Each row has a scale of its own: the band holds nine tenths of the replicates, the line their median, the dot is
    what was seen; an arrow lies beyond the row. At the right stands its posterior predictive p. Dots whose p is at most
    .05 are in another colour; one row in twenty is where the model is right, and the line below says how odd the
    oddest is.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    StudyError
        If there are too few authorities or periods to look at, or the fit is not of a `DiD`.

    Examples
    --------
    >>> predictive(fit).savefig("discrepancies.png")  # doctest: +SKIP
    """
    looked = _found(fit)
    figure, axes = blank(7.2, 1.5 + 0.32 * len(looked.each))
    for at, one in enumerate(looked.each):
        axes.barh(at, 2.0, left=-1.0, height=0.56, color=BAND, zorder=0, linewidth=0)
        axes.plot([_placed(one, one.middle)] * 2, [at - 0.28, at + 0.28], color=GREY, linewidth=1, zorder=1)
        where = _placed(one, one.value)
        edge = min(max(where, -WIDEST), WIDEST)
        marker = "o" if edge == where else ">" if where > 0 else "<"
        axes.plot([edge], [at], marker, color=ORANGE if one.p <= ALARM else BLUE, ms=6, zorder=3, clip_on=False)
        axes.annotate(
            probability(one.p), (1.01, at), xycoords=("axes fraction", "data"), fontsize=8, color=GREY, va="center",
            annotation_clip=False,
        )  # fmt: skip
    axes.set_yticks(range(len(looked.each)), [WORDS[one.name] for one in looked.each])
    axes.set_ylim(len(looked.each) - 0.4, -0.6)
    axes.set_xlim(-WIDEST - 0.1, WIDEST + 0.1)
    axes.set_xticks([-1, 1], ["5 %", "95 %"])
    axes.set_xlabel("of replicates of the model, each row on its own scale", fontsize=10)
    axes.set_title(plain(fit.outcome.label, 60), loc="left", fontsize=11, fontweight="bold")
    said = f"{probability(looked.p)} for a discrepancy as odd as the oddest, if the model is right"
    figure.supxlabel(plain(said), fontsize=8.5, color=GREY, x=0.02, ha="left")
    return figure


def predictive_alt(fit: Fit) -> str:
    """Describe the figure for readers who cannot see it.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    str
    """
    looked = _found(fit)
    rows = [
        f"{WORDS[one.name]}: {number(one.value)}, {number(one.low)} to {number(one.high)} expected, "
        f"{probability(one.p)}"
        for one in looked.each
    ]
    return (
        f"Discrepancies between cells without the practice and replicates of the model, {short(fit.outcome.label)}. "
        f"{'; '.join(rows)}. {probability(looked.p)} for one as odd as the oddest, {WORDS[looked.oddest.name]}."
    )


def _found(fit: Fit) -> Discrepancies:
    if not isinstance(fit, Fit):
        raise StudyError("Only a fit of DiD() has cells to replicate.", cure="Give sb.fit(data, rollout, outcome).")
    why = too_few(fit)
    if why is not None:
        raise StudyError(f"The figure of discrepancies cannot be drawn: {why}")
    return discrepancies(fit)


def _placed(one: Discrepancy, value: float) -> float:
    """Where a value lies in its row: -1 and 1 are the ends of what is expected."""
    half = 0.5 * (one.high - one.low)
    away = value - 0.5 * (one.high + one.low)
    return away / half if half > 0 else 0.0 if away == 0 else float("inf") if away > 0 else float("-inf")
