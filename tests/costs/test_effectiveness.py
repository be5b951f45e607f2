"""Net benefit and its probabilities, against arithmetic; words that claim no saving; what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

import sos_bayes as sb
from sos_bayes._core.errors import DataError, DesignError
from sos_bayes.costs import Benefit, Costs, Prices
from sos_bayes.fitting.posterior.diagnostics import Health
from tests.costs.made_up import AGAIN, KIN, PLANS, WAIT, effect, line

COSTS = Costs([line()], Prices(2018), children=6_000, authorities=9)
WORTH = Benefit(1_000, "event", price_year=2018, source="invented")


def found(e=None, costs=COSTS, **changes):
    return sb.cost_effectiveness(e or effect(), costs, **{"benefit": WORTH, **changes})


def test_net_benefit_and_its_probability_are_those_of_the_normal():
    answer = found()
    assert answer.net_benefit().mean() == pytest.approx(0.02 * 1000 - 15, abs=0.5)
    assert answer.p_cost_effective() == pytest.approx(norm.cdf(0.5), abs=0.01)
    assert answer.p_cost_effective(0.0) == 0.0
    curve = answer.acceptability()
    assert curve["willingness"].iloc[[0, -1]].tolist() == [0.0, 2000.0]
    assert curve["p_cost_effective"].iloc[-1] == pytest.approx(norm.cdf(1.25), abs=0.01)
    assert np.diff(curve["p_cost_effective"]).min() >= 0


@pytest.mark.parametrize(
    ("outcome", "mean", "unit", "gain", "said"),
    [(AGAIN, -0.02, "event", 0.02, "event avoided"), (KIN, -0.13, "event", -0.13, "event gained"),
     (PLANS, -5.0, "event", 5e-4, "event avoided"), (WAIT, -3.0, "days", 3.0, r"unit \(days\) less")],
)  # fmt: skip
def test_gains_count_towards_the_aim_for_each_child(outcome, mean, unit, gain, said):
    answer = found(effect(outcome, mean, abs(mean) / 10), benefit=replace(WORTH, of=unit))
    assert answer.gain.mean() == pytest.approx(gain, rel=0.01)
    assert answer.unit == said.replace("\\", "")
    assert answer.p_gain == (gain > 0)


def test_costs_are_drawn_over_their_range_and_prices_and_years_are_the_costs():
    costs = Costs([line(low=60_000, high=140_000, shape="gamma")],
                  Prices(2018, discount_rate=0.035), children=6_000)  # fmt: skip
    answer = found(costs=costs, benefit=replace(WORTH, paid=2020, years=2))
    assert answer.cost.mean() == pytest.approx(15, rel=0.01)
    assert answer.cost.std() == pytest.approx(80_000 / 3.92 / 6_000, rel=0.03)
    assert answer.worth.mean() == pytest.approx(1000 * (1.035**-2 + 1.035**-3))
    assert abs(np.corrcoef(answer.cost, answer.gain)[0, 1]) < 0.03
    assert sum(answer.band_probabilities().values()) == pytest.approx(1)
    again = found(costs=costs, benefit=replace(WORTH, paid=2020, years=2))
    assert again.cost.tobytes() == answer.cost.tobytes()


def test_what_is_in_all_is_by_rounded_children():
    table = found(costs=Costs([line()], Prices(2018), children=6_003, authorities=9)).to_frame()
    one, each, everything = table[table["figure"] == "net benefit"]["mean"]
    assert everything / one == pytest.approx(6_005)
    assert everything / each == pytest.approx(9)


def test_a_saving_is_said_as_a_probability_and_of_cashable_benefits_alone():
    assert found().p_cost_saving is None
    assert "cost saving" not in str(found())
    assert "whether money is saved is not asked" in str(found())
    said = str(found(benefit=replace(WORTH, cashable=True)))
    assert "P = 0.69 that it is cost saving, if all of the benefit can be cashed" in said
    unknown = str(found(benefit=None, willingness=[0, 5_000]))
    assert "saving" not in unknown
    assert "no benefit was given" in unknown


def test_the_sentence_names_estimand_source_and_what_it_is_not():
    said = str(found())
    for wanted in ("(SATT)", "source: invented", "in prices of 2018", "EIF cost band 1", "its grade says",
                   "£15.00 for each child", "P = 0.69 that it is cost-effective"):  # fmt: skip
        assert wanted in said
    assert "Pounds for one event avoided are not given" in str(found(effect(sd=0.02)))
    assert "£750.00 are spent for one event avoided" in str(found(effect(sd=1e-9)))
    assert "Practice decides who is counted" in str(found(replace(effect(), selected=True)))
    assert "6,000" not in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"scale": "ratio"}, "'ratio' has no cost"), ({"scale": "events"}, "'events' has no cost"),
     ({"estimand": "gap"}, "'gap' has no cost"), ({"at": "median"}, "Medians do not add up"),
     ({"health": Health(False, ("chains disagree",), ())}, "health gate")],
)  # fmt: skip
def test_effects_without_a_cost_beside_them_are_refused(changes, said):
    with pytest.raises(DesignError, match=said) as fault:
        found(replace(effect(), **changes))
    assert fault.value.cure


def test_a_benefit_for_another_unit_is_refused():
    with pytest.raises(DesignError, match="for each 'event', and the effect is counted in 'days'") as fault:
        found(effect(WAIT, -3.0, 1.0))
    assert "'days'" in fault.value.cure


@pytest.mark.parametrize("changes", [{"benefit": None}, {"willingness": [5]}, {"willingness": [-1, 5]},
                                     {"costs": Costs([line()], Prices(2018))}, {"seed": -1}])  # fmt: skip
def test_what_is_missing_is_said(changes):
    with pytest.raises(DataError) as fault:
        found(**changes)
    assert fault.value.cure
    with pytest.raises(DataError, match="Willingness to pay is negative"):
        found().net_benefit(-1)
    with pytest.raises(DataError, match="No benefit"):
        found(benefit=None, willingness=[0, 1]).net_benefit()
