"""A forest plot: one effect a row with its intervals, beside what is too small to matter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from sos_bayes.plots.style import BLUE, GREY, bars, blank, plain, worthwhile_band

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sos_bayes.estimands import Effect


class Row(NamedTuple):
    """One effect, its colour, what stands at its right, and how far it is set off from the row above."""

    effect: Effect
    label: str
    colour: str = BLUE
    beside: str = ""
    apart: float = 0.0


def forest(
    rows: Sequence[Row], *, title: str, note: str, height: float, average: Effect | None = None, beside: str = ""
) -> Figure:
    """Draw effects one below the other: medians as dots, 50 % intervals thick, 95 % intervals thin.

    Parameters
    ----------
    rows : sequence of Row
        From the top.
    title : str
    note : str
        Behind the unit, below the axis.
    height : float
        Inches.
    average : Effect, optional
        Whose mean is a dashed line.
    beside : str
        Head of what stands at the rows' right.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = blank(7.2, height)
    worthwhile_band(axes, rows[0].effect, upright=False)
    places = [at + row.apart for at, row in enumerate(rows)]
    for at, row in zip(places, rows, strict=True):
        bars(axes, row.effect, at, row.colour, upright=False)
        if row.beside:
            axes.annotate(
                row.beside, (1.01, at), xycoords=("axes fraction", "data"), fontsize=8, color=GREY, va="center",
                annotation_clip=False,
            )  # fmt: skip
    if average is not None:
        axes.axvline(average.factor * average.mean, color=GREY, linestyle=(0, (4, 3)), linewidth=1, zorder=1)
    axes.set_yticks(places, [plain(row.label, 40) for row in rows])
    axes.set_ylim(places[-1] + 0.6, -0.6)
    axes.set_xlabel(f"change, {rows[0].effect.unit} ({note})", fontsize=10)
    axes.set_title(plain(title), loc="left", fontsize=11, fontweight="bold")
    if beside:
        axes.annotate(beside, (1.01, -0.02), xycoords="axes fraction", fontsize=8, color=GREY, va="top")
    return figure
