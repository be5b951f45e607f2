"""Who adopted when, laid out on the cells: the arrays every design needs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes._core.kept import Kept
from sos_bayes.data import Cells, Outcome, Rollout, comparable, doses_on
from sos_bayes.data.cells.window_crossing import crossed, reach_of
from sos_bayes.data.frames.table import about
from sos_bayes.designs.baselines.numbers import Baselines


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Layout(Kept):
    """Cells with the rollout on them.

    Attributes
    ----------
    cells : Cells
        Without the rollout's excluded authorities.
    starts : ndarray of int, shape (A,)
        Position of each authority's first period with the rollout; T for those that never adopt.
    given_dose : ndarray, shape (A, T), optional
        Share of full exposure where it is not simply full from the start on; `dose` fills it in.
    score : ndarray, shape (A, T), optional
        How well the practice was delivered, 0 to 1, in exposed cells of adopters.
    excluded : int
        Authorities of the data that the rollout leaves out.
    baselines : Baselines, optional
        Numbers of the authorities before the first start, where the design asks for any.

    Examples
    --------
    >>> from sos_bayes.simulation import made_up_england
    >>> made = made_up_england(seed=1)
    >>> layout_of(made.cells, made.rollout)
    <Layout: 9 adopters, 31 comparators, 8 periods, 4 of them before the first start>
    """

    cells: Cells
    starts: NDArray[np.intp]
    given_dose: Floats | None = None
    score: Floats | None = None
    excluded: int = 0
    baselines: Baselines | None = None

    @property
    def dose(self) -> Floats:
        """Share of full exposure of every authority and period, (A, T): 0 to 1."""
        return (self.lags >= 0).astype(float) if self.given_dose is None else self.given_dose

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
        """Which cells (A, T) of adopters are exposed, from their start on: those an effect is averaged over."""
        return np.asarray((self.lags >= 0) & (self.dose > 0))

    @property
    def untouched(self) -> NDArray[np.bool_]:
        """Which cells (A, T) are without the practice: comparators', and adopters' before their start."""
        return np.asarray((self.lags < 0) & (self.dose == 0))

    @property
    def before(self) -> NDArray[np.bool_]:
        """Which cells (A, T) of adopters lie before their start and are unexposed."""
        return np.asarray((self.starts < self.shape[1])[:, None] & (self.lags < 0) & (self.dose == 0))

    @property
    def leads(self) -> NDArray[np.intp]:
        """Event times before the start in which some adopter has data and is unexposed, ascending."""
        return np.unique(self.lags[self.before & (self.cells.total.sum(axis=2) > 0)])

    @property
    def n_pre(self) -> int:
        """Periods of the calendar before the first start, without those whose windows of follow-up end after it.

        How many of them have data is told by `designs.observed_periods`, and read by the rule.
        """
        return max(int(self.starts[self.adopters].min()) - crossed(self.cells), 0)

    def without(self, position: int) -> Layout:
        """Leave one authority out."""
        return self.only(np.arange(self.shape[0]) != position)

    def only(self, keep: NDArray[np.bool_]) -> Layout:
        """Keep some authorities.

        Parameters
        ----------
        keep : ndarray of bool, shape (A,)

        Returns
        -------
        Layout

        Examples
        --------
        >>> from sos_bayes.simulation import made_up_england
        >>> made = made_up_england(seed=1)
        >>> layout_of(made.cells, made.rollout).only(np.arange(40) < 20)
        <Layout: 9 adopters, 11 comparators, 8 periods, 4 of them before the first start>
        """
        names = tuple(n for n, k in zip(self.cells.authorities, keep, strict=True) if k)
        dose, score = (None if given is None else given[keep] for given in (self.given_dose, self.score))
        numbers = None if self.baselines is None else self.baselines.only(keep)
        return replace(
            self, cells=self.cells.of(names), starts=self.starts[keep], given_dose=dose, score=score, baselines=numbers
        )

    def with_numbers(self, baselines: Baselines) -> Layout:
        """The same layout with numbers of its authorities."""
        return replace(self, baselines=baselines)

    def noted(self, *notes: str) -> Layout:
        """The same layout with further notes on its cells."""
        return replace(self, cells=self.cells.noted(*notes)) if notes else self

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
    starts, dose, left_out = doses_on(rollout, cells)
    if left_out.any():
        cells = cells.where(~left_out).noted(_left_out(cells, left_out))
    exposed = dose[(starts[:, None] <= np.arange(dose.shape[1])) & (dose > 0)]
    if (exposed < 1).any():
        cells = cells.noted(_partial(float(exposed.mean())))
    layout = Layout(cells, starts, None if rollout.exposure.plain else dose, excluded=len(rollout.exclude))
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


def _partial(mean: float) -> str:
    return (
        f"Adopters' exposed periods have a dose of {mean:.2f} on average: effects are those of the practice as "
        "delivered, unless a dose is asked for."
    )


def _left_out(cells: Cells, left_out: NDArray[np.bool_]) -> str:
    return (
        f"{int(left_out.sum()):,} of {left_out.size:,} pairs of authority and period are neither with nor without the "
        f"practice and were left out ({int(left_out.any(axis=1).sum()):,} of {len(cells.authorities):,} authorities)."
    )


def without_crossing(layout: Layout) -> Layout:
    """Empty adopters' last periods before their start whose windows of follow-up end after it: they are half treated.

    A window of m months that opens within the last m months before the start crosses it; with periods of p months
    these are the last m / p periods, rounded up. Nothing changes without a window, or where it keeps them.
    """
    window = layout.cells.outcome.within
    if window is None:
        return layout
    reach = reach_of(window, layout.cells)
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
        return layout.noted(note)
    note = (
        f"Adopters' last {label} before their start are left out, {about(rows)} rows: windows of {window.words} that "
        "open there end after the start, half treated."
    )
    return replace(layout, cells=layout.cells.where(~crossing).noted(note))


def _refuse_empty(layout: Layout) -> None:
    filled = layout.cells.total.sum(axis=2) > 0
    for what, mask in (("before", layout.before), ("after", layout.treated)):
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


def _crossing_cure(outcome: Outcome) -> str:
    """What to do where a window has emptied the periods before a start."""
    if outcome.within is None or outcome.within.crossing == "keep":
        return ""
    return (
        " Periods whose windows end after the start were left out: add earlier periods, take shorter ones, or say "
        'crossing="keep" in the Window.'
    )
