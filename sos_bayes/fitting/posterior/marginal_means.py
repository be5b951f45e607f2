"""Marginal means: weighted averages of expected outcomes over many cells, draw by draw, in one compiled loop.

A cell's predictor is theta (adopter, period) plus a shift (pattern), so its exponential is a product: draws need
K T + C exponentials, and no array of draws by cells exists.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats, Indices
from sos_bayes._core.errors import DesignError
from sos_bayes.families.by_code import mean_of
from sos_bayes.families.compiled import FAST, LARGEST
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.posterior.marginal_means_taylor import (
    WORTH_IT,
    Block,
    NearPoint,
    average_near,
    is_near,
    near_point,
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Packed:
    """Weights of several groups, each over nothing but the rows and patterns it uses.

    Attributes
    ----------
    rows, patterns : ndarray of int
        Cells (adopter, period) counted through K T, and patterns, of one group after the other.
    row_ends, pattern_ends : ndarray of int (group,)
        Where each group's end.
    values : ndarray
        Weights, a block of rows by patterns for each group.
    """

    rows: Indices
    row_ends: Indices
    patterns: Indices
    pattern_ends: Indices
    values: Floats

    def __repr__(self) -> str:
        return f"<Packed: {len(self.row_ends)} groups>"

    def blocks(self) -> list[Block]:
        """Each group's rows, patterns and weights."""
        blocks, begin = [], 0
        rows, patterns = np.split(self.rows, self.row_ends[:-1]), np.split(self.patterns, self.pattern_ends[:-1])
        for r, c in zip(rows, patterns, strict=True):
            end = begin + len(r) * len(c)
            blocks.append(Block(r, c, self.values[begin:end].reshape(len(r), len(c))))
            begin = end
        return blocks


def pack(weights: Iterable[Floats], cells: tuple[int, int, int]) -> Packed:
    """Keep the rows and patterns that carry weight in each group.

    Parameters
    ----------
    weights : iterable of ndarray (K, T, C)
        One for each group; an array (group, K, T, C) is one such.
    cells : tuple of int
        K, T and C.

    Raises
    ------
    DesignError
        If a group's weights have another shape.

    Examples
    --------
    >>> packed = pack(np.eye(2).reshape(2, 2, 1, 1), (2, 1, 1))
    >>> packed.rows.tolist(), packed.values.tolist()
    ([0, 1], [1.0, 1.0])
    """
    rows, patterns, values = [np.empty(0, np.intp)], [np.empty(0, np.intp)], [np.empty(0)]
    for part in weights:
        if np.shape(part) != cells:
            raise DesignError(
                f"weights have shape (group, {_listed(np.shape(part))}); they need (group, {_listed(cells)})."
            )
        flat = np.asarray(part, dtype=np.float64).reshape(-1, cells[2])
        used = flat != 0
        rows.append(np.flatnonzero(used.any(axis=1)))
        patterns.append(np.flatnonzero(used.any(axis=0)))
        values.append(flat[np.ix_(rows[-1], patterns[-1])].ravel())
    row_ends, pattern_ends = (np.cumsum([len(one) for one in each[1:]], dtype=np.intp) for each in (rows, patterns))
    return Packed(np.concatenate(rows), row_ends, np.concatenate(patterns), pattern_ends, np.concatenate(values))


def _listed(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Averager:
    """Averages the family's mean over each group's cells, draw by draw.

    Attributes
    ----------
    problem : Problem
    packed : Packed
    point : NearPoint or None
        Around which averages over many patterns are expanded; draws far from it are averaged pattern by pattern.
    """

    problem: Problem
    packed: Packed
    point: NearPoint | None

    def __call__(self, theta: Floats, beta: Floats) -> Floats:
        """Average draws of the predictor (n, K T), covariates aside, and of beta (n, k): (n, group)."""
        if self.point is None:
            return self._exactly(theta, beta)
        packed = self.packed
        out = np.empty((len(theta), len(packed.row_ends)))
        near = is_near(self.problem, self.point, theta, beta)
        some = np.empty((int(near.sum()), out.shape[1]))
        average_near(self.point, theta[near], beta[near], packed.rows, packed.row_ends, some)
        out[near], out[~near] = some, self._exactly(theta[~near], beta[~near])
        return out

    def _exactly(self, theta: Floats, beta: Floats) -> Floats:
        """Average pattern by pattern."""
        packed = self.packed
        out = np.empty((len(theta), len(packed.row_ends)))
        shift = beta @ self.problem.patterns.T
        family = self.problem.family
        if family.affine is not None:
            average_values(family.affine, packed.blocks(), theta, shift, out)
            return out
        _average(
            family.link, np.exp(np.minimum(theta, LARGEST)), np.exp(np.minimum(shift, LARGEST)),
            packed.rows, packed.row_ends, packed.patterns, packed.pattern_ends, packed.values, out,
        )  # fmt: skip
        return out


def averager(problem: Problem, packed: Packed, theta: Floats, beta: Floats) -> Averager:
    """Make an `Averager` for draws around the mean of some of them, (n, K T) and (n, k)."""
    if problem.family.affine is not None or len(problem.patterns) < WORTH_IT or not len(packed.row_ends):
        return Averager(problem, packed, None)
    return Averager(problem, packed, near_point(problem, packed.blocks(), theta.mean(axis=0), beta.mean(axis=0)))


def average_values(affine: tuple[float, float], blocks: list[Block], theta: Floats, shift: Floats, out: Floats) -> None:
    """Fill ``out`` (n, group) with averages of a mean that is straight in theta (n, K T) and shift (n, C).

    ``affine`` are its centre and its scale.
    """
    centre, scale = affine
    for g, block in enumerate(blocks):
        by_row, by_pattern = block.weights.sum(axis=1), block.weights.sum(axis=0)
        straight = theta[:, block.rows] @ by_row + shift[:, block.patterns] @ by_pattern
        out[:, g] = centre * block.weights.sum() + scale * straight


@nb.njit(cache=True, nogil=True, **FAST)
def _average(code, level, factor, rows, row_ends, patterns, pattern_ends, values, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (n, group) with sums of weight times the family's mean at ``level * factor``.

    ``level`` (n, K T) and ``factor`` (n, C) are the exponentials of theta and of patterns' shifts. Sums may be
    reordered, so that the inner loop runs on vectors.
    """
    n, groups = out.shape
    own = np.empty(factor.shape[1])
    for d in range(n):
        row, first, begin = 0, 0, 0
        for g in range(groups):
            width = pattern_ends[g] - first
            for j in range(width):
                own[j] = factor[d, patterns[first + j]]
            total = 0.0
            for r in range(row, row_ends[g]):
                base = level[d, rows[r]]
                weight = values[begin : begin + width]
                for j in range(width):
                    total += weight[j] * mean_of(code, base * own[j])
                begin += width
            out[d, g] = total
            row, first = row_ends[g], pattern_ends[g]
