"""How effects differ between adopters: each with its intervals, ordered, and the next authority's prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sos_bayes._core.errors import StudyError
from sos_bayes._core.words import probability, short
from sos_bayes.disclosure import SAFE, Rules
from sos_bayes.plots.style import BLUE, GREY, ORANGE, bars, blank, in_words, plain, worthwhile_band

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sos_bayes.estimands import Heterogeneity


def heterogeneity(found: Heterogeneity, *, rules: Rules = SAFE) -> Figure:
    """Draw each adopter's own effect, furthest towards the aim first, and the prediction for the next authority.

    Dots are posterior medians, thick lines 50 % and thin lines 95 % intervals; at the right stands the probability of
    an effect towards the aim. Authorities with too few treated children are left out.

    Parameters
    ----------
    found : Heterogeneity
    rules : Rules
        Small-number control.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    StudyError
        If no authority's effect may be shown.

    Examples
    --------
    >>> heterogeneity(sb.heterogeneity(fit)).savefig("authorities.png")  # doctest: +SKIP
    """
    shown = found.shown(rules)
    if not shown:
        raise StudyError(f"There is no authority whose effect on {short(found.outcome.label)!r} may be shown.")
    after = found.next_authority
    figure, axes = blank(7.2, 1.7 + 0.3 * len(shown))
    worthwhile_band(axes, after, upright=False)
    rows = [*((r.effect, r.p_towards, BLUE) for r in shown), (after, found.p_next_towards, ORANGE)]
    places = [*range(len(shown)), len(shown) + 0.4]
    for at, (effect, p, colour) in zip(places, rows, strict=True):
        bars(axes, effect, at, colour, upright=False)
        axes.annotate(
            probability(p), (1.01, at), xycoords=("axes fraction", "data"), fontsize=8, color=GREY, va="center",
            annotation_clip=False,
        )  # fmt: skip
    axes.axvline(found.average.factor * found.average.mean, color=GREY, linestyle=(0, (4, 3)), linewidth=1, zorder=1)
    axes.set_yticks(places, [*(plain(r.effect.label, 40) for r in shown), "next authority (prediction)"])
    axes.set_ylim(places[-1] + 0.6, -0.6)
    axes.set_xlabel(f"change, {after.unit} (dashed: SATT, authorities weighted equally)", fontsize=10)
    axes.set_title(plain(f"{found.outcome.label}: each adopting authority"), loc="left", fontsize=11, fontweight="bold")
    axes.annotate("P(towards\nthe aim)", (1.01, -0.02), xycoords="axes fraction", fontsize=8, color=GREY, va="top")
    return figure


def heterogeneity_alt(found: Heterogeneity, *, rules: Rules = SAFE) -> str:
    """Describe the figure for readers who cannot see it.

    Parameters
    ----------
    found : Heterogeneity
    rules : Rules

    Returns
    -------
    str
    """
    rows = [f"{short(r.effect.label, 40)}: {in_words(r.effect)}" for r in found.shown(rules)]
    rows.append(f"next authority, a prediction: {in_words(found.next_authority)}")
    return f"Effect on {short(found.outcome.label)} in each adopting authority. {'; '.join(rows)}."
