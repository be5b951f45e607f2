"""Effects by subgroup, beside the effect over all children."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sos_bayes._core.errors import StudyError
from sos_bayes._core.handed import handed
from sos_bayes._core.words import probability, short
from sos_bayes.disclosure import SAFE, Rules
from sos_bayes.plots.forest import Row, forest
from sos_bayes.plots.style import BLUE, ORANGE, in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sos_bayes.estimands import Subgroups


@handed("shown", "groups", give="what sb.subgroups returned")
def subgroups(effects: Subgroups, *, rules: Rules = SAFE) -> Figure:
    """Draw the effect in each subgroup, in the column's order; those that differ from the others in another colour.

    Dots are posterior medians, thick lines 50 % and thin lines 95 % intervals; at the right stands the probability that
    a subgroup's effect lies above that of the others. Subgroups with too few treated children are left out.

    Parameters
    ----------
    effects : Subgroups
    rules : Rules
        Small-number control.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    StudyError
        If no subgroup's effect may be shown.

    Examples
    --------
    >>> subgroups(sb.subgroups(fit, by="age_band")).savefig("ages.png")  # doctest: +SKIP
    """
    shown = effects.shown(rules)
    if not shown:
        raise StudyError(f"There is no subgroup by {short(effects.by)!r} whose effect may be shown.")
    return forest(
        [Row(g.effect, g.effect.label, ORANGE if g.different else BLUE, probability(g.p_above)) for g in shown],
        title=f"{effects.outcome.label}, by {effects.by}",
        note="SATT, children weighted equally",
        height=1.5 + 0.36 * len(shown),
        beside="P(above\nthe others)",
    )


@handed("shown", "groups", give="what sb.subgroups returned")
def subgroups_alt(effects: Subgroups, *, rules: Rules = SAFE) -> str:
    """Describe the figure for readers who cannot see it.

    Parameters
    ----------
    effects : Subgroups
    rules : Rules

    Returns
    -------
    str
    """
    rows = [
        f"{short(g.effect.label, 40)}: {in_words(g.effect)}, {probability(g.p_above)} of being above the others"
        for g in effects.shown(rules)
    ]
    return f"Effect on {short(effects.outcome.label)} by {short(effects.by, 40)}. {'; '.join(rows)}."
