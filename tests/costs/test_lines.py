"""Cost lines: what is taken, and what is refused with a cure."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.costs import KINDS, CostLine, Costs, Prices
from sos_bayes.costs.lines import as_lines
from tests.costs.made_up import line


def test_the_kinds_are_the_five_of_the_published_cost_study():
    assert KINDS == ("staff_and_training", "other_direct", "indirect", "management", "ongoing")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": -1.0}, "is negative"),
        ({"amount": float("nan")}, "is not a number"),
        ({"amount": True}, "is not a number"),
        ({"kind": "managment"}, 'Did you mean "management"'),
        ({"per": "family"}, "not one of programme, authority and child"),
        ({"price_year": "2018"}, "is not a year"),
        ({"price_year": 18}, "is not a year"),
        ({"years": 0}, "no whole number from 1 to 100"),
        ({"low": 1.0}, "A range needs low, high and its shape"),
        ({"low": 1.0, "high": 1e6, "shape": "normal"}, "A range needs low, high and its shape"),
        ({"low": 95_000.0, "high": 1e6, "shape": "gamma"}, "does not hold the amount"),
        ({"low": 90_000.0, "high": 90_000.0, "shape": "gamma"}, "or is empty"),
    ],
)
def test_a_line_that_cannot_be_is_refused_with_a_cure(changes, said):
    with pytest.raises(DataError, match=said) as fault:
        line(**changes)
    assert fault.value.cure
    assert "training" in fault.value.where


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_a_table_is_read_as_lines(frame):
    table = frame(
        {
            "label": ["training", "a manager"],
            "amount": [9e4, 5e4],
            "kind": ["staff_and_training", "management"],
            "price_year": [2018, 2018],
            "years": [1.0, 3.0],
            "low": [None, 4e4],
            "high": [None, 6e4],
            "shape": [None, "gamma"],
        }
    )
    first, second = as_lines(table)
    assert first == CostLine("training", 9e4, "staff_and_training", price_year=2018)
    assert (second.years, second.shape) == (3, "gamma")


@pytest.mark.parametrize(
    ("costs", "said"),
    [
        ([], "There is no cost line"),
        ("training", "There is no cost line"),
        ([90_000], "is no CostLine"),
        (pd.DataFrame({"label": ["a"], "amount": [1.0], "kind": ["management"]}), "lacks one of"),
        (pd.DataFrame({"label": ["a"], "ammount": [1.0]}), 'ammount. Did you mean "amount"'),
        (pd.DataFrame({"label": ["a"], "amount": [-1.0], "kind": ["management"], "price_year": [2018]}), "negative"),
    ],
)
def test_what_is_no_table_of_costs_is_refused(costs, said):
    with pytest.raises(DataError, match=said) as fault:
        Costs(costs, Prices(2018), children=1000)
    assert fault.value.cure


def test_ranges_have_the_moments_that_are_stated():
    gamma = line(100.0, low=60.0, high=160.0, shape="gamma")
    found = Costs([gamma], Prices(2018), children=100).draws(200_000, seed=3)
    assert found.mean() == pytest.approx(100, rel=0.005)
    assert found.std() == pytest.approx(100 / (2 * 1.96), rel=0.01)
    triangle = line(100.0, low=80.0, high=180.0, shape="triangular")
    costs = Costs([triangle], Prices(2018), children=100)
    assert costs.total == pytest.approx(120)
    drawn = costs.draws(200_000, seed=3)
    assert drawn.mean() == pytest.approx(120, rel=0.005)
    assert (drawn.min() >= 80, drawn.max() <= 180) == (True, True)
    assert np.unique(Costs([line(7.0)], Prices(2018)).draws(5)).tolist() == [7.0]
