"""One authority's counts as compiled loops read them, and what of their log density no predictor touches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families import Family, Observed
from sos_bayes.fitting.arrays.array_bundles import BoundedCells, Counts
from sos_bayes.fitting.arrays.problem import Problem, counted_table
from sos_bayes.fitting.laplace.authority_marginal_likelihood import unit_of


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AuthorityTable:
    """One authority's cells: n slots, R patterns of the table, C of children's covariates.

    Attributes
    ----------
    family : Family
    counts : Counts
        Of this authority alone, as compiled loops read them.
    events : ndarray (n, R)
        By margin (`Family.margins`).
    seen : Observed
        What was seen, (n, R).
    levels : ndarray (n, C, K) or None
        Children at each level of an ordinal outcome.
    """

    family: Family
    counts: Counts
    events: Floats
    seen: Observed
    levels: Floats | None

    def __repr__(self) -> str:
        return shapes_only(self)

    @property
    def filled(self) -> Floats:
        """Which slots have children, (n,) of bool."""
        return np.asarray((self.counts.total[0] > 0).any(axis=1))

    def rest(self, beta: Floats, dispersion: Floats) -> Floats:
        """What of the slots' log density the loops leave out, (N, n), at N draws of beta (N, k) and dispersion (N,)."""
        counts = self.counts
        unit = np.array([unit_of(counts.code, v) for v in dispersion])[:, None]
        along = beta @ (self.events @ counts.patterns.T).T / unit
        if self.levels is None:
            return np.asarray(along + self.family.log_constant(self.seen, dispersion))
        ways = gammaln(self.levels.sum(axis=2) + 1.0) - gammaln(self.levels + 1.0).sum(axis=2)
        with np.errstate(divide="ignore", invalid="ignore"):  # of draws whose cutpoints do not rise
            closed = np.log(-np.expm1(-beta @ counts.gaps.T))
        return np.asarray(along + closed @ self.levels[..., 1:-1].sum(axis=1).T + ways.sum(axis=1))

    def at_pattern(self, pattern: int) -> AuthorityTable:
        """The cells of one pattern of children's covariates."""
        cuts = 1 if self.levels is None else self.levels.shape[2] - 1
        at = slice(pattern * cuts, (pattern + 1) * cuts)
        counts, seen = self.counts, self.seen
        events, total = self.events[:, at], np.ascontiguousarray(counts.total[:, :, at])
        squares = None if seen.squares is None else seen.squares[:, at]
        held = counts._replace(
            total=total, patterns=np.ascontiguousarray(counts.patterns[:, at]), by_cell=events.sum(axis=1)[None],
            by_pattern=events.sum(axis=0), single=counts.single.at(at),
        )  # fmt: skip
        levels = None if self.levels is None else self.levels[:, pattern : pattern + 1]
        return AuthorityTable(
            self.family, held, events, Observed(seen.events[:, at], seen.total[:, at], squares), levels
        )


def authority_tables(problem: Problem) -> tuple[AuthorityTable, ...]:
    """Every authority's table."""
    model, cells, table = problem.model, problem.cells, counted_table(problem.model, problem.cells)
    events = problem.family.margins(table.events, table.total)
    plain = model.residual is not None and model.residual.units.plain
    squares = None if cells.squares is None or plain else model.slots.laid_out(cells.squares)
    levels = None
    if cells.levels is not None:
        levels = np.moveaxis(model.slots.laid_out(np.moveaxis(cells.levels, 3, 0)), 0, 3)
    tables = []
    for a in range(len(events)):
        seen = Observed(table.events[a], table.total[a], None if squares is None else squares[a])
        counts = _alone(problem.counts, a, events[a])
        tables.append(AuthorityTable(problem.family, counts, events[a], seen, None if levels is None else levels[a]))
    return tuple(tables)


def _alone(counts: Counts, a: int, events: Floats) -> Counts:
    """One authority's part of all counts, which is then the first and only one."""
    own = counts.bounded.authority == a
    bounded = BoundedCells(**{name: value[own] for name, value in counts.bounded._asdict().items()})
    return counts._replace(
        by_cell=counts.by_cell[a : a + 1], by_pattern=events.sum(axis=0), total=counts.total[a : a + 1],
        bounded=bounded._replace(authority=np.zeros_like(bounded.authority)),
        single=counts.single.of(a),
    )  # fmt: skip
