"""A funnel: effects against their standard errors, where small studies should scatter and not lean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sos_bayes._core.errors import StudyError
from sos_bayes._core.handed import handed
from sos_bayes.disclosure import SAFE, Rules
from sos_bayes.meta_analyses.bias_terms import thresholds
from sos_bayes.meta_analyses.sentences import figures
from sos_bayes.meta_analyses.study_table import SMALL_STUDY
from sos_bayes.plots.forest_of_studies import drawn
from sos_bayes.plots.style import BLUE, GREY, ORANGE, blank, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sos_bayes.meta_analyses import MetaAnalysis


@handed("studies", give="what sb.meta_analysis returned")
def funnel(found: MetaAnalysis, *, rules: Rules = SAFE) -> Figure:
    """Draw effects against their standard errors, precise studies at the top.

    Dashed: where 95 % of studies would lie by their errors and by the heterogeneity, around the mean effect. Of counts,
    log odds ratios with half an event added; comparisons with a count below the disclosure threshold are left out. With
    a selection model dotted lines mark its steps of p.

    Parameters
    ----------
    found : MetaAnalysis
    rules : Rules
        Small-number control.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    StudyError
        If no comparison may be shown.

    Examples
    --------
    >>> funnel(sb.meta_analysis(...)).savefig("funnel.png")  # doctest: +SKIP
    """
    at = _shown(found, rules)
    effect, error = found.studies.effect[at], found.studies.error[at]
    figure, axes = blank(6.0, 4.6)
    top = 1.08 * float(error.max())
    line = np.linspace(0.0, top, 100)
    mean, tau = found.mean.mean, found.heterogeneity.mean
    for side in (-1.96, 1.96):
        axes.plot(mean + side * np.hypot(line, tau), line, color=GREY, linestyle=(0, (4, 3)), linewidth=1)
    if found.bias is not None and found.bias.kind == "selection":
        for step in thresholds(found.bias, line):
            axes.plot(found.bias.sign * step, line, color=ORANGE, linestyle=":", linewidth=1)
    axes.axvline(mean, color=ORANGE, linewidth=1.4)
    axes.plot(effect, error, "o", color="white", mec=BLUE, ms=6, mew=1.4)
    axes.set_ylim(top, 0.0)
    axes.set_xlabel(plain(found.scale), fontsize=10)
    axes.set_ylabel("standard error", fontsize=10)
    axes.set_title("Do small studies lean?", loc="left", fontsize=11, weight="bold")
    return figure


def _shown(found: MetaAnalysis, rules: Rules) -> list[int]:
    at = list(drawn(found.studies, rules.threshold))
    if not at:
        raise StudyError(
            "No comparison may be shown: each has a count below the disclosure threshold.",
            where="plots.funnel",
            cure="Show plots.forest_of_studies, which draws no study's own counts.",
        )
    return at


@handed("studies", give="what sb.meta_analysis returned")
def funnel_alt(found: MetaAnalysis, *, rules: Rules = SAFE) -> str:
    """Describe the figure for readers who cannot see it.

    Parameters
    ----------
    found : MetaAnalysis
    rules : Rules

    Returns
    -------
    str
    """
    at = _shown(found, rules)
    towards = found.studies.effect[at] - found.mean.mean
    small = found.studies.error[at] > np.median(found.studies.error[at])
    left, right = int((towards[small] < 0).sum()), int((towards[small] > 0).sum())
    hidden = len(found.studies.of) - len(at)
    without = f" Left out for small counts: {hidden}." if hidden else ""
    few = f" Fewer than {SMALL_STUDY} studies: a funnel says little." if len(found.studies) < SMALL_STUDY else ""
    return (
        f"{found.scale[0].upper()}{found.scale[1:]} against standard error, {len(at)} effects, around a mean of "
        f"{figures(found.mean)}. Of the less precise half, {left} lie below the mean and {right} above.{without}{few}"
    )
