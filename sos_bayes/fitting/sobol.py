"""Sobol points with a random linear scramble, for the few dimensions that hyperparameters have.

The generator of `scipy.stats.qmc` is the reference and the tests compare with it; importing it takes longer than
the whole of a fast fit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.errors import FitError

Floats = NDArray[np.float64]
BITS = 30
# Degree and inner coefficients of each primitive polynomial, and first direction numbers, of dimensions 2 and on:
# Joe and Kuo (2008), "Constructing Sobol sequences with better two-dimensional projections", set new-joe-kuo-6.
POLYNOMIALS: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    (1, 0, (1,)),
    (2, 1, (1, 3)),
    (3, 1, (1, 3, 1)),
    (3, 2, (1, 1, 1)),
    (4, 1, (1, 1, 3, 3)),
    (4, 4, (1, 3, 5, 13)),
    (5, 2, (1, 1, 5, 5, 17)),
    (5, 4, (1, 1, 5, 5, 5)),
    (5, 7, (1, 1, 7, 11, 19)),
    (5, 11, (1, 1, 5, 1, 1)),
    (5, 13, (1, 1, 1, 3, 11)),
    (5, 14, (1, 3, 5, 5, 31)),
    (6, 1, (1, 3, 3, 9, 7, 49)),
    (6, 13, (1, 1, 1, 15, 21, 21)),
    (6, 16, (1, 3, 1, 13, 27, 49)),
)


def sobol(count: int, d: int, seed: int | None) -> Floats:
    """Points of a scrambled Sobol net, strictly between 0 and 1.

    Parameters
    ----------
    count : int
        Best a power of two, or a multiple of a large one.
    d : int
        Dimensions, at most 16.
    seed : int or None
        Of the scramble; None leaves the net as it is, with its first point at (almost) zero.

    Returns
    -------
    ndarray (count, d)

    Raises
    ------
    FitError
        If there are more dimensions than direction numbers.

    Examples
    --------
    >>> sobol(4, 2, None).round(3).tolist()
    [[0.0, 0.0], [0.5, 0.5], [0.25, 0.75], [0.75, 0.25]]
    """
    if d > len(POLYNOMIALS) + 1:
        raise FitError(f"{d} dimensions are more than the {len(POLYNOMIALS) + 1} there are Sobol numbers for.")
    steps = max(1, (count - 1).bit_length())
    directions = np.array([_directions(j, steps) for j in range(d)])
    shift = np.zeros(d, dtype=np.int64)
    if seed is not None:
        rng = np.random.default_rng(seed)
        directions = _scrambled(directions, rng)
        shift = rng.integers(0, 1 << BITS, d)
    points = np.tile(shift, (count, 1))
    for k in range(steps):
        points[(np.arange(count) >> k & 1).astype(bool)] ^= directions[:, k]
    return np.asarray((points + 0.5) / (1 << BITS))


def _directions(j: int, steps: int) -> NDArray[np.int64]:
    """First direction numbers of dimension ``j``, as fractions of 2 ** BITS, (steps,)."""
    if j == 0:
        return np.array([1 << (BITS - 1 - k) for k in range(steps)])
    degree, inner, first = POLYNOMIALS[j - 1]
    m = list(first)
    for k in range(degree, steps):
        new = m[k - degree] ^ (m[k - degree] << degree)
        for i in range(1, degree):
            if inner >> (degree - 1 - i) & 1:
                new ^= m[k - i] << i
        m.append(new)
    return np.array([m[k] << (BITS - 1 - k) for k in range(steps)])


def _scrambled(directions: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Multiply digits by a random lower triangular matrix with ones on the diagonal, one for each dimension."""
    places = np.arange(BITS)[::-1]
    digits = directions[:, :, None] >> places & 1
    lower = np.tril(rng.integers(0, 2, (len(directions), BITS, BITS)), -1) + np.eye(BITS, dtype=np.int64)
    mixed = np.einsum("drc,dkc->dkr", lower, digits) & 1
    return np.asarray((mixed << places).sum(axis=2))
