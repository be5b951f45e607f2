"""One look for all figures: colours that colour-blind readers tell apart, plain text, no global state."""

from __future__ import annotations

import io
import warnings
from functools import cache
from typing import TYPE_CHECKING

from sos_bayes._core.words import short
from sos_bayes.estimands.printed import printed, size, span

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sos_bayes.estimands import Effect

BLUE, ORANGE, GREY, BAND = "#0072B2", "#B84E00", "#555555", "#E8E8E0"  # Okabe and Ito's, darkened for contrast


def blank(width: float, height: float) -> tuple[Figure, Axes]:
    """Make one figure with one pair of axes, outside pyplot."""
    figure = picture(width, height)
    axes = figure.add_subplot()
    tidy(axes)
    return figure, axes


def picture(width: float, height: float) -> Figure:
    """Make an empty figure that notebooks show by themselves."""
    return _shown()(figsize=(width, height), layout="constrained")


@cache
def _shown() -> type[Figure]:
    from matplotlib.figure import Figure

    class Picture(Figure):
        """A figure outside pyplot; a notebook asks it for its picture."""

        def _repr_svg_(self) -> str:
            return to_svg(self)

    return Picture


def tidy(axes: Axes) -> None:
    """Take away what a pair of axes can do without."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(colors=GREY, labelsize=9)


def bars(axes: Axes, effect: Effect, at: float, colour: str, *, upright: bool) -> None:
    """Draw one posterior: median as a dot, 50 % interval thick, 95 % interval thin, in printed units."""
    for prob, width in ((0.95, 1.4), (0.5, 4.5)):
        ends = list(printed(effect, prob)[1:])
        x, y = ([at, at], ends) if upright else (ends, [at, at])
        axes.plot(x, y, color=colour, linewidth=width, solid_capstyle="butt", zorder=3)
    middle = printed(effect, 0.0001)[1]
    axes.plot(*((at, middle) if upright else (middle, at)), "o", color="white", mec=colour, ms=6, mew=1.6, zorder=4)


def in_words(effect: Effect) -> str:
    """The same for readers who cannot see it: posterior mean and 95 % interval."""
    return f"{size(effect)} (95 % {span(effect)})"


def worthwhile_band(axes: Axes, effect: Effect, *, upright: bool) -> None:
    """Shade what the analyst called too small to matter, and draw the line of no change."""
    half = effect.factor * effect.outcome.worthwhile
    if upright:
        axes.axhspan(-half, half, color=BAND, zorder=0, linewidth=0)
        axes.axhline(0, color=GREY, linewidth=0.9, zorder=1)
    else:
        axes.axvspan(-half, half, color=BAND, zorder=0, linewidth=0)
        axes.axvline(0, color=GREY, linewidth=0.9, zorder=1)


def plain(text: str, longest: int = 90) -> str:
    """Text that matplotlib will not read as mathematics."""
    return short(text, longest).replace("\\", "/").replace("$", r"\$")


def to_svg(figure: Figure) -> str:
    """Render a figure as SVG text: letters as paths, no date, no address of a program, same bytes each time.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    str

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> "<svg" in to_svg(Figure(figsize=(1, 1)))
    True
    """
    import matplotlib as mpl

    held = io.StringIO()
    metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "sos_bayes"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(held, format="svg", metadata=metadata)
    return held.getvalue()
