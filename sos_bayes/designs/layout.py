"""Who adopted when, laid out on the cells: the arrays every design needs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.errors import DesignError
from sos_bayes.data import Binary, Cells, Outcome, Rollout, Window, comparable, starts_on
from sos_bayes.data.tables import about

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Layout:
    """Cells with the rollout on them.

    Attributes
    ----------
    cells : Cells
        Without the rollout's excluded authorities.
    starts : ndarray of int, shape (A,)
        Position of each authority's first period with the rollout; T for those that never adopt.

    Examples
    --------
    >>> from sos_bayes.simulation import made_up_england
    >>> made = made_up_england(seed=1)
    >>> layout_of(made.cells, made.rollout)
    <Layout: 9 adopters, 31 comparators, 8 periods, 4 of them before the first start>
    """

    cells: Cells
    starts: NDArray[np.intp]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of authorities, periods and covariate patterns."""
        a, t, c = self.cells.total.shape
        return a, t, c

    @property
    def adopters(self) -> NDArray[np.intp]:
        """Positions of the K adopters."""
        return np.flatnonzero(self.starts < self.shape[1])

    @property
    def comparators(self) -> NDArray[np.intp]:
        """Positions of the authorities that never adopt."""
        return np.flatnonzero(self.starts >= self.shape[1])

    @property
    def lags(self) -> NDArray[np.intp]:
        """Periods since the start, (A, T); negative before it and for those that never adopt."""
        periods = np.arange(self.shape[1])
        gap = periods[None, :] - self.starts[:, None]
        return np.where(self.starts[:, None] < self.shape[1], gap, -1 - self.shape[1])

    @property
    def treated(self) -> NDArray[np.bool_]:
        """Which cells (A, T) lie at or after their authority's start."""
        return self.lags >= 0

    @property
    def leads(self) -> NDArray[np.intp]:
        """Event times before the start in which some adopter has data, ascending."""
        filled = self.cells.total.sum(axis=2) > 0
        lags = self.lags[self.adopters]
        return np.unique(lags[(lags < 0) & filled[self.adopters]])

    @property
    def n_pre(self) -> int:
        """Whole periods before the first start, without those whose windows of follow-up end after it."""
        return max(int(self.starts[self.adopters].min()) - crossed(self.cells), 0)

    def without(self, position: int) -> Layout:
        """Leave one authority out."""
        keep = np.arange(self.shape[0]) != position
        names = tuple(n for n, k in zip(self.cells.authorities, keep, strict=True) if k)
        return Layout(self.cells.of(names), self.starts[keep])

    def __repr__(self) -> str:
        return (
            f"<Layout: {len(self.adopters)} adopters, {len(self.comparators)} comparators, "
            f"{self.shape[1]} periods, {self.n_pre} of them before the first start>"
        )


def layout_of(cells: Cells, rollout: Rollout) -> Layout:
    """Resolve a rollout on cells and check that a comparison is possible.

    Parameters
    ----------
    cells : Cells
    rollout : Rollout

    Returns
    -------
    Layout

    Raises
    ------
    RolloutError
        A name or a start that the data do not have.
    DesignError
        Nobody adopts, or nobody is left to compare with.
    """
    cells = comparable(cells, rollout)
    layout = Layout(cells, starts_on(rollout, cells))
    if not len(layout.adopters):
        raise DesignError("No authority in the data adopts.", where="rollout", cure="Give a start for at least one.")
    starts = layout.starts[layout.adopters]
    if not len(layout.comparators) and starts.min() == starts.max():
        raise DesignError(
            "There are no comparators: every authority adopts, and all in the same period.",
            where="rollout",
            why="Without never- or not-yet-adopters an effect cannot be told from a change everywhere.",
            cure="Add authorities that did not adopt.",
        )
    layout = without_crossing(layout)
    _refuse_empty(layout)
    return layout


def without_crossing(layout: Layout) -> Layout:
    """Empty adopters' last periods before their start whose windows of follow-up end after it: they are half treated.

    A window of m months that opens within the last m months before the start crosses it; with periods of p months
    these are the last m / p periods, rounded up. Nothing changes without a window, or where it keeps them.
    """
    window = layout.cells.outcome.within if isinstance(layout.cells.outcome, Binary) else None
    if window is None:
        return layout
    reach = _reach(window, layout.cells)
    crossing = (layout.lags < 0) & (layout.lags >= -reach)
    rows = float((layout.cells.counted * crossing[:, :, None]).sum())
    if not rows:
        return layout
    label = "period" if reach == 1 else f"{reach} periods"
    if window.crossing == "keep":
        note = (
            f"Adopters' last {label} before their start are counted as untreated, {about(rows)} rows, although windows "
            f"of {window.words} that open there end after the start: the effect is drawn towards nothing."
        )
        return Layout(replace(layout.cells, notes=(*layout.cells.notes, note)), layout.starts)
    note = (
        f"Adopters' last {label} before their start are left out, {about(rows)} rows: windows of {window.words} that "
        "open there end after the start, half treated."
    )
    cells = layout.cells
    keep = ~crossing[:, :, None]
    cells = replace(cells, events=cells.events * keep, total=cells.total * keep, notes=(*cells.notes, note))
    return Layout(cells, layout.starts)


def _refuse_empty(layout: Layout) -> None:
    filled = layout.cells.total.sum(axis=2) > 0
    for what, mask in (("before", ~layout.treated), ("after", layout.treated)):
        seen = (filled & mask)[layout.adopters].any(axis=1)
        if not seen.all():
            lost = [layout.cells.names[a] for a, s in zip(layout.adopters, seen, strict=True) if not s]
            raise DesignError(
                f"{len(lost)} adopting authorities have no data {what} their start: {', '.join(lost[:5])}.",
                where=f"outcome {layout.cells.outcome.label!r}",
                why="An effect there would be a guess from the others.",
                cure="Leave them out of the rollout and list them in exclude=, or add the missing periods."
                + _crossing_cure(layout.cells.outcome),
            )


def crossed(cells: Cells) -> int:
    """How many of adopters' periods before their start are left out because windows end after it."""
    window = cells.outcome.within if isinstance(cells.outcome, Binary) else None
    return 0 if window is None or window.crossing == "keep" else _reach(window, cells)


def _reach(window: Window, cells: Cells) -> int:
    return math.ceil(window.months / round(12 * cells.calendar.years))


def _crossing_cure(outcome: Outcome) -> str:
    """What to do where a window has emptied the periods before a start."""
    if not isinstance(outcome, Binary) or outcome.within is None or outcome.within.crossing == "keep":
        return ""
    return (
        " Periods whose windows end after the start were left out: add earlier periods, take shorter ones, or say "
        'crossing="keep" in the Window.'
    )
