"""How effects differ between adopters: each with its intervals, ordered, and the next authority's prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sos_bayes._core.errors import StudyError
from sos_bayes._core.handed import handed
from sos_bayes._core.words import probability, short
from sos_bayes.disclosure import SAFE, Rules
from sos_bayes.plots.forest import Row, forest
from sos_bayes.plots.style import ORANGE, in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sos_bayes.estimands import Heterogeneity


@handed("shown", "spread", give="what sb.heterogeneity returned")
def heterogeneity(effects: Heterogeneity, *, rules: Rules = SAFE) -> Figure:
    """Draw each adopter's own effect, furthest towards the aim first, and the prediction for the next authority.

    Dots are posterior medians, thick lines 50 % and thin lines 95 % intervals; at the right stands the probability of
    an effect towards the aim. Authorities with too few treated children are left out.

    Parameters
    ----------
    effects : Heterogeneity
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
    shown = effects.shown(rules)
    if not shown:
        raise StudyError(f"There is no authority whose effect on {short(effects.outcome.label)!r} may be shown.")
    rows = [Row(r.effect, r.effect.label, beside=probability(r.p_towards)) for r in shown]
    following = probability(effects.p_next_towards)
    rows.append(Row(effects.next_authority, "next authority (prediction)", ORANGE, following, apart=0.4))
    return forest(
        rows,
        title=f"{effects.outcome.label}: each adopting authority",
        note="dashed: SATT, authorities weighted equally",
        height=1.7 + 0.3 * len(shown),
        average=effects.average,
        beside="P(towards\nthe aim)",
    )


@handed("shown", "spread", give="what sb.heterogeneity returned")
def heterogeneity_alt(effects: Heterogeneity, *, rules: Rules = SAFE) -> str:
    """Describe the figure for readers who cannot see it.

    Parameters
    ----------
    effects : Heterogeneity
    rules : Rules

    Returns
    -------
    str
    """
    rows = [f"{short(r.effect.label, 40)}: {in_words(r.effect)}" for r in effects.shown(rules)]
    rows.append(f"next authority, a prediction: {in_words(effects.next_authority)}")
    return f"Effect on {short(effects.outcome.label)} in each adopting authority. {'; '.join(rows)}."
