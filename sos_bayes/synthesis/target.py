"""A first stage as two flat arrays, counted from its mode, and the C functions that read them.

The sampler's variables x are mapped by a fixed ``u = centre + root @ x`` from the mode and the curvature there, so that
they are nearly independent standard normals where cells say much; where they say little the map is nearly the identity,
since the variables u are standard normal a priori. Importing this module compiles the functions, or loads them from
numba's cache.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
from numba import types
from numpy.typing import NDArray

from sos_bayes.families.compiled import STRICT
from sos_bayes.synthesis.factors_density import Factored, factors_density
from sos_bayes.synthesis.weights_density import Weighted, weights_density

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
DOUBLES = types.CPointer(types.double)
NO_NUMBER = 4  # what nutpie takes for a point to turn back from


def packed(given: Weighted | Factored, centre: Floats, root: Floats) -> tuple[Floats, Indices]:
    """Flat numbers and whole numbers, from which the functions below get all of it back."""
    if isinstance(given, Weighted):
        sizes: tuple[int, ...] = (len(centre), *given.own.shape, *given.centre.shape)
        whole: tuple[Any, ...] = (sizes, given.place, given.cells)
        numbers: tuple[Floats, ...] = (given.own, given.noise, given.centre, given.variance, given.prior)
    else:
        sizes = (len(centre), *given.total.shape, len(given.rough), given.factors, given.pin)
        whole = (sizes, given.place, given.cells, given.rows, given.adopts)
        numbers = (given.total, given.squares, given.noise, given.rough, given.prior)
    return (
        np.concatenate([np.ravel(x) for x in (centre, root, *numbers)]).astype(float),
        np.concatenate([np.ravel(x) for x in whole]).astype(np.int64),
    )


@nb.njit(cache=True, **STRICT)
def weighted(numbers, whole):  # type: ignore[no-untyped-def]
    """Cut flat arrays into a `Weighted`, without copying."""
    d, k, m, j, t = whole[0], whole[1], whole[2], whole[3], whole[4]
    i = d + d * d
    own, noise = numbers[i : i + k * m].reshape(k, m), numbers[i + k * m : i + 2 * k * m].reshape(k, m)
    i += 2 * k * m
    centre, variance = numbers[i : i + j * t].reshape(j, t), numbers[i + j * t : i + 2 * j * t].reshape(j, t)
    i += 2 * j * t
    return Weighted(
        own, noise, whole[5 : 5 + k * m].reshape(k, m), whole[5 + k * m : 5 + k * m + k], centre, variance, numbers[i:]
    )


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
    rough, prior = numbers[i : i + t], numbers[i + t :]
    j = 6 + n * m
    return Factored(
        total, squares, noise, whole[6:j].reshape(n, m), whole[j : j + n], whole[j + n : j + 2 * n],
        whole[j + 2 * n : j + 3 * n], rough, prior, q, whole[5],
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
    d = by_x.size
    by_x[:] = 0.0
    for i in range(d):
        at, slope = d + i * d, by_u[i]
        for j in range(d):
            by_x[j] += slope * numbers[at + j]


@nb.njit(cache=True, nogil=True, **STRICT)
def weights_at(numbers, whole, x, gradient):  # type: ignore[no-untyped-def]
    """Log density of the weights' design at x, and its gradient."""
    u, by_u = np.empty(x.size), np.empty(x.size)
    moved(numbers, x, u)
    value = weights_density(weighted(numbers, whole), u, by_u)
    _back(numbers, by_u, gradient)
    return value


@nb.njit(cache=True, nogil=True, **STRICT)
def factors_at(numbers, whole, x, gradient):  # type: ignore[no-untyped-def]
    """Log density of the factors' design at x, and its gradient."""
    u, by_u = np.empty(x.size), np.empty(x.size)
    moved(numbers, x, u)
    value = factors_density(factored(numbers, whole), u, by_u)
    _back(numbers, by_u, gradient)
    return value


@nb.njit(cache=True, **STRICT)
def _cut(block):  # type: ignore[no-untyped-def]
    sizes = nb.carray(block, (2,), np.int64)
    n_numbers, n_whole = sizes[0], sizes[1]
    whole = nb.carray(block, (2 + n_whole,), np.int64)[2:]
    return nb.carray(block, (2 + n_whole + n_numbers,), np.float64)[2 + n_whole :], whole


@nb.njit(cache=True, **STRICT)
def _verdict(value, gradient):  # type: ignore[no-untyped-def]
    if not np.isfinite(value):
        return NO_NUMBER
    for i in range(gradient.size):
        if not np.isfinite(gradient[i]):
            return NO_NUMBER
    return 0


SIGNATURE = types.int64(types.uint64, DOUBLES, DOUBLES, DOUBLES, types.voidptr)


@nb.cfunc(SIGNATURE, cache=True, **STRICT)
def weights_function(size, x, gradient, value, block):  # type: ignore[no-untyped-def]
    """Fill value and gradient; returns whether that went well."""
    numbers, whole = _cut(block)
    slope, out = nb.carray(gradient, (size,)), nb.carray(value, (1,))
    out[0] = weights_at(numbers, whole, nb.carray(x, (size,)), slope)
    return _verdict(out[0], slope)


@nb.cfunc(SIGNATURE, cache=True, **STRICT)
def factors_function(size, x, gradient, value, block):  # type: ignore[no-untyped-def]
    """Fill value and gradient; returns whether that went well."""
    numbers, whole = _cut(block)
    slope, out = nb.carray(gradient, (size,)), nb.carray(value, (1,))
    out[0] = factors_at(numbers, whole, nb.carray(x, (size,)), slope)
    return _verdict(out[0], slope)


@nb.cfunc(types.int64(types.uint64, types.uint64, DOUBLES, DOUBLES, types.voidptr), cache=True, **STRICT)
def row_function(size, wide, x, out, block):  # type: ignore[no-untyped-def]
    """Fill the variables u at x."""
    numbers, _ = _cut(block)
    moved(numbers, nb.carray(x, (size,)), nb.carray(out, (wide,)))
    return 0


@dataclass(frozen=True, slots=True, eq=False)
class Whitened:
    """A first stage around its mode: what the sampler is given.

    Attributes
    ----------
    numbers, whole : ndarray
        Packed.
    size : int
        d.
    at : callable
        Fills the gradient at x and returns the log density.
    function : int
        Address of the same as a C function.
    """

    numbers: Floats
    whole: Indices
    size: int
    at: Callable[[Floats, Indices, Floats, Floats], float]
    function: int


def whitened(given: Weighted | Factored, start: Floats) -> Whitened:
    """Find the mode from ``start`` and map the variables by the curvature there."""
    from scipy.optimize import minimize

    at, function = (
        (weights_at, weights_function.address)
        if isinstance(given, Weighted)
        else (factors_at, factors_function.address)
    )
    d = len(start)
    numbers, whole = packed(given, np.zeros(d), np.eye(d))

    def downhill(u: Floats) -> tuple[float, Floats]:
        gradient = np.empty(d)
        value = at(numbers, whole, u, gradient)
        return (-value, -gradient) if np.isfinite(value) else (1e12, np.zeros(d))

    mode = np.asarray(minimize(downhill, start, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x)
    root = root_of(lambda u: -downhill(u)[1], mode)
    return Whitened(*packed(given, mode, root), d, at, function)


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
