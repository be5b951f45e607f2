"""A first stage as nutpie takes it: by addresses of C functions, or as Python ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from nutpie import _lib
from nutpie.compiled_pyfunc import from_pyfunc

from sos_bayes.fitting.callbacks import one_block
from sos_bayes.fitting.compiled_model import NEEDED, ByAddress
from sos_bayes.synthesis.target import Sampleable

Floats = NDArray[np.float64]


def nutpie_model(target: Sampleable) -> Any:
    """The density by addresses where this nutpie has that door, else by Python functions: the same draws."""
    size = target.size

    def start(seed: int) -> Floats:
        return np.random.default_rng(seed).standard_normal(size)

    if all(hasattr(_lib, name) for name in NEEDED):
        block = one_block(target.numbers, target.whole)
        return ByAddress({}, size, size, block, start, *target.functions)

    def density() -> Callable[[Floats], tuple[float, Floats]]:
        def at(x: Floats) -> tuple[float, Floats]:
            gradient = np.empty(size)
            return target.at(target.numbers, target.whole, x, gradient), gradient

        return at

    def expand(seed1: int, seed2: int, chain: int) -> Callable[[Floats], dict[str, Floats]]:
        return lambda x: {"row": target.row(x)}

    return from_pyfunc(
        size, density, expand, [np.dtype(np.float64)], [(size,)], ["row"], make_initial_point_fn=start
    )  # fmt: skip
