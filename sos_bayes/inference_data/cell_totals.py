"""Outcomes by authority and period, observed and drawn anew: what log densities by authority and period go with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Flags, Floats, Indices
from sos_bayes._core.shapes import shapes_only
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.pymc.cell_table import Places, taken
from sos_bayes.predictive.replicates import CellMaker

NAMES = {"levels": "reached", "ended": "ended", "mean": "mean", "events": "events"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CellTotals:
    """One number for each of M authorities' periods, in order: cells whose count is known.

    ``events`` of all patterns of covariates and streams together; of an Ordinal the children that reach its
    ``at_least``, of a Duration the episodes that end by its day among those that reach each band, of a Continuous the
    mean of all children.

    Attributes
    ----------
    problem : Problem
    maker : CellMaker
        Of the cells by pattern and band that go into them.
    known : ndarray of bool (A, T)
    """

    problem: Problem
    maker: CellMaker
    known: Flags

    def __repr__(self) -> str:
        return shapes_only(self)

    @classmethod
    def of(cls, problem: Problem) -> CellTotals:
        """Authorities' periods with children whose count is known; those known by bounds are left out."""
        maker, intervals = CellMaker.of(problem), problem.cells.intervals
        known = np.zeros(problem.cells.total.shape[:2], dtype=bool)
        known[maker.found.authority, maker.found.period] = True
        if intervals is not None:
            known[intervals.authority, intervals.period] = False
        return cls(problem, maker, known)

    @property
    def name(self) -> str:
        """What the numbers are called."""
        return NAMES[self.maker.name]

    @property
    def observed(self) -> Floats:
        """What was counted, (M,)."""
        return np.asarray(self._summed(self._observed())[0])

    @property
    def denominator(self) -> Floats:
        """Trials, exposure or children behind each, (M,)."""
        cells, places = self.problem.cells, self.maker.found
        if cells.bands is None:
            return np.asarray(self._sums(taken(cells.total, places)[None], places)[0])
        reached = cells.bands[places.authority, places.period, places.pattern, places.stream, 1]
        return np.asarray(self._sums((reached * (places.stream == 0))[None], places)[0])

    def drawn(self, cells: Callable[[int], Floats], beta: Floats, root: Floats | None, seed: int) -> Floats:
        """Draw them anew, (N, M), one authority after the other; arguments as in `CellMaker.drawn`."""
        out = np.empty((len(beta), int(self.known.sum())))
        authority, _ = np.nonzero(self.known)
        for a in np.unique(authority):
            places = self.maker.found
            alone = CellMaker(self.problem, _at(places, np.flatnonzero(places.authority == a)))
            values = alone.drawn(cells, beta, root, seed, np.float64)
            out[:, authority == a] = self._summed(values, alone.found)
        return out

    def _observed(self) -> NDArray[np.float64]:
        cells, places = self.problem.cells, self.maker.found
        if cells.levels is not None:
            return taken(cells.levels, places)[None]
        if cells.bands is not None:
            return np.asarray(cells.bands[places.authority, places.period, places.pattern, places.stream, 0])[None]
        events = taken(cells.events, places)[None]
        return events / taken(cells.total, places) if self.maker.name == "mean" else events

    def _summed(self, values: Floats, places: Places | None = None) -> Floats:
        """From outcomes of cells (N, m) or (N, m, K) to those of authorities' periods."""
        places = self.maker.found if places is None else places
        if self.problem.cells.levels is not None:
            values = values[..., self.problem.cells.outcome.reached :].sum(axis=-1)
        elif self.problem.cells.bands is not None:
            values = values * (places.stream <= self.problem.cells.outcome.reached)
        if self.maker.name != "mean":
            return self._sums(values, places)
        number = taken(self.problem.cells.total, places)
        return self._sums(number * values, places) / self._sums(number[None], places)

    def _sums(self, values: Floats, places: Places) -> Floats:
        """Sums over what belongs to one known period of an authority: neighbours, in the order of cells."""
        keep = self.known[places.authority, places.period]
        place = np.ravel_multi_index((places.authority[keep], places.period[keep]), self.known.shape)
        starts = np.flatnonzero(np.diff(place, prepend=-1))
        return np.add.reduceat(values[:, keep], starts, axis=1)


def _at(places_of: Places, places: Indices) -> Places:
    each = (places_of.authority, places_of.period, places_of.pattern, places_of.stream, places_of.rest)
    return Places(*(value[places] for value in each))
