"""From the sampler's variables to what is reported: one row of numbers for each draw, and their names."""

from __future__ import annotations

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.nuts.constrain import constrained_at
from sos_bayes.fitting.nuts.packed_target import unpacked
from sos_bayes.fitting.posterior.draws import Draws, assemble


def row_size(problem: Problem) -> int:
    """Length of a row: hyperparameters, coefficients, adopters' own and cells, comparators' mean level."""
    p, q, k = problem.sizes
    n = int(problem.counts.by_cell.shape[1])
    return len(problem.model.hypers) + p + k + len(problem.adopters) * (q + n) + 1


@nb.njit(cache=True, **STRICT)
def fill_row(target, x, row):  # type: ignore[no-untyped-def]
    """Fill one draw's row; coefficients are in the units of their columns, covariates' standardised.

    Own coefficients (q, K) and cells (n, K) are adopters' only; the first own coefficient is the level.
    """
    point = constrained_at(target, x)
    d, p, m = point.values.size, point.scale.size, point.joint.size
    q, n_a = point.workspace.own.shape
    row[:d] = point.values
    for i in range(m):
        row[d + i] = point.joint[i] * (point.scale[i] if i < p else 1.0)
    at, level, others = d + m, 0.0, 0
    for k in range(q):  # S c: adopters' own one by one, comparators' levels as their mean
        for a in range(n_a):
            if target.adopts[a] > 0.0:
                row[at] = point.workspace.own[k, a] * point.own_scale[k]
                at += 1
            elif k == 0:
                level += point.workspace.own[k, a] * point.own_scale[k]
                others += 1
    for t in range(len(point.theta)):
        for a in range(n_a):
            if target.adopts[a] > 0.0:
                row[at] = point.theta[t, a]
                at += 1
    row[at] = level / max(others, 1)


@nb.njit(cache=True, nogil=True, **STRICT)
def row_at(numbers, whole, x, size):  # type: ignore[no-untyped-def]
    """One draw's row for a packed target."""
    row = np.empty(size)
    fill_row(unpacked(numbers, whole), x, row)
    return row


def reported(problem: Problem, rows: Floats) -> Draws:
    """Name what rows (chain, draw, size) hold."""
    model = problem.model
    _, q, k = problem.sizes
    n_k, n = len(problem.adopters), problem.counts.by_cell.shape[1]
    widths = [len(model.hypers), *(t.columns.shape[2] for t in model.shared), k, *[n_k] * q, n * n_k, 1]
    parts = iter(np.split(rows, np.cumsum(widths)[:-1], axis=-1))
    values = next(parts)
    drawn: dict[str, Floats] = {h.name: values[..., i] for i, h in enumerate(model.hypers)}
    hyper = {
        name: np.broadcast_to(value, rows.shape[:2]).astype(float)
        for name, value in model.scalars(drawn, np).items()
    }  # fmt: skip
    coefficients = {t.name: next(parts) for t in model.shared}
    beta = next(parts)
    own = {t.name: next(parts) for t in model.by_authority}
    theta = next(parts).reshape(*rows.shape[:2], n, n_k).swapaxes(-1, -2)
    gap = coefficients["ever"][..., 0] + own["authority"].mean(axis=-1) - next(parts)[..., 0]
    return assemble(problem, coefficients, own, hyper, (theta, beta, gap))
