"""The compiled density as C functions: nutpie's threads call them without Python, and so side by side.

Importing this module compiles both functions, or loads them from numba's cache.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numba import types
from numpy.typing import NDArray

from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.density import log_density
from sos_bayes.fitting.reported import fill_row
from sos_bayes.fitting.target import unpacked

Floats = NDArray[np.float64]
DOUBLES = types.CPointer(types.double)
NO_NUMBER = 4  # what nutpie takes for a point to turn back from
WRONG_SIZE = -1


def one_block(numbers: Floats, whole: NDArray[np.intp]) -> Floats:
    """Both arrays of a packed target in one block of memory, lengths first; whole numbers keep their own bits."""
    sizes = np.array([len(numbers), len(whole)], dtype=np.int64)
    return np.concatenate([sizes.view(np.float64), whole.astype(np.int64).view(np.float64), numbers])


@nb.njit(cache=True, **STRICT)
def _target(block):  # type: ignore[no-untyped-def]
    sizes = nb.carray(block, (2,), np.int64)
    n_numbers, n_whole = sizes[0], sizes[1]
    whole = nb.carray(block, (2 + n_whole,), np.int64)[2:]
    return unpacked(nb.carray(block, (2 + n_whole + n_numbers,), np.float64)[2 + n_whole :], whole)


@nb.cfunc(types.int64(types.uint64, DOUBLES, DOUBLES, DOUBLES, types.voidptr), cache=True, **STRICT)
def density(size, x, gradient, value, block):  # type: ignore[no-untyped-def]
    """Fill value and gradient at ``x``; returns nothing but whether that went well."""
    slope, out = nb.carray(gradient, (size,)), nb.carray(value, (1,))
    out[0] = log_density(_target(block), nb.carray(x, (size,)), slope)
    if not np.isfinite(out[0]):
        return NO_NUMBER
    for i in range(slope.size):
        if not np.isfinite(slope[i]):
            return NO_NUMBER
    return 0


@nb.cfunc(types.int64(types.uint64, types.uint64, DOUBLES, DOUBLES, types.voidptr), cache=True, **STRICT)
def row(size, wide, x, out, block):  # type: ignore[no-untyped-def]
    """Fill the row of what is reported at ``x``."""
    fill_row(_target(block), nb.carray(x, (size,)), nb.carray(out, (wide,)))
    return 0
