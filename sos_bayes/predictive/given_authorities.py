"""Draws of a posterior, authority by authority: what each is given by all that it shares, and its own cells."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.fitting.arrays.problem import Problem, Scales
from sos_bayes.fitting.laplace.authority_draws import draw_cells
from sos_bayes.fitting.laplace.authority_marginal_likelihood import Given
from sos_bayes.fitting.laplace.nested_laplace import first_field
from sos_bayes.fitting.posterior.draws import Draws, flat
from sos_bayes.fitting.runs.importance_reweighting import given_to
from sos_bayes.predictive.authority_table import AuthorityTable, authority_tables

CANDIDATES = 16  # of a comparator's cells, in every draw
MORE = 64  # where the probability of an authority's data is wanted
AT_ONCE = 2_000_000  # numbers behind candidates that are held at once


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GivenAuthorities:
    """N draws of what A authorities share, and the adopters' cells.

    Attributes
    ----------
    problem : Problem
        That of the fit which made the draws.
    coefficients : ndarray (N, p)
        Of the shared columns.
    beta : ndarray (N, k)
    scales : Scales
    theta : ndarray (N, K, n)
        Adopters' cells.
    tables : tuple of AuthorityTable
        What the fit was given to see.
    start : ndarray (A, n)
        Where searches for an authority's own mode begin.
    seed : int
    """

    problem: Problem
    coefficients: Floats
    beta: Floats
    scales: Scales
    theta: Floats
    tables: tuple[AuthorityTable, ...]
    start: Floats
    seed: int

    def __repr__(self) -> str:
        return shapes_only(self)

    def about(self, seen: Problem) -> GivenAuthorities:
        """The same draws of what is shared, with authorities that have the cells of ``seen``."""
        return replace(self, tables=self.tables_of(seen), start=first_field(seen).theta)

    def tables_of(self, seen: Problem) -> tuple[AuthorityTable, ...]:
        """Tables of cells of which the draws' own fit may not have been given all."""
        return self.tables if seen is self.problem else authority_tables(seen)

    def to(self, a: int) -> Given:
        """What authority ``a`` is given by all that it shares."""
        columns = np.concatenate([t.columns[a] for t in self.problem.model.shared], axis=1)
        return given_to(self.problem, a, self.coefficients @ columns.T, self.beta, self.scales)

    def cells(self, a: int, given: Given) -> Floats:
        """Cells of authority ``a``, (N, n): an adopter's as they were drawn, a comparator's drawn now."""
        place = np.flatnonzero(self.problem.adopters == a)
        if len(place):
            return np.ascontiguousarray(self.theta[:, place[0]])
        return self.drawn(a, given, CANDIDATES)[0]

    def drawn(self, a: int, given: Given, candidates: int) -> tuple[Floats, Floats]:
        """Cells of authority ``a`` drawn anew, (N, n), and the log density of all that was seen of it, (N,)."""
        table, (size, n) = self.tables[a], given.mean.shape
        theta, evidence = np.empty((size, n)), np.empty(size)
        rng = np.random.default_rng([self.seed, 41, a])
        step = max(1, AT_ONCE // (candidates * n))
        for begin in range(0, size, step):
            part = slice(begin, begin + step)
            some = given_part(given, part)
            half = rng.standard_normal((len(some.mean), candidates // 2, n))
            both = np.concatenate([half, -half], axis=1)  # what is odd around the mode then cancels
            draw_cells(
                table.counts, some, self.start[a], both, rng.random(len(half)), theta[part], evidence[part]
            )  # fmt: skip
        return theta, evidence + table.rest(given.beta, given.dispersion)[:, table.filled].sum(axis=1)


def given_part(given: Given, part: slice) -> Given:
    """Some of the draws."""
    return given._replace(**{name: value[part] for name, value in given._asdict().items() if name != "chain"})


def given_authorities(problem: Problem, draws: Draws, seed: int) -> GivenAuthorities:
    """Take draws apart, chain after chain."""
    shared = problem.model.shared
    coefficients = [flat(draws.shared[t.name]) @ np.linalg.pinv(t.basis).T for t in shared]
    return GivenAuthorities(
        problem=problem,
        coefficients=np.concatenate(coefficients, axis=1),
        beta=flat(draws.beta),
        scales=problem.scales_of({name: value.ravel() for name, value in draws.hyper.items()}),
        theta=flat(draws.theta),
        tables=authority_tables(problem),
        start=first_field(problem).theta,
        seed=seed,
    )
