"""One fit by the fast route, by number of children and with every covariate. Run with: poe bench-files."""

from dataclasses import replace
from typing import Any

import made_up_cells
import pytest
import routes


@pytest.mark.parametrize("children", [10_000, 100_000, 10_000_000])
def test_small(benchmark: Any, children: int) -> None:
    """30 authorities, 8 years, 32 patterns: the time should not depend on the number of children."""
    size = replace(made_up_cells.SMALL, children=children)
    layout = made_up_cells.made_up_layout(size)
    routes.fast(layout, size)
    assert benchmark(routes.fast, layout, size).method == "fast"


def test_big(benchmark: Any) -> None:
    """150 authorities, 8 years, 300 patterns, ten million children."""
    layout = made_up_cells.made_up_layout(made_up_cells.BIG)
    fitted = benchmark.pedantic(routes.fast, (layout, made_up_cells.BIG), rounds=3, warmup_rounds=1)
    assert fitted.method == "fast"
