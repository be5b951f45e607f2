"""From child rows in a file to cells. Run with: poe bench-files."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import made_up_cells
import pytest

from sos_bayes.data import Aim, Binary, collapse, read_cohort


@pytest.mark.parametrize("children", [100_000, 1_000_000])
def test_parquet(benchmark: Any, tmp_path: Path, children: int) -> None:
    """Read, check and count: 150 authorities, 8 years, four covariates."""
    size = replace(made_up_cells.BIG, children=children)
    file = made_up_cells.write_children(tmp_path, size) / "children.parquet"
    outcome = Binary("again", aim=Aim.FEWER, worthwhile=0.01, label="made-up re-referral (synthetic)")

    def counted() -> float:
        cohort = read_cohort(str(file), authority="authority", period="period")
        return float(collapse(cohort, outcome, size.columns).total.sum())

    assert benchmark(counted) > 0.9 * children
