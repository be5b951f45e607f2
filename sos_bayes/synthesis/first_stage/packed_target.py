"""A first stage as two flat arrays, and the C functions that read them.

The factors' variables are counted from their mode by a fixed ``u = centre + root @ x``, root by the curvature there, so
that x are nearly independent standard normals. The weights' variables are standard normal a priori and hardly moved by
a few periods: they are sampled as they are. Importing this module compiles the functions, or loads them from numba's
cache.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats, Indices
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.compiled import STRICT
from sos_bayes.sampling.c_callbacks import DENSITY, ROW, cut, verdict
from sos_bayes.synthesis.first_stage.factors_density import ADOPTER_SCALE, Factored, factors_density
from sos_bayes.synthesis.first_stage.weights_density import Weighted, weights_density


def packed(given: Weighted | Factored, centre: Floats, root: Floats) -> tuple[Floats, Indices]:
    """Flat numbers and whole numbers, from which the functions below get all of it back; weights have no map."""
    if isinstance(given, Weighted):
        sizes: tuple[int, ...] = (*given.own.shape, *given.centre.shape, len(given.loadings))
        whole: tuple[Any, ...] = (sizes, given.place, given.cells)
        numbers: tuple[Floats, ...] = (
            given.own, given.noise, given.centre, given.variance, given.loadings, given.left,
            given.prior,
        )  # fmt: skip
    else:
        sizes = (len(centre), *given.total.shape, len(given.rough), given.factors, given.pin)
        whole = (sizes, given.place, given.cells, given.rows, given.adopts)
        numbers = (centre, root, given.total, given.squares, given.noise, given.drift, given.rough, given.prior)
    return (
        np.concatenate([np.ravel(x) for x in numbers]).astype(float),
        np.concatenate([np.ravel(x) for x in whole]).astype(np.int64),
    )


@nb.njit(cache=True, **STRICT)
def weighted(numbers, whole):  # type: ignore[no-untyped-def]
    """Cut flat arrays into a `Weighted`, without copying."""
    k, m, j, t, q = whole[0], whole[1], whole[2], whole[3], whole[4]
    own, noise = numbers[: k * m].reshape(k, m), numbers[k * m : 2 * k * m].reshape(k, m)
    i = 2 * k * m
    centre, variance = numbers[i : i + j * t].reshape(j, t), numbers[i + j * t : i + 2 * j * t].reshape(j, t)
    i += 2 * j * t
    loadings, left = numbers[i : i + q * j].reshape(q, j), numbers[i + q * j : i + q * j + t * t].reshape(t, t)
    i += q * j + t * t
    place, cells = whole[5 : 5 + k * m].reshape(k, m), whole[5 + k * m : 5 + k * m + k]
    return Weighted(own, noise, place, cells, centre, variance, loadings, left, numbers[i:])


@nb.njit(cache=True, **STRICT)
def factored(numbers, whole):  # type: ignore[no-untyped-def]
    """Cut flat arrays into a `Factored`, without copying."""
    d, n, m, t, q = whole[0], whole[1], whole[2], whole[3], whole[4]
    i = d + d * d
    total = numbers[i : i + n * m].reshape(n, m)
    i += n * m
    squares = numbers[i : i + n * m * m].reshape(n, m, m)
    i += n * m * m
    noise = numbers[i : i + n * m].reshape(n, m)
    i += n * m
    drift = numbers[i : i + t * t].reshape(t, t)
    i += t * t
    rough, prior = numbers[i : i + t], numbers[i + t :]
    j = 6 + n * m
    return Factored(
        total, squares, noise, whole[6:j].reshape(n, m), whole[j : j + n], whole[j + n : j + 2 * n],
        whole[j + 2 * n : j + 3 * n], drift, rough, prior, q, whole[5],
    )  # fmt: skip


@nb.njit(cache=True, **STRICT)
def moved(numbers, x, u):  # type: ignore[no-untyped-def]
    """Fill u = centre + root x."""
    d = x.size
    for i in range(d):
        total, at = numbers[i], d + i * d
        for j in range(d):
            total += numbers[at + j] * x[j]
        u[i] = total


@nb.njit(cache=True, **STRICT)
def _back(numbers, by_u, by_x):  # type: ignore[no-untyped-def]
    """Vector-Jacobian product of `moved`: fills root' by_u."""
    d = by_x.size
    by_x[:] = 0.0
    for i in range(d):
        at, slope = d + i * d, by_u[i]
        for j in range(d):
            by_x[j] += slope * numbers[at + j]


@nb.njit(cache=True, nogil=True, **STRICT)
def weights_at(numbers, whole, x, gradient):  # type: ignore[no-untyped-def]
    """Log density of the weights' design at x, and its gradient."""
    return weights_density(weighted(numbers, whole), x, gradient)


