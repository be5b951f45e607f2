"""The map of evidence: areas of intervention by what publications speak to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sos_bayes._core.errors import StudyError
from sos_bayes._core.words import short
from sos_bayes.plots.style import BLUE, GREY, blank, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sos_bayes.ratings import EvidenceMap


def evidence_map(found: EvidenceMap) -> Figure:
    """Draw how many publications speak to which question in which area; an empty place is a gap in the evidence.

    Parameters
    ----------
    found : EvidenceMap

    Returns
    -------
    matplotlib.figure.Figure
        A disc a place, its area in proportion to the number of publications written in it.

    Raises
    ------
    StudyError
        If `found` is no map of evidence.

    Examples
    --------
    >>> evidence_map(sb.ratings.signs_of_safety.evidence_map()).savefig("map.png")  # doctest: +SKIP
    """
    table = _checked(found).to_frame()
    figure, axes = blank(8.0, 5.2)
    most = max(int(table.to_numpy().max()), 1)
    for y, area in enumerate(table.index):
        for x, dimension in enumerate(table.columns):
            n = int(table.loc[area, dimension])
            if n == 0:
                axes.plot([x], [y], ".", color=GREY, ms=2, zorder=1)
                continue
            axes.plot([x], [y], "o", color=BLUE, ms=28 * (n / most) ** 0.5, alpha=0.9, zorder=2)
            axes.annotate(f"{n}", (x, y), color="white", ha="center", va="center", fontsize=9, zorder=3)
    axes.set_xticks(range(len(table.columns)), list(table.columns))
    axes.set_yticks(range(len(table.index)), [plain(a, 44) for a in table.index])
    axes.set_xlim(-0.6, len(table.columns) - 0.4)
    axes.set_ylim(len(table.index) - 0.4, -0.6)
    axes.set_title(plain(found.title, 60), loc="left", fontsize=11, fontweight="bold")
    of = "" if found.counted is None else f" (its source counted {found.counted})"
    note = f"{len(found.publications)} publications with a verified citation{of}; one may stand in several places"
    figure.supxlabel(plain(note, 120), fontsize=8.5, color=GREY, x=0.02, ha="left")
    return figure


def evidence_map_alt(found: EvidenceMap) -> str:
    """Describe the figure for readers who cannot see it.

    Parameters
    ----------
    found : EvidenceMap

    Returns
    -------
    str
    """
    table = _checked(found).to_frame()
    rows = []
    for area in table.index:
        places = [f"{int(n)} on {dimension}" for dimension, n in table.loc[area].items() if n]
        rows.append(f"{area}: {', '.join(places) or 'none'}")
    of = "" if found.counted is None else f" (its source counted {found.counted})"
    many = len(found.publications)
    return (
        f"Map of evidence, {short(found.title)}, {many} publications{of}, by area of intervention. {'; '.join(rows)}."
    )


def _checked(found: EvidenceMap) -> EvidenceMap:
    from sos_bayes.ratings import EvidenceMap

    if not isinstance(found, EvidenceMap):
        raise StudyError("This is no map of evidence.", cure="Give ratings.EvidenceMap(title, publications).")
    return found
