"""Effect in each adopting authority, shrunken towards their mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sos_bayes._core.errors import StudyError
from sos_bayes._core.handed import handed
from sos_bayes._core.words import short
from sos_bayes.disclosure import SAFE, Rules, release
from sos_bayes.plots.forest import Row, forest
from sos_bayes.plots.style import in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sos_bayes.estimands import Effect
    from sos_bayes.study import Finding


@handed("checks", "by_authority", give="a finding of sb.evaluate, such as evaluation['label']")
def authorities(finding: Finding, *, rules: Rules = SAFE) -> Figure:
    """Draw each adopter's own effect with 50 % and 95 % intervals, smallest to largest.

    Authorities with too few treated children are left out.

    Parameters
    ----------
    finding : Finding
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
    >>> authorities(evaluation["re-referral"]).savefig("authorities.png")  # doctest: +SKIP
    """
    effects = sorted(shown(finding, rules), key=lambda e: e.mean)
    if not effects:
        raise StudyError(f"There is no authority whose effect on {short(finding.label)!r} may be shown.")
    return forest(
        [Row(e, e.label) for e in effects],
        title=f"{finding.label}: each adopting authority",
        note="dashed: SATT over all adopters",
        height=1.3 + 0.3 * len(effects),
        average=finding.effect,
    )


@handed("checks", "by_authority", give="a finding of sb.evaluate, such as evaluation['label']")
def authorities_alt(finding: Finding, *, rules: Rules = SAFE) -> str:
    """Describe the figure for readers who cannot see it."""
    rows = [f"{short(effect.label, 40)}: {in_words(effect)}" for effect in shown(finding, rules)]
    return f"Effect on {short(finding.label)} in each adopting authority. {'; '.join(rows)}."


def shown(finding: Finding, rules: Rules = SAFE) -> tuple[Effect, ...]:
    """Keep the authorities' effects that may be printed."""
    effects = () if finding.by_authority is None else finding.by_authority.effects
    return tuple(e for e, ok in zip(effects, release([e.n_children for e in effects], rules), strict=True) if ok)
