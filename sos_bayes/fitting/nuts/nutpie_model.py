"""A prepared problem as nutpie takes it: its density and its rows, as C functions or as Python ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.fitting.nuts import callbacks
from sos_bayes.fitting.nuts.draw_record import row_at, row_size
from sos_bayes.fitting.nuts.log_density import evaluate
from sos_bayes.fitting.nuts.preconditioned import Prepared
from sos_bayes.sampling.c_callbacks import one_block
from sos_bayes.sampling.nutpie_adapter import ByAddress, of_functions, takes_addresses


def nutpie_model_of(prepared: Prepared) -> Any:
    """The problem by addresses where this nutpie takes them, else by Python functions: the same draws."""
    return by_address(prepared) if takes_addresses() else by_function(prepared)


def by_address(prepared: Prepared) -> ByAddress:
    """Hand over addresses of C functions: the interface by which nutpie samples PyMC models."""
    block = one_block(prepared.numbers, prepared.whole)
    wide, start = row_size(prepared.problem), _starts(prepared)
    return ByAddress({}, prepared.size, wide, block, start, callbacks.density.address, callbacks.row.address)


def by_function(prepared: Prepared) -> Any:
    """Hand over Python functions: nutpie's public interface, by which chains take turns (the interpreter's lock)."""
    numbers, whole, wide = prepared.numbers, prepared.whole, row_size(prepared.problem)
    return of_functions(
        prepared.size, wide, lambda x: evaluate(numbers, whole, x), lambda x: row_at(numbers, whole, x, wide),
        _starts(prepared),
    )  # fmt: skip


def _starts(prepared: Prepared) -> Callable[[int], Floats]:
    """Where chains start: draws of the Gaussian approximation of the posterior, standard normal in its variables.

    An ordinal outcome's cutpoints must rise, as they do at the mode: a draw where they do not is pulled towards it.
    """
    ordinal = prepared.problem.model.cutpoints is not None

    def start(seed: int) -> Floats:
        x = np.random.default_rng(seed).standard_normal(prepared.size)
        while ordinal and not np.isfinite(evaluate(prepared.numbers, prepared.whole, x)[0]) and np.abs(x).max() > 1e-9:
            x *= 0.5
        return x

    return start
