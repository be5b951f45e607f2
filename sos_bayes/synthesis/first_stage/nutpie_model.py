"""A first stage as nutpie takes it: by addresses of C functions, or as Python ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.sampling.c_callbacks import one_block
from sos_bayes.sampling.nutpie_adapter import ByAddress, of_functions, takes_addresses
from sos_bayes.synthesis.first_stage.packed_target import Sampleable


def nutpie_model(target: Sampleable) -> Any:
    """The density by addresses where this nutpie has that door, else by Python functions: the same draws."""
    size = target.size

    def start(seed: int) -> Floats:
        return np.random.default_rng(seed).standard_normal(size)

    if takes_addresses():
        return ByAddress({}, size, size, one_block(target.numbers, target.whole), start, *target.functions)

    def evaluate(x: Floats) -> tuple[float, Floats]:
        gradient = np.empty(size)
        return target.at(target.numbers, target.whole, x, gradient), gradient

    return of_functions(size, size, evaluate, target.row, start)
