"""Bands as numbers: midpoints are those of the edges, whatever the order, and a level that is no band has none."""

import numpy as np
import pytest

from sos_bayes._core.errors import DataError, DesignError
from sos_bayes.data import Bins
from sos_bayes.data.children.band_scores import midpoints
from sos_bayes.designs import DiD
from sos_bayes.designs.did_terms import scores


def test_midpoints_are_read_back_from_the_words_of_bands():
    bins = Bins("x", edges=(-2.5, 0, 1e-3, 4, 1e7))
    expected = [-5.0, -1.25, 0.0005, 2.0005, (4 + 1e7) / 2, 2e7 - 4]
    np.testing.assert_allclose(midpoints(bins.labels), expected, rtol=1e-12)
    np.testing.assert_allclose(midpoints(bins.labels[::-1]), expected[::-1], rtol=1e-12)


def test_without_a_neighbour_an_end_is_its_edge():
    np.testing.assert_allclose(midpoints(["under 3", "3 and over"]), [3.0, 3.0])


def test_what_is_not_recorded_has_a_column_of_its_own():
    z = scores([*Bins("x", edges=(1, 2, 3)).labels, "not recorded"])
    assert z.shape == (5, 2)
    np.testing.assert_allclose([z[:4, 0].mean(), z[:4, 0].std()], [0, 1], atol=1e-12)
    assert z[4].tolist() == [0.0, 1.0]


@pytest.mark.parametrize("quantiles", [1, 101, True])
def test_a_hundred_scored_bands_and_no_more(quantiles):
    assert Bins("x", quantiles=100, scored=True).quantiles == 100
    with pytest.raises(DataError, match="from 2 to 100"):
        Bins("x", quantiles=quantiles, scored=True)
    with pytest.raises(DataError, match="from 2 to 20"):
        Bins("x", quantiles=21)


def test_scored_is_a_truth_value():
    with pytest.raises(DataError, match="neither True nor False"):
        Bins("x", quantiles=4, scored=1)


def test_many_bands_are_not_spelt_out():
    assert "in 31 bands, which share one slope" in Bins("x", edges=tuple(range(30)), scored=True).note


def test_effects_do_not_vary_by_a_slope():
    with pytest.raises(DesignError, match="scored=True") as fault:
        DiD(vary_by=(Bins("age", quantiles=50, scored=True),))
    assert "quantiles=3" in fault.value.cure
