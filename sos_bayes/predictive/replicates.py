"""Outcomes of cells drawn anew around what a draw expects of them, one authority after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy.special import expit

from sos_bayes._core.array_types import Floats, Indices
from sos_bayes._core.cores import side_by_side
from sos_bayes._core.shapes import shapes_only
from sos_bayes.designs.streams import Streams
from sos_bayes.families import Replicate
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.pymc.cell_table import Places, places, taken

Cells = Callable[[int], Floats]  # predictors (N, n) of one authority's slots


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CellMaker:
    """Cells with children, in the order of the readable model, and how their outcomes are drawn.

    Attributes
    ----------
    problem : Problem
    found : Places
        Of the M cells.
    """

    problem: Problem
    found: Places

    def __repr__(self) -> str:
        return shapes_only(self)

    @classmethod
    def of(cls, problem: Problem) -> CellMaker:
        """All cells with children; those whose count is known by bounds are among them."""
        cells, streams = problem.cells, problem.model.slots
        assert isinstance(streams, Streams)
        return cls(problem, places(cells.total > 0 if cells.bands is None else cells.bands[..., 1] > 0, streams))

    @property
    def name(self) -> str:
        """What is drawn: ``levels``, ``ended`` of a duration's bands, ``mean``, or ``events``."""
        cells = self.problem.cells
        if cells.levels is not None:
            return "levels"
        return "ended" if cells.bands is not None else "events" if self.problem.model.residual is None else "mean"

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one draw: M cells, and the K levels of an ordinal outcome."""
        levels = self.problem.cells.levels
        return (len(self.found.authority), *(() if levels is None else levels.shape[3:]))

    @property
    def whole(self) -> bool:
        """Whether whole numbers are drawn."""
        return self.problem.model.residual is None and self.problem.cells.design_effect is None

    def drawn(self, cells: Cells, beta: Floats, root: Floats | None, seed: int, kind: DTypeLike) -> NDArray[Any]:
        """Outcomes (N, M) or (N, M, K), of a kind of number.

        ``beta`` (N, k) are covariates' coefficients, ``root`` (N,) that of the dispersion.
        """
        out = np.empty((len(beta), *self.shape), dtype=kind)

        def fill(a: int) -> None:
            at = np.flatnonzero(self.found.authority == a)
            if len(at):
                rng = np.random.default_rng([seed, 47, a])
                one = self._one(rng, cells(a)[:, self.found.slot(self.problem.chain)[at]], at, beta, root)
                out[:, at] = np.rint(one) if self.whole else one

        side_by_side(fill, range(len(self.problem.kind)))
        return out

    def _one(self, rng: np.random.Generator, theta: Floats, at: Indices, beta: Floats, root: Floats | None) -> Floats:
        """Outcomes of one authority's cells ``at``, whose predictors but for covariates are ``theta`` (N, m)."""
        problem, places, size = self.problem, self.found, len(theta)
        shift = (beta @ problem.patterns.T).reshape(size, len(self._rest), -1)[:, places.rest[at]]
        place = Places(*(x[at] for x in (places.authority, places.period, places.pattern, places.stream, places.rest)))
        if problem.cells.levels is not None:
            reach = expit(theta[:, :, None] + shift)
            ends = np.pad(reach, ((0, 0), (0, 0), (1, 1)), constant_values=((0, 0), (0, 0), (1.0, 0.0)))
            shares = np.maximum(ends[:, :, :-1] - ends[:, :, 1:], 0.0)
            number = taken(problem.cells.levels, place).sum(axis=1).astype(np.int64)
            return np.asarray(rng.multinomial(number, shares / shares.sum(axis=2, keepdims=True)), dtype=float)
        eta = theta + shift[:, :, 0]
        if problem.cells.bands is not None:
            reached = problem.cells.bands[place.authority, place.period, place.pattern, place.stream, 1]
            return np.asarray(rng.binomial(reached.astype(np.int64), expit(eta)), dtype=float)
        return self._counted(rng, eta, taken(problem.cells.total, place), root)

    def _counted(self, rng: np.random.Generator, eta: Floats, total: Floats, root: Floats | None) -> Floats:
        """Events, or means of a measured outcome."""
        family, residual = self.problem.family, self.problem.model.residual
        scale = None if root is None else root[None]
        one = Replicate(family.mean(eta)[None], total, np.ones(len(total)), scale, 0.0)
        if residual is None:
            return np.asarray(family.replicated(rng, one)[0] * total)
        assert root is not None
        noise = (residual.units.sd * root)[None, :, None]
        return np.asarray(family.replicated(rng, one._replace(total=residual.units.children * total, noise=noise))[0])

    @property
    def _rest(self) -> tuple[tuple[str, ...], ...]:
        streams = self.problem.model.slots
        assert isinstance(streams, Streams)
        return streams.patterns
