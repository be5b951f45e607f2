"""A synthesis as a forest: each study, the mean, and what to expect at a new site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sos_bayes._core.handed import handed
from sos_bayes._core.words import counted
from sos_bayes.meta_analyses.sentences import figures
from sos_bayes.meta_analyses.study_table import Studies
from sos_bayes.plots.style import BAND, BLUE, GREY, ORANGE, blank, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sos_bayes.meta_analyses import MetaAnalysis

MOST = 60


@handed("studies", give="what sb.meta_analysis returned")
def forest_of_studies(found: MetaAnalysis) -> Figure:
    """Draw each study as it reported and as it is seen beside the others, the mean, and a new site.

    Grey: the reported effect with its 95 % interval (of counts it is not drawn: beside its error it would give small
    counts away). Blue: the study's effect given all studies, mean and 95 % interval. Orange: mean effect, and the
    prediction for a new site. The band is what is too small to matter.

    Parameters
    ----------
    found : MetaAnalysis

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> forest_of_studies(sb.meta_analysis(...)).savefig("forest.png")  # doctest: +SKIP
    """
    names, rows = found.studies.names[:MOST], found.study_effects().head(MOST)
    height = 1.8 + 0.3 * (len(names) + 2)
    figure, axes = blank(7.2, height)
    band(axes, found.worthwhile, upright=False)
    for at in range(len(names)):
        row = rows.iloc[at]
        if "reported" in rows:
            ends = [row["reported"] - 1.96 * row["se"], row["reported"] + 1.96 * row["se"]]
            axes.plot(ends, [at + 0.16] * 2, color=GREY, linewidth=1.0)
            axes.plot([row["reported"]], [at + 0.16], "|", color=GREY, ms=7)
        _interval(axes, float(row["mean"]), float(row["low"]), float(row["high"]), at - 0.1, BLUE)
    below = [(found.mean, "mean effect"), (found.new_site(), "new site (prediction)")]
    for i, (one, _) in enumerate(below):
        _interval(axes, one.mean, one.low, one.high, len(names) + 0.4 + i, ORANGE)
    places = [*range(len(names)), *(len(names) + 0.4 + i for i in range(2))]
    axes.set_yticks(places, [plain(name, 40) for name in (*names, *(label for _, label in below))])
    axes.set_ylim(places[-1] + 0.6, -0.7)
    axes.set_xlabel(plain(found.scale), fontsize=10)
    axes.set_title(f"Across {counted(len(found.studies), 'study', 'studies')}", loc="left", fontsize=11, weight="bold")
    return figure


def _interval(axes: Axes, mean: float, low: float, high: float, at: float, colour: str) -> None:
    axes.plot([low, high], [at, at], color=colour, linewidth=2.2, solid_capstyle="butt", zorder=3)
    axes.plot([mean], [at], "o", color="white", mec=colour, ms=6, mew=1.6, zorder=4)


def band(axes: Axes, worthwhile: float | None, *, upright: bool) -> None:
    """Shade what is too small to matter, and draw the line of no effect."""
    span, line = (axes.axhspan, axes.axhline) if upright else (axes.axvspan, axes.axvline)
    if worthwhile:
        span(-worthwhile, worthwhile, color=BAND, zorder=0, linewidth=0)
    line(0, color=GREY, linewidth=0.9, zorder=1)


@handed("studies", give="what sb.meta_analysis returned")
def forest_of_studies_alt(found: MetaAnalysis) -> str:
    """Describe the figure for readers who cannot see it.

    Parameters
    ----------
    found : MetaAnalysis

    Returns
    -------
    str
    """
    rows = found.study_effects()
    each = [
        f"{name}: {row['mean']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
        for name, row in zip(found.studies.names, rows.head(MOST).to_dict("records"), strict=False)
    ]
    return (
        f"{found.scale[0].upper()}{found.scale[1:]} in each of {len(found.studies)} studies, given all of them, with "
        f"95 % intervals. {'; '.join(each)}. Mean effect: {figures(found.mean)}. New site, a prediction: "
        f"{figures(found.new_site())}."
    )


def drawn(studies: Studies, threshold: int) -> tuple[int, ...]:
    """Which effects may be drawn with their errors: of counts those without a small cell."""
    if studies.arms is None:
        return tuple(range(len(studies.of)))
    arms = studies.arms
    cells = [
        arms.events_with, arms.events_without, arms.trials_with - arms.events_with,
        arms.trials_without - arms.events_without,
    ]  # fmt: skip
    return tuple(np.flatnonzero(np.min(cells, axis=0) >= threshold).tolist())
