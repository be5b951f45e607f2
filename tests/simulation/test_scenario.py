"""The settings of a made-up England refuse what cannot be drawn."""

from dataclasses import replace

import pytest

from sos_bayes._core.errors import DesignError
from sos_bayes.simulation import Scenario, made_up_england

BAD = [
    {"adopters": 0},
    {"adopters": 41},
    {"periods": 1},
    {"starts": 0},
    {"starts": 8},
    {"starts": (3, 4)},
    {"starts": "sometimes"},
    {"starts": "staggered", "periods": 3},
    {"base": 0.0},
    {"base": 1.0},
    {"per": 100.0},
    {"family": "normal"},
    {"family": "poisson", "base": 0.0},
    {"shape": "wave"},
    {"period": "week"},
    {"rho": 1.0},
    {"sd_shock": -0.1},
    {"sd_shock": float("nan")},
    {"shock_df": 2.0},
    {"size_min": 500.0, "size_max": 400.0},
    {"adopters_shock_scale": 0.0},
]


@pytest.mark.parametrize("settings", BAD, ids=str)
def test_out_of_range_is_refused_by_name(settings: dict[str, object]) -> None:
    with pytest.raises(DesignError, match=r"Scenario\((" + "|".join([*settings, "starts"]) + ")="):
        Scenario(**settings)  # type: ignore[arg-type]


def test_an_effect_that_no_risk_can_have_is_refused() -> None:
    with pytest.raises(DesignError, match=r"average of -0\.6"):
        made_up_england(Scenario(effect=-0.6))


def test_a_scenario_is_a_value() -> None:
    assert replace(Scenario(), adopters=4) == Scenario(adopters=4)
    assert len({Scenario(), Scenario(), Scenario(rho=0.1)}) == 2


def test_labels_and_names_sort_as_they_stand() -> None:
    scenario = Scenario(authorities=1200, periods=6, period="quarter")
    assert scenario.labels == ("2011Q1", "2011Q2", "2011Q3", "2011Q4", "2012Q1", "2012Q2")
    assert tuple(sorted(scenario.names)) == scenario.names
    assert Scenario(periods=2).labels == (2011, 2012)
    months = Scenario(periods=14, period="month")
    assert months.labels[8:] == ("2011-09", "2011-10", "2011-11", "2011-12", "2012-01", "2012-02")
    assert months.years == pytest.approx(1 / 12)
