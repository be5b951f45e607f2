"""A prepared problem as nutpie takes it: its density and its rows, as C functions or as Python ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from nutpie import _lib
from nutpie.compiled_pyfunc import from_pyfunc
from nutpie.sample import CompiledModel

from sos_bayes.fitting import callbacks
from sos_bayes.fitting.density import evaluate
from sos_bayes.fitting.prepared import Prepared
from sos_bayes.fitting.reported import row_at, row_size

Floats = NDArray[np.float64]
NEEDED = ("PyMcModel", "LogpFunc", "ExpandFunc", "PyVariable", "PySampler")


def compiled_model(prepared: Prepared) -> Any:
    """The problem by addresses where this nutpie has that door, else by Python functions: the same draws."""
    return by_address(prepared) if all(hasattr(_lib, name) for name in NEEDED) else by_function(prepared)


@dataclass(frozen=True)
class ByAddress(CompiledModel):  # type: ignore[misc]
    """Addresses of C functions, which nutpie's threads call without the Python lock, as it does for PyMC's models.

    ``density`` and ``row`` read ``block``; `callbacks` says what they are given and return.
    """

    size: int
    wide: int
    block: Floats
    start: Callable[[int], Floats]
    density: int
    row: int

    @property
    def n_dim(self) -> int:
        """How many variables are sampled."""
        return self.size

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of what is kept of each draw."""
        return {"row": (self.wide,)}

    @property
    def coords(self) -> dict[str, Any]:
        """Nothing has coordinates."""
        return {}

    def _make_sampler(self, settings: Any, init_mean: Any, cores: int, *more: Any) -> Any:
        data = self.block.ctypes.data
        sizes: dict[str, int] = {}  # nutpie adds the row's own dimension
        model = _lib.PyMcModel(
            _lib.LogpFunc(self.density, data, self),
            _lib.ExpandFunc(self.size, self.wide, self.row, data, self),
            _lib.PyVariable.new_variables(["row"], ["float64"], [(self.wide,)], sizes, {}),
            self.size, sizes, {}, self.start, None,
        )  # fmt: skip
        return _lib.PySampler.from_pymc(settings, cores, model, *more)


def by_address(prepared: Prepared) -> ByAddress:
    """Hand over addresses: nutpie's own door for PyMC models."""
    block = callbacks.one_block(prepared.numbers, prepared.whole)
    wide, start = row_size(prepared.problem), _starts(prepared)
    return ByAddress({}, prepared.size, wide, block, start, callbacks.density.address, callbacks.row.address)


def by_function(prepared: Prepared) -> Any:
    """Hand over Python functions: nutpie's public door, which one thread passes at a time."""
    numbers, whole, wide = prepared.numbers, prepared.whole, row_size(prepared.problem)

    def density() -> Callable[[Floats], tuple[float, Floats]]:
        return lambda x: evaluate(numbers, whole, x)

    def expand(seed1: int, seed2: int, chain: int) -> Callable[[Floats], dict[str, Floats]]:
        return lambda x: {"row": row_at(numbers, whole, x, wide)}

    return from_pyfunc(
        prepared.size, density, expand, [np.dtype(np.float64)], [(wide,)], ["row"],
        make_initial_point_fn=_starts(prepared),
    )  # fmt: skip


def _starts(prepared: Prepared) -> Callable[[int], Floats]:
    """Where chains start: draws from the approximate posterior, in whose variables they are standard normal.

    An ordinal outcome's cutpoints must rise, as they do at the mode: a draw where they do not is pulled towards it.
    """
    ordinal = prepared.problem.model.cutpoints is not None

    def start(seed: int) -> Floats:
        x = np.random.default_rng(seed).standard_normal(prepared.size)
        while ordinal and not np.isfinite(evaluate(prepared.numbers, prepared.whole, x)[0]) and np.abs(x).max() > 1e-9:
            x *= 0.5
        return x

    return start
