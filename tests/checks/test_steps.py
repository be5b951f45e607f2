"""Steps of comparators from year to year."""

import warnings
from dataclasses import replace

import numpy as np

from sos_bayes.checks.parallel_trends.year_steps import steps_at
from tests.checks.conftest import layout


def test_a_year_in_which_nobody_has_data_has_no_steps_and_no_warning():
    found = layout()
    seen = np.ones(found.cells.total.shape[:2], dtype=bool)
    seen[:, 2] = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        steps = steps_at(replace(found, cells=found.cells.where(seen)), np.array([2, 3, 5]))
    assert np.isnan(steps.size[:2]).all()
    assert np.isfinite(steps.size[2]).all()
