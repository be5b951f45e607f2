"""The compiled density as C functions: nutpie's threads call them without Python, and so side by side.

Importing this module compiles both functions, or loads them from numba's cache.
"""

from __future__ import annotations

import numba as nb

from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.nuts.draw_record import fill_row
from sos_bayes.fitting.nuts.log_density import log_density
from sos_bayes.fitting.nuts.packed_target import unpacked
from sos_bayes.sampling.c_callbacks import DENSITY, ROW, cut, verdict


@nb.cfunc(DENSITY, cache=True, **STRICT)
def density(size, x, gradient, value, block):  # type: ignore[no-untyped-def]
    """Fill value and gradient at ``x``; returns nothing but whether that went well."""
    slope, out = nb.carray(gradient, (size,)), nb.carray(value, (1,))
    numbers, whole = cut(block)
    out[0] = log_density(unpacked(numbers, whole), nb.carray(x, (size,)), slope)
    return verdict(out[0], slope)


@nb.cfunc(ROW, cache=True, **STRICT)
def row(size, wide, x, out, block):  # type: ignore[no-untyped-def]
    """Fill the row of what is reported at ``x``."""
    numbers, whole = cut(block)
    fill_row(unpacked(numbers, whole), nb.carray(x, (size,)), nb.carray(out, (wide,)))
    return 0
