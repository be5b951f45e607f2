"""The coordinate of the residual sd against a regression on the rows."""

import numpy as np
import pandas as pd
import pytest

from sos_bayes.data.cells.within_cell_units import pooled
from sos_bayes.designs import DiD
from sos_bayes.designs.residual_scale import residual_of
from tests.designs.panels import PATTERNS
from tests.designs.values import values_of


@pytest.mark.parametrize("patterns", [((),), PATTERNS], ids=["plain", "patterns"])
def test_it_lies_where_a_regression_of_the_rows_leaves_it(patterns):
    layout, _, rows = values_of(patterns=patterns, size=30, empty=[(0, 1), (3, 2)])
    found = DiD(adjust=layout.cells.columns).model(layout).residual
    keys = [rows["la"] + rows["year"].astype(str), *(rows[c] for c in layout.cells.columns)]
    design = pd.get_dummies(pd.concat(keys, axis=1), dtype=float).to_numpy()
    y = rows["score"].to_numpy()
    fitted, _, rank, _ = np.linalg.lstsq(design, y, rcond=None)
    rest, left = float(((y - design @ fitted) ** 2).sum()), len(y) - int(rank)
    units = pooled(layout.cells)
    assert found.degrees == units.degrees + 1
    assert found.width == pytest.approx(1 / np.sqrt(2 * (left + 1)))
    assert np.exp(2 * found.centre) == pytest.approx((rest / units.sd**2 + 1) / (left + 1), rel=1e-10)


def test_without_covariates_it_is_the_pooled_sd_itself():
    layout, _, _ = values_of(size=30)
    found = residual_of(layout.cells, None)
    assert found.centre == pytest.approx(0.0, abs=1e-12)
    assert found.width == pytest.approx(1 / np.sqrt(2 * found.degrees))
