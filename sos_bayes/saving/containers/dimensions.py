"""Names of dimensions: one size each in a file, as netCDF wants it."""

from __future__ import annotations

from sos_bayes.saving.bundle import Array


class Dimensions:
    """Names given so far; one that is taken by another size gets its size behind it."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}

    def of(self, array: Array) -> tuple[str, ...]:
        """Names of an array's dimensions, no two alike.

        Examples
        --------
        >>> import numpy as np
        >>> known = Dimensions()
        >>> arrays = [Array(np.zeros(shape), ("chain", "draw")) for shape in ((4, 9), (1, 9, 9))]
        >>> [known.of(array) for array in arrays]
        [('chain', 'draw'), ('chain_1', 'draw', 'size_9')]
        """
        given: list[str] = []
        for i, size in enumerate(array.values.shape):
            wanted = array.dims[i] if i < len(array.dims) else f"size_{size}"
            name = wanted if self.sizes.get(wanted, size) == size else f"{wanted}_{size}"
            while name in given:
                name += "_again"
            self.sizes.setdefault(name, size)
            given.append(name)
        return tuple(given)
