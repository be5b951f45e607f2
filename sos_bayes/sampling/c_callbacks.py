"""C functions that nutpie's threads call without Python: what they are given, and what they say.

Both are given the address of one block of memory, from which two flat arrays are cut without copying.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numba import types
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes.families.compiled import STRICT

NO_NUMBER = 4  # what nutpie takes for a point to turn back from
_DOUBLES = types.CPointer(types.double)
DENSITY = types.int64(types.uint64, _DOUBLES, _DOUBLES, _DOUBLES, types.voidptr)  # size, x, gradient, value, block
ROW = types.int64(types.uint64, types.uint64, _DOUBLES, _DOUBLES, types.voidptr)  # size, wide, x, out, block


def one_block(numbers: Floats, whole: NDArray[np.intp]) -> Floats:
    """Both arrays in one block of memory, lengths first; whole numbers keep their own bits."""
    sizes = np.array([len(numbers), len(whole)], dtype=np.int64)
    return np.concatenate([sizes.view(np.float64), whole.astype(np.int64).view(np.float64), numbers])


@nb.njit(cache=True, **STRICT)
def cut(block):  # type: ignore[no-untyped-def]
    """Numbers and whole numbers of a block."""
    sizes = nb.carray(block, (2,), np.int64)
    n_numbers, n_whole = sizes[0], sizes[1]
    whole = nb.carray(block, (2 + n_whole,), np.int64)[2:]
    return nb.carray(block, (2 + n_whole + n_numbers,), np.float64)[2 + n_whole :], whole


@nb.njit(cache=True, **STRICT)
def verdict(value, gradient):  # type: ignore[no-untyped-def]
    """Zero, or that a value or a slope is no number."""
    if not np.isfinite(value):
        return NO_NUMBER
    for i in range(gradient.size):
        if not np.isfinite(gradient[i]):
            return NO_NUMBER
    return 0
