"""A model and its cells as the flat arrays that the compiled loops read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sos_bayes.data import Cells
from sos_bayes.designs.terms import Model
from sos_bayes.families import FAMILIES, Family
from sos_bayes.fitting.arrays import Bounded, Counts, no_expansion
from sos_bayes.fitting.shocks import period_shocks

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scales:
    """Hyperparameters of H points, turned into what multiplies the standardised coefficients.

    Attributes
    ----------
    shared : ndarray (H, p)
    own : ndarray (H, q)
    shocks : ndarray (H, A)
        Innovation sd of one period.
    rho, start : ndarray (H,)
        Correlation over one period, and the precision of the first shock in units of the innovation's.
    """

    shared: Floats
    own: Floats
    shocks: Floats
    rho: Floats
    start: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Arrays of one model on one set of cells.

    Attributes
    ----------
    model : Model
    cells : Cells
    family : Family
    counts : Counts
        Events by cell and by pattern, totals (A, T, C), covariate columns scaled by their prior sd.
    columns : ndarray (U, T, p)
        Shared columns of each kind of authority; authorities with equal columns are of one kind.
    kind : ndarray of int (A,)
    own : ndarray (A, T, q)
        Weights of authorities' own coefficients.
    """

    model: Model
    cells: Cells
    family: Family
    counts: Counts
    columns: Floats
    kind: NDArray[np.intp]
    own: Floats

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Numbers of shared, own and covariate coefficients."""
        return self.columns.shape[2], self.own.shape[2], len(self.counts.patterns)

    @property
    def total(self) -> Floats:
        """Trials or exposure of every cell, (A, T, C)."""
        return self.counts.total

    @property
    def patterns(self) -> Floats:
        """Covariate columns (C, k)."""
        return self.counts.patterns.T

    @property
    def likely_events(self) -> Floats:
        """Events of every cell (A, T); where only bounds are known, what lies in them nearest to the overall share."""
        counts, found = self.counts, self.counts.bounded
        events, total = counts.by_cell.copy(), counts.total.sum(axis=2)
        place = (found.authority, found.period)
        known = total.copy()
        known[place] = 0.0
        share = events.sum() / known.sum() if known.any() else 0.0
        events[place] = np.clip(np.round(share * total[place]), found.low, found.high)
        return events

    @property
    def adopters(self) -> NDArray[np.intp]:
        """Positions of the authorities whose shocks have a scale of their own: the adopters."""
        return np.flatnonzero(self.model.shocks.own_scale)

    def values(self, scores: Floats) -> dict[str, Floats]:
        """Hyperparameters and what follows from them, by name, at (H, d) scores."""
        hyper = {h.name: h.prior.from_score(scores[:, i]) for i, h in enumerate(self.model.hypers)}
        every = self.model.scalars(hyper, np)
        return {name: np.broadcast_to(value, len(scores)) for name, value in every.items()}

    def scales(self, scores: Floats) -> Scales:
        """Scales at (H, d) scores."""
        values = self.values(scores)

        def at(sd: float | str) -> Floats:
            return values[sd] if isinstance(sd, str) else np.full(len(scores), float(sd))

        shared = [np.repeat(at(t.sd)[:, None], t.columns.shape[2], axis=1) for t in self.model.shared]
        shocks = self.model.shocks
        rho, sd, start = period_shocks(values["rho"], values["sd_shock"], shocks.years)
        larger = np.exp(values["log_adopter_scale"])[:, None]
        return Scales(
            shared=np.concatenate(shared, axis=1),
            own=np.stack([at(t.sd) for t in self.model.by_authority], axis=1),
            shocks=np.maximum(sd[:, None] * np.where(shocks.own_scale, larger, 1.0), 1e-5),
            rho=rho,
            start=start,
        )


def _bounded(cells: Cells) -> Bounded:
    """Cells known by bounds, where there are any."""
    if cells.intervals is None:
        return Bounded(np.empty(0, np.intp), np.empty(0, np.intp), *np.empty((4, 0)))
    return Bounded(cells.intervals.authority, cells.intervals.period, *cells.intervals.bounds)


def problem_of(model: Model, cells: Cells) -> Problem:
    """Lay a model out on its cells."""
    events = np.where(np.isnan(cells.events), 0.0, cells.events)
    n_a, n_t, n_c = cells.total.shape
    flat = model.shared_columns().reshape(n_a, -1)
    unique, kind = np.unique(flat, axis=0, return_inverse=True)
    patterns = model.patterns
    return Problem(
        model=model,
        cells=cells,
        family=FAMILIES[model.family],
        counts=Counts(
            code=FAMILIES[model.family].code,
            by_cell=events.sum(axis=2),
            by_pattern=events.sum(axis=(0, 1)),
            total=np.ascontiguousarray(cells.total, dtype=float),
            patterns=np.zeros((0, n_c)) if patterns is None else np.ascontiguousarray(patterns.columns.T * patterns.sd),
            around=no_expansion(),
            bounded=_bounded(cells),
        ),
        columns=np.ascontiguousarray(unique.reshape(len(unique), n_t, -1)),
        kind=np.ascontiguousarray(kind.ravel(), dtype=np.intp),
        own=np.ascontiguousarray(np.stack([t.weights for t in model.by_authority], axis=2), dtype=float),
    )
