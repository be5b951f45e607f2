"""Cells laid out as the table that compiled loops count, and weights of cells as weights of the table.

Streams, and the bands of a duration, are slots of an authority. An ordinal outcome is a table of binomial counts whose
patterns are those of covariates times the K - 1 cutpoints, the cutpoint running fastest (`cutpoints`). Everything that
counts children stays by pattern of covariates, in the cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.errors import DesignError, nearest
from sos_bayes._core.shapes import shapes_only
from sos_bayes.data import Cells
from sos_bayes.data.outcomes import Duration, Ordinal
from sos_bayes.designs.terms import Model

if TYPE_CHECKING:
    from sos_bayes.fitting.problem import Problem

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What the compiled loops count.

    Attributes
    ----------
    events, total : ndarray (A, T, C)
    patterns : ndarray (k, C)
        Columns of the pattern coefficients, scaled by their prior sd.
    gaps : ndarray (M, k)
        Gaps between neighbouring cutpoints as combinations of the pattern coefficients.
    between : ndarray (M,)
        What their ``log(1 - exp(-gap))`` is multiplied by.
    """

    events: Floats
    total: Floats
    patterns: Floats
    gaps: Floats
    between: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def table_of(cells: Cells, model: Model) -> Table:
    """Lay cells out as the table of a model: on its slots, by its patterns."""
    slots, cutpoints = model.slots, model.cutpoints
    if cells.bands is None:
        events, total = slots.laid_out(cells.events), slots.laid_out(cells.total)
    else:
        events, total = by_band(cells.bands[..., 0]), by_band(cells.bands[..., 1])
    patterns = np.zeros((0, total.shape[2]))
    if model.patterns is not None:
        patterns = model.patterns.columns.T * model.patterns.sd
    if cutpoints is None:
        return Table(events, total, patterns, np.zeros((0, len(patterns))), np.zeros(0))
    if cells.levels is None:
        raise DesignError("A model with cutpoints needs cells by level.", cure="Collapse rows with an Ordinal.")
    levels = np.moveaxis(slots.laid_out(np.moveaxis(cells.levels, 3, 0)), 0, 3)
    lower, upper = levels[..., :-1], levels[..., 1:]
    *shape, cuts = upper.shape
    flat = (*shape[:2], shape[2] * cuts)
    columns = cutpoints.sd * cutpoints.basis
    gaps = np.zeros((cuts - 1, len(patterns) + cuts - 1))
    gaps[:, len(patterns) :] = columns[:-1] - columns[1:]
    return Table(
        events=upper.reshape(flat),
        total=(lower + upper).reshape(flat),
        patterns=np.vstack([np.repeat(patterns, cuts, axis=1), np.tile(columns.T, shape[2])]),
        gaps=gaps,
        between=cells.levels[..., 1:-1].sum(axis=(0, 1, 2)) + cutpoints.apart,
    )


def by_band(counts: Floats) -> Floats:
    """Counts (A, T, C, B) on the slots of streams that are bands, (A, B T, C)."""
    n_a, n_t, n_c, n_b = counts.shape
    return np.ascontiguousarray(np.moveaxis(counts, 3, 1).reshape(n_a, n_b * n_t, n_c))


def first_beta(problem: Problem) -> Floats:
    """Pattern coefficients to start from: covariates without effect, cutpoints at the pooled shares."""
    beta = np.zeros(len(problem.counts.patterns))
    cuts, levels = problem.model.cutpoints, problem.cells.levels
    if cuts is not None and levels is not None and cuts.basis.shape[1]:
        counts = levels.sum(axis=(0, 1, 2)) + 0.5
        reach = np.cumsum(counts[::-1])[::-1][1:] / counts.sum()
        beta[-cuts.basis.shape[1] :] = cuts.basis.T @ np.log(reach / (1 - reach)) / cuts.sd
    return beta


def on_table(problem: Problem, weights: Iterable[Floats], at: object = None) -> Iterable[Floats]:
    """Weights of children's cells (K, T, C) as weights of the table's, at one level of an ordinal outcome.

    Parameters
    ----------
    problem : Problem
    weights : iterable of ndarray (K, T, C)
    at : str or number, optional
        The level whose reach is averaged; the outcome's own by default.

    Raises
    ------
    DesignError
        If the outcome has no such level.
    """
    outcome = problem.cells.outcome
    weights = _on_slots(problem, weights)
    if not isinstance(outcome, Ordinal):
        if at is not None and not isinstance(outcome, Duration):
            raise DesignError("at is for an Ordinal or a Duration: this outcome has no levels.", cure="Leave it out.")
        return weights
    names = outcome.names
    name = names[outcome.reached] if at is None else str(at)
    if name not in names[1:]:
        raise DesignError(
            f"at={name!r} is not a level above the lowest.{nearest(name, names[1:])}",
            cure=f"Use one of {', '.join(names[1:])}.",
        )
    return _spread(weights, len(names) - 1, names.index(name) - 1)


def _on_slots(problem: Problem, weights: Iterable[Floats]) -> Iterator[Floats]:
    cells = (len(problem.adopters), problem.chain, len(problem.cells.patterns))
    for part in weights:
        if np.shape(part) != cells:
            got, wanted = (", ".join(map(str, shape)) for shape in (np.shape(part), cells))
            raise DesignError(f"weights have shape (group, {got}); they need (group, {wanted}).")
        yield part if isinstance(problem.cells.outcome, Duration) else problem.model.slots.laid_out(part)


def _spread(weights: Iterable[Floats], cuts: int, at: int) -> Iterator[Floats]:
    for part in weights:
        spread = np.zeros((*part.shape, cuts))
        spread[..., at] = part
        yield spread.reshape(*part.shape[:-1], part.shape[-1] * cuts)
