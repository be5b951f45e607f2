"""Adopters and donors as series over periods, on the scale that weights and factors work on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes._core.errors import DesignError, nearest
from sos_bayes._core.kept import Kept
from sos_bayes.data import Cells
from sos_bayes.data.cells.within_cell_units import is_plain, least_unit
from sos_bayes.data.outcomes import Outcome
from sos_bayes.designs import Layout
from sos_bayes.families import FAMILIES, Family, Gaussian
from sos_bayes.synthesis.panel.working_values import counted

LEAST_BEFORE = 3  # periods before the start without which weights are nothing but their prior
DIGITS = 12  # kept of standardised values: the same in any unit


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Series(Kept):
    """K adopters, then J donors, over T periods; log-odds, log-rates or standardised values.

    Attributes
    ----------
    layout : Layout
    family : Binomial, Poisson or Gaussian
        With the unit of a measured outcome.
    rows : ndarray of int (K + J,)
        Positions in the layout: adopters first.
    adopters : int
        K.
    events, total : ndarray (K + J, T)
        Counts, or sums of standardised values and numbers measured.
    value, error : ndarray (K + J, T)
        Working value of each cell and its error sd: zero for plain numbers, infinite where nothing was observed.
    starts : ndarray of int (K,)
    """

    layout: Layout
    family: Family
    rows: NDArray[np.intp]
    adopters: int
    events: Floats
    total: Floats
    value: Floats
    error: Floats
    starts: NDArray[np.intp]

    @property
    def periods(self) -> int:
        """T."""
        return int(self.value.shape[1])

    @property
    def donors(self) -> int:
        """J."""
        return len(self.rows) - self.adopters

    @property
    def seen(self) -> Flags:
        """Which cells hold data, (K + J, T)."""
        return np.isfinite(self.error)

    @property
    def before(self) -> Flags:
        """Which cells of adopters lie before their start, (K, T)."""
        return np.asarray(np.arange(self.periods) < self.starts[:, None])

    @property
    def plain(self) -> bool:
        """Whether donors are known as they are, without an error of measurement."""
        return bool((self.error[self.seen] == 0).all())

    @property
    def names(self) -> tuple[str, ...]:
        """Display names, adopters first."""
        return tuple(self.layout.cells.names[a] for a in self.rows)

    def __repr__(self) -> str:
        return f"<Series: {self.adopters} adopters, {self.donors} donors, {self.periods} periods>"


def unread(outcome: Outcome) -> tuple[str, ...]:
    """Say what an outcome was declared with that series do not hold: they are one value for an authority and period."""
    scatter = FAMILIES[outcome.likelihood].overdispersion
    if scatter is not None:
        return (
            f'"{outcome.label}": overdispersed=True is not read by donor weights and factors, which see one count for '
            f"each authority and period; shocks of that period take up what scatters beyond {scatter.beyond}.",
        )
    if outcome.long_tails:
        return (
            f'"{outcome.label}": tails="t" is not read by donor weights and factors, which see one mean for each '
            "authority and period; a gross error in a child's value moves it. DiD() reads children one by one.",
        )
    return ()


def names_of(donors: object) -> tuple[str, ...]:
    """Names of donors as a tuple; one text is refused."""
    if isinstance(donors, str) or not isinstance(donors, tuple | list):
        raise DesignError("donors is not a tuple of names.", cure='Write donors=("Leeds", "York").')
    return tuple(donors)


def series_of(layout: Layout, donors: tuple[str, ...]) -> Series:
    """Lay adopters and donors out as series.

    Parameters
    ----------
    layout : Layout
    donors : tuple of str
        Names or codes of the donors; empty for every comparator that never had the practice. Without any data before
        the first start one is left out.

    Raises
    ------
    DesignError
        If donors are too few, or one of them adopts; if periods before the start are too few; if the outcome is
        neither counted nor measured, or some counts are known by bounds only.
    """
    cells = layout.cells.without_patterns() if layout.cells.columns else layout.cells
    if cells.outcome.readings:
        raise DesignError(
            f"Donor weights and factors do not read {type(cells.outcome).__name__} outcomes.",
            where=f'outcome "{cells.outcome.label}"',
            cure="Take the share that reaches one level, or is done by one day, as a Binary.",
        )
    if cells.intervals is not None:
        raise DesignError(
            "Donor weights and factors do not read counts known by bounds only.",
            where=f'outcome "{cells.outcome.label}"',
            why="A donor's suppressed count has no value that an adopter could be matched to.",
            cure='Use DiD(), which reads bounds, or give the outcome missing="drop" and numbers without symbols.',
        )
    pool = _pool(layout, donors)
    adopters = layout.adopters
    _refuse_short(layout)
    rows = np.concatenate([adopters, pool])
    family, events, total, value, error = _working(cells, rows, pool, layout.starts)
    if (
        not (np.isfinite(error[: len(adopters)]) & (np.arange(layout.shape[1]) < layout.starts[adopters][:, None]))
        .any(axis=1)
        .all()
    ):
        raise DesignError("An adopter has no data before its start.", cure="Leave it out with exclude=.")
    return Series(layout, family, rows, len(adopters), events, total, value, error, layout.starts[adopters])


def _pool(layout: Layout, donors: tuple[str, ...]) -> NDArray[np.intp]:
    cells = layout.cells
    never = np.flatnonzero((layout.starts >= layout.shape[1]) & (layout.dose == 0).all(axis=1))
    if donors:
        never = _named(layout, donors)
    never = never[seen_before(layout)[never]]
    if len(never) < 2:
        raise DesignError(
            f"There are {len(never)} donors: authorities that never had any of the practice, seen before the start.",
            why="One donor has a weight of one whatever it is like; its own shocks would be the effect.",
            cure="Add comparators, or compare two authorities with DiD().",
        )
    seen = cells.total[never].sum(axis=2) > 0
    flat = [
        cells.names[a] for a, s in zip(never, seen, strict=True) if np.ptp(_shares(cells, a)[s]) == 0 and s.sum() > 2
    ]
    if flat:
        raise DesignError(
            f"{len(flat)} donors never change: {', '.join(flat[:5])}.",
            where=f'outcome "{cells.outcome.label}"',
            why="A series without variation says nothing of how the adopters would have moved, and is often a default.",
            cure="Check the values, or leave these authorities out: exclude=(...).",
        )
    return never


def seen_before(layout: Layout) -> Flags:
    """Which authorities (A,) have data in a period before the last start: without any, a weight is only its prior."""
    last = int(layout.starts[layout.adopters].max())
    return np.asarray((layout.cells.total.sum(axis=2) > 0)[:, :last].any(axis=1))


def unseen_donors(layout: Layout) -> tuple[str, ...]:
    """Say which authorities are no donors because they have no data before the start."""
    never = (layout.starts >= layout.shape[1]) & ~seen_before(layout)
    names = [layout.cells.names[a] for a in np.flatnonzero(never)]
    if not names:
        return ()
    return (f"{len(names)} without data before the start are no donors: {', '.join(names[:5])}.",)


def _shares(cells: Cells, a: np.intp) -> Floats:
    """Events over denominators of one authority, (T,)."""
    total = cells.total[a].sum(axis=1)
    return np.asarray(cells.events[a].sum(axis=1) / np.where(total > 0, total, 1.0))


def _named(layout: Layout, donors: tuple[str, ...]) -> NDArray[np.intp]:
    cells, chosen = layout.cells, []
    for name in donors:
        known = {**{n: i for i, n in enumerate(cells.names)}, **{n: i for i, n in enumerate(cells.authorities)}}
        if name not in known:
            raise DesignError(f'The donor "{name}" is not in the data.{nearest(name, known)}', where="donors=")
        a = known[name]
        if layout.starts[a] < layout.shape[1] or layout.dose[a].any():
            raise DesignError(
                f'The donor "{name}" has the practice itself.',
                where="donors=",
                why="Part of the effect would be in what it is measured against.",
                cure="Leave it out of donors; authorities that adopt later are not used as donors.",
            )
        chosen.append(a)
    return np.array(sorted(set(chosen)), dtype=np.intp)


def _refuse_short(layout: Layout) -> None:
    seen = layout.cells.total[layout.adopters].sum(axis=2) > 0
    before = (np.arange(layout.shape[1]) < layout.starts[layout.adopters][:, None]) & seen
    short = [
        layout.cells.names[a] for a, n in zip(layout.adopters, before.sum(axis=1), strict=True) if n < LEAST_BEFORE
    ]
    if short:
        raise DesignError(
            f"{len(short)} adopters have fewer than {LEAST_BEFORE} periods with data before their start: "
            f"{', '.join(short[:5])}.",
            why="Weights and loadings are learnt from these periods only.",
            cure="Add earlier periods, exclude these adopters, or use DiD().",
        )
    if layout.dose[layout.adopters][np.arange(layout.shape[1]) < layout.starts[layout.adopters][:, None]].any():
        raise DesignError(
            "An adopter had part of the practice before its start.",
            where="rollout, exposure",
            cure="Leave earlier rounds out of the data, or use DiD().",
        )


def _unit(cells: Cells, base: Floats, pool: NDArray[np.intp]) -> float:
    """Sd of donors' values; of plain numbers that hardly differ, the least unit that their noise allows."""
    if not is_plain(cells):
        return float(base.std())
    return max(float(base.std()), least_unit(cells.where(np.isin(np.arange(len(cells.total)), pool)[:, None])))


