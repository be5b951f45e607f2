"""Value and gradient of the table likelihood, by size. Run with: poe bench-files."""

from typing import Any

import kernel
import pytest


@pytest.mark.parametrize("size", kernel.SIZES)
def test_value_and_gradient(benchmark: Any, size: str) -> None:
    """One pass over the table."""
    table = kernel.cells(*kernel.SIZES[size])
    value, _, _ = benchmark(kernel.ours(table))
    assert value < 0
