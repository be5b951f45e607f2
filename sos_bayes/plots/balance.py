"""How like the adopters comparators were before the rollout: a love plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sos_bayes._core.handed import handed
from sos_bayes._core.words import number, short
from sos_bayes.comparators.balance import NEAR
from sos_bayes.plots.style import BAND, BLUE, GREY, blank, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sos_bayes.comparators import Balance


@handed("rows", "comparators", give="a balance, such as comparators.balance(...) or one of evaluation.balance")
def balance(compared: Balance) -> Figure:
    """Draw each feature's difference between adopters and comparators, before and after choosing.

    Parameters
    ----------
    compared : Balance

    Returns
    -------
    matplotlib.figure.Figure
        Open dots: all candidates. Filled dots: the comparators. The band is a tenth of a standard deviation.

    Examples
    --------
    >>> balance(evaluation.balance[0]).savefig("balance.png")  # doctest: +SKIP
    """
    rows = compared.rows
    figure, axes = blank(7.2, 1.6 + 0.34 * len(rows))
    axes.axvspan(-NEAR, NEAR, color=BAND, zorder=0, linewidth=0)
    axes.axvline(0, color=GREY, linewidth=0.9, zorder=1)
    before, after = ([getattr(r, key) for r in rows] for key in ("difference_before", "difference"))
    at = list(range(len(rows)))
    for y, one, other in zip(at, before, after, strict=True):
        axes.plot([one, other], [y, y], color=GREY, linewidth=0.9, zorder=2)
    axes.plot(before, at, "o", color="white", mec=GREY, ms=7, mew=1.5, zorder=3, label="all candidates")
    axes.plot(after, at, "o", color=BLUE, ms=7, zorder=4, label="comparators")
    axes.set_yticks(at, [plain(r.feature, 44) for r in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    reach = max(0.5, 1.1 * float(np.nanmax(np.abs([*before, *after, 0.0]))))
    axes.set_xlim(-reach, reach)
    axes.set_xlabel("adopters minus the others, sds of all candidates", fontsize=10)
    axes.set_title(plain(f"Balance: {compared.comparators.label}"), loc="left", fontsize=11, fontweight="bold")
    figure.legend(loc="outside lower center", ncols=2, fontsize=9, frameon=False)
    return figure


@handed("rows", "comparators", give="a balance, such as comparators.balance(...) or one of evaluation.balance")
def balance_alt(compared: Balance) -> str:
    """Describe the figure for readers who cannot see it.

    Parameters
    ----------
    compared : Balance

    Returns
    -------
    str
    """
    points = "; ".join(
        f"{short(r.feature, 60)}: {number(r.difference_before)} with all candidates, {number(r.difference)} after"
        for r in compared.rows
    )
    return (
        f"Balance of the comparators {short(compared.comparators.label)}: adopters minus the others before the "
        f"rollout, in standard deviations of all candidates. {points}. Differences up to {NEAR} are shaded as small."
    )
