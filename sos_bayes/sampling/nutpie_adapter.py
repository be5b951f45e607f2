"""The two doors by which nutpie takes a model: addresses of C functions, or Python functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from nutpie import _lib
from nutpie.compiled_pyfunc import from_pyfunc
from nutpie.sample import CompiledModel

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only

NEEDED = ("PyMcModel", "LogpFunc", "ExpandFunc", "PyVariable", "PySampler")


def takes_addresses() -> bool:
    """Whether this nutpie has the door for addresses, which is its own for PyMC's models."""
    return all(hasattr(_lib, name) for name in NEEDED)


@dataclass(frozen=True)
class ByAddress(CompiledModel):  # type: ignore[misc]
    """Addresses of C functions, which nutpie's threads call without the Python lock, as it does for PyMC's models.

    ``density`` and ``row`` read ``block``; `c_callbacks` says what they are given and return.
    """

    size: int
    wide: int
    block: Floats
    start: Callable[[int], Floats]
    density: int
    row: int

    def __repr__(self) -> str:
        return shapes_only(self)

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


def of_functions(
    size: int,
    wide: int,
    evaluate: Callable[[Floats], tuple[float, Floats]],
    row: Callable[[Floats], Floats],
    start: Callable[[int], Floats],
) -> Any:
    """Python functions: nutpie's public door, which one thread passes at a time.

    ``evaluate`` gives value and gradient at (size,) variables, ``row`` what is kept of them, (wide,).
    """

    def expand(seed1: int, seed2: int, chain: int) -> Callable[[Floats], dict[str, Floats]]:
        return lambda x: {"row": row(x)}

    return from_pyfunc(
        size, lambda: evaluate, expand, [np.dtype(np.float64)], [(wide,)], ["row"], make_initial_point_fn=start
    )  # fmt: skip
