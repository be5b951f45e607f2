"""Prices of one year and discounting: by hand, and refused where a figure would have to be assumed."""

import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.costs import Benefit, Costs, Prices
from tests.costs.made_up import line

INDEX = {2017: 100.0, 2018: 102.0, 2020: 106.0}


def test_amounts_are_inflated_and_discounted_as_by_hand():
    prices = Prices(2020, discount_rate=0.035, base=2018, index=INDEX, source="invented")
    lines = [line(1000.0, price_year=2017, paid=2018, years=3), line(500.0, price_year=2020, paid=2019)]
    by_hand = 1000 * 106 / 100 * (1 + 1 / 1.035 + 1 / 1.035**2) + 500 / 1.035
    assert Costs(lines, prices).total == pytest.approx(by_hand)


def test_a_rate_of_nought_discounts_nothing_and_years_before_the_base_count_more():
    lines = [line(100.0, years=4)]
    assert Costs(lines, Prices(2018, discount_rate=0)).total == 400
    assert Costs(lines, Prices(2018, discount_rate=0.1, base=2019)).total == pytest.approx(
        100 * (1.1 + 1 + 1 / 1.1 + 1 / 1.21)
    )


def test_mixed_price_years_without_an_index_are_refused():
    with pytest.raises(DataError, match=r"prices of 2018 .* those of 2020, .* no index for 2018 and 2020") as fault:
        Costs([line(), line(price_year=2020)], Prices(2020, discount_rate=0))
    assert "index={2018" in fault.value.cure
    with pytest.raises(DataError, match="no index for 2018"):
        Costs([line()], Prices(2020, discount_rate=0, index={2020: 100.0}, source="invented"))


def test_later_years_without_a_rate_are_refused():
    with pytest.raises(DataError, match="falls in 2019, which is not the base year 2018") as fault:
        Costs([line(years=2)], Prices(2018))
    assert "0.035" in fault.value.cure


@pytest.mark.parametrize("rate", [3.5, 0.5, 100, -0.01])
def test_a_rate_in_percent_or_below_nought_is_refused_with_the_proportion(rate):
    with pytest.raises(DataError, match="is not a proportion") as fault:
        Prices(2018, discount_rate=rate)
    assert f"discount_rate={abs(rate) / 100:g}" in fault.value.cure


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"year": "2018"}, "year='2018' is not a year"), ({"base": 18}, "base=18 is not a year"),
     ({"discount_rate": "3.5"}, "is no number"), ({"index": {"2018": 100.0}}, "a year of the index='2018'"),
     ({"index": {2018: "100"}}, "no positive number")],
)  # fmt: skip
def test_what_is_no_year_and_no_number_is_refused(changes, said):
    with pytest.raises(DataError, match=said) as fault:
        Prices(**{"year": 2018, "source": "invented", **changes})
    assert fault.value.cure


def test_an_index_needs_a_source_and_positive_values_and_is_copied():
    with pytest.raises(DataError, match="no source"):
        Prices(2018, index=INDEX)
    with pytest.raises(DataError, match="no positive number"):
        Prices(2018, index={2018: 0.0}, source="invented")
    given = dict(INDEX)
    prices = Prices(2018, index=given, source="invented")
    given[2017] = 1.0
    assert prices.index[2017] == 100.0


def test_a_benefit_needs_a_source_and_an_amount():
    with pytest.raises(DataError, match="no source"):
        Benefit(10, "event", price_year=2018, source=" ")
    with pytest.raises(DataError, match="negative"):
        Benefit(-10, "event", price_year=2018, source="invented")