@nb.njit(cache=True, nogil=True, **STRICT)
def factors_at(numbers, whole, x, gradient):  # type: ignore[no-untyped-def]
    """Log density of the factors' design at x, and its gradient."""
    u, by_u = np.empty(x.size), np.empty(x.size)
    moved(numbers, x, u)
    value = factors_density(factored(numbers, whole), u, by_u)
    _back(numbers, by_u, gradient)
    return value


@nb.cfunc(DENSITY, cache=True, **STRICT)
def weights_function(size, x, gradient, value, block):  # type: ignore[no-untyped-def]
    """Fill value and gradient; returns whether that went well."""
    numbers, whole = cut(block)
    slope, out = nb.carray(gradient, (size,)), nb.carray(value, (1,))
    out[0] = weights_at(numbers, whole, nb.carray(x, (size,)), slope)
    return verdict(out[0], slope)


@nb.cfunc(DENSITY, cache=True, **STRICT)
def factors_function(size, x, gradient, value, block):  # type: ignore[no-untyped-def]
    """Fill value and gradient; returns whether that went well."""
    numbers, whole = cut(block)
    slope, out = nb.carray(gradient, (size,)), nb.carray(value, (1,))
    out[0] = factors_at(numbers, whole, nb.carray(x, (size,)), slope)
    return verdict(out[0], slope)


@nb.cfunc(ROW, cache=True, **STRICT)
def moved_function(size, wide, x, out, block):  # type: ignore[no-untyped-def]
    """Fill the variables u at x."""
    numbers, _ = cut(block)
    moved(numbers, nb.carray(x, (size,)), nb.carray(out, (wide,)))
    return 0


@nb.cfunc(ROW, cache=True, **STRICT)
def same_function(size, wide, x, out, block):  # type: ignore[no-untyped-def]
    """Fill x itself."""
    nb.carray(out, (wide,))[:] = nb.carray(x, (size,))
    return 0


@dataclass(frozen=True, slots=True, eq=False)
class Sampleable:
    """A first stage as the sampler is given it.

    Attributes
    ----------
    numbers, whole : ndarray
        Packed.
    size : int
        d.
    at : callable
        Fills the gradient at x and returns the log density.
    row : callable
        From x to the variables u.
    functions : tuple of int
        Addresses of both as C functions.
    """

    numbers: Floats
    whole: Indices
    size: int
    at: Callable[[Floats, Indices, Floats, Floats], float]
    row: Callable[[Floats], Floats]
    functions: tuple[int, int]

    def __repr__(self) -> str:
        return shapes_only(self)


def sampleable(given: Weighted | Factored, start: Floats) -> Sampleable:
    """Pack a first stage; factors are counted from their mode, which is looked for from ``start``."""
    d = len(start)
    if isinstance(given, Weighted):
        functions = weights_function.address, same_function.address
        return Sampleable(*packed(given, start, np.eye(0)), d, weights_at, np.copy, functions)
    mode, root = around_mode(given, start)
    numbers, whole = packed(given, mode, root)
    functions = factors_function.address, moved_function.address
    return Sampleable(numbers, whole, d, factors_at, lambda x: mode + root @ x, functions)


def around_mode(given: Factored, start: Floats) -> tuple[Floats, Floats]:
    """Mode (d,) of the factors' variables and the root (d, d) of their covariance by the curvature there.

    Adopters' residual scale is held where it starts: with one adopter the density has a spike, of hardly any mass,
    where period effects are the adopter's own series and its residuals nothing.
    """
    from scipy.optimize import Bounds, minimize

    d = len(start)
    numbers, whole = packed(given, np.zeros(d), np.eye(d))

    def downhill(u: Floats) -> tuple[float, Floats]:
        gradient = np.empty(d)
        value = factors_at(numbers, whole, u, gradient)
        return (-value, -gradient) if np.isfinite(value) else (1e12, np.zeros(d))

    free = np.where(np.arange(d) == ADOPTER_SCALE, 0.0, np.inf)
    bounds = Bounds(start - free, start + free)
    mode = np.asarray(minimize(downhill, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500}).x)
    return mode, root_of(lambda u: -downhill(u)[1], mode)


STEP = 1e-4
SOFTEST = 0.25  # curvature that is taken for the least: a prior's is 1


def root_of(slope: Callable[[Floats], Floats], mode: Floats) -> Floats:
    """Symmetric root of the inverse curvature (d, d), from differences of the gradient."""
    d = len(mode)
    curve = np.empty((d, d))
    for i in range(d):
        step = np.zeros(d)
        step[i] = STEP
        curve[i] = (slope(mode - step) - slope(mode + step)) / (2 * STEP)
    values, vectors = np.linalg.eigh(0.5 * (curve + curve.T))
    return np.asarray((vectors / np.sqrt(np.maximum(values, SOFTEST))) @ vectors.T)