def _working(
    cells: Cells, rows: NDArray[np.intp], pool: NDArray[np.intp], starts: NDArray[np.intp]
) -> tuple[Family, Floats, Floats, Floats, Floats]:
    """Family, events, totals, and each cell's working value with its error sd.

    Of a measured outcome the standardised mean, with the sd within cells over sqrt(n); of a count as in
    `working_values`.
    """
    y, n = cells.events.sum(axis=2), cells.total.sum(axis=2)
    seen = n > 0
    safe = np.where(seen, n, 1.0)
    if cells.outcome.measured:
        mean = y / safe
        base = mean[pool][seen[pool]]
        centre, scale = float(base.mean()), _unit(cells, base, pool)
        assert cells.squares is not None
        degrees = float((n - 1)[n > 1].sum())
        within = np.sqrt(cells.squares.sum() / degrees) if degrees > 0 else 0.0
        value = np.where(seen, np.round((mean - centre) / scale, DIGITS), 0.0)
        error = np.where(seen, np.round(within / np.sqrt(safe) / scale, DIGITS), np.inf)
        return Gaussian(centre, scale), (value * safe)[rows], n[rows], value[rows], error[rows]
    family = FAMILIES[cells.outcome.family]
    untreated = np.arange(y.shape[1]) < starts[:, None]
    value, error = counted(y[rows], n[rows], untreated[rows], family)
    return family, y[rows], n[rows], value, error
