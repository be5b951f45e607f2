"""Costs for each child and authority, the band, and no count that can be worked back."""

import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.costs import Costs, Prices, cost_band
from tests.costs.made_up import line

NOW = Prices(2018)


def test_lines_are_summed_over_children_and_authorities():
    lines = [line(9_000.0), line(1_000.0, "management", per="authority"), line(2.0, "ongoing", per="child")]
    costs = Costs(lines, NOW, children=6_000, authorities=9)
    assert costs.total == 9_000 + 9 * 1_000 + 2 * 6_000
    assert (costs.unit_cost, costs.per_authority) == (5.0, pytest.approx(30_000 / 9))
    table = costs.to_frame().set_index("kind")
    assert table.loc["ongoing costs", "total"] == 12_000
    assert table["total"].iloc[:-1].sum() == table.loc["all", "total"] == 30_000
    assert table["share"].iloc[:-1].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("pounds", "band"),
    [(0, 1), (99.99, 1), (100, 2), (499, 2), (499.5, 2), (500, 3), (999.99, 3), (1000, 4), (2000, 4), (2000.01, 5),
     (float("nan"), None), (-1.0, None)],
)  # fmt: skip
def test_bands_have_no_gaps(pounds, band):
    assert cost_band(pounds) == band


def test_without_children_there_is_no_unit_cost_and_the_band_is_na():
    costs = Costs([line()], NOW, authorities=9)
    assert (costs.unit_cost, costs.band, costs.per_authority) == (None, None, 10_000)
    assert "EIF cost band NA: no unit cost" in str(costs)
    assert "£90,000 in all" in str(Costs([line()], NOW))


@pytest.mark.parametrize(
    ("children", "said"), [(0, "No child is exposed"), (7, "Fewer than 10 children"), (-5, "no whole number"),
                           (12.5, "no whole number"), ({"A": 3, "B": 4}, "Fewer than 10"), ({}, "No child is exposed")],
)  # fmt: skip
def test_no_children_or_too_few_are_refused_without_the_number(children, said):
    with pytest.raises(DataError, match=said) as fault:
        Costs([line()], NOW, children=children)
    assert fault.value.cure
    assert "7" not in str(fault.value)


def test_a_cost_for_each_authority_needs_their_number():
    with pytest.raises(DataError, match="for each authority, and how many there are was not given"):
        Costs([line(per="authority")], NOW, children=100)
    with pytest.raises(DataError, match="for each child"):
        Costs([line(per="child")], NOW, authorities=2)
    with pytest.raises(DataError, match="authorities=0"):
        Costs([line()], NOW, authorities=0)


def test_children_are_rounded_before_they_divide_so_that_no_count_comes_back():
    costs = Costs([line(8_888.0)], NOW, children=1_003)
    assert costs.total / costs.unit_cost == pytest.approx(1_005)
    assert not any("1003" in str(x) or "1,003" in str(x) for x in (costs, repr(costs), costs.to_frame()))
    assert costs.children == 1_005


def test_small_authorities_and_the_next_smallest_are_withheld():
    sizes = {"Ashford": 7, "Birchley": 42, "Cedarham": 1_201, "Dale": 600}
    costs = Costs([line(18_500.0), line(100.0, "management", per="authority")], NOW, children=sizes)
    table = costs.by_authority().set_index("authority")
    assert table["children"].isna().tolist() == table["cost"].isna().tolist() == [True, True, False, False]
    assert table.loc["Cedarham", "children"] == 1_200
    assert table.loc["Dale", "cost"] == pytest.approx(100 + 600 * 18_500 / 1_850)
    held = [getattr(costs, name) for name in ("children", "by")]
    assert "7" not in [str(n) for _, n in held[1]]
    with pytest.raises(DataError, match="not given by authority"):
        Costs([line()], NOW, children=1000).by_authority()
