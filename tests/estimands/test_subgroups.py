"""Which subgroup is different, against averages by hand. All data are synthetic."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes._core.errors import DesignError
from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import estimate, growth, heterogeneity, subgroups
from sos_bayes.estimands.weights import child_weights, treated_cells
from sos_bayes.fitting import Health, fit_layout
from sos_bayes.simulation import Scenario, made_up_subgroups
from tests.designs.panels import PATTERNS, panel
from tests.estimands.made_up_streams import made_up_streams

RNG = np.random.default_rng(4)
DRAWN = RNG.normal([-0.5, 0.0, 0.1], [0.1, 0.2, 0.3], (500, 3))


@pytest.fixture(scope="module")
def ages():
    """Three age bands whose effects are drawn."""
    return made_up_streams(panel(patterns=PATTERNS, size=600), ("age",), DRAWN)


@pytest.fixture(scope="module")
def one_apart():
    """Made-up England in which one subgroup has an effect of six points."""
    made = made_up_subgroups(effects=(-0.06, 0.0, 0.0), seed=3)
    return fit_layout(layout_of(made.cells, made.rollout), DiD(vary_by=("subgroup",)), seed=3, n_draws=4000)


def sizes(fit):
    """Children of each level before the start, over treated cells."""
    weights = child_weights(fit.layout) * treated_cells(fit.layout)[:, :, None]
    levels = [pattern[0] for pattern in fit.layout.cells.patterns]
    return np.array([weights[..., [x == level for x in levels]].sum() for level in ("0-4", "5-9", "10+")])


def test_each_is_set_against_the_children_of_the_others(ages):
    found, own, n = subgroups(ages), estimate(ages, by="age").effects, sizes(ages)
    for g, group in enumerate(found.groups):
        rest = [h for h in range(3) if h != g]
        others = sum(n[h] * own[h].draws for h in rest) / n[rest].sum()
        np.testing.assert_allclose(group.difference.draws, own[g].draws - others)
        assert group.p_above == np.mean(own[g].draws > others)
        assert group.difference.estimand == "contrast"
        link = DRAWN[:, g] - DRAWN[:, rest] @ n[rest] / n[rest].sum()
        assert group.p_above_link == pytest.approx(np.mean(link > 0))


def test_the_furthest_towards_the_aim_is_counted_on_the_scale_of_the_model(ages):
    found = subgroups(ages)
    assert [g.p_largest for g in found.groups] == [np.mean(DRAWN.argmin(axis=1) == g) for g in range(3)]
    assert [g.p_smallest for g in found.groups] == [np.mean(DRAWN.argmax(axis=1) == g) for g in range(3)]


def test_base_rates_alone_make_no_subgroup_different():
    """One effect on the model's scale; at other base rates its size in points certainly differs."""
    noise = 1e-9 * np.random.default_rng(6).standard_normal((200, 3))
    fit = made_up_streams(panel(patterns=PATTERNS, size=600), ("age",), noise - 0.4)
    shift = np.repeat([0.0, 1.0, -1.0], 5)
    found = subgroups(replace(fit, draws=replace(fit.draws, theta=fit.draws.theta * 0.01 - 1.2 + shift)))
    assert any(g.p_above in (0.0, 1.0) for g in found.groups)
    assert not any(g.different for g in found.groups)


def test_a_subgroup_apart_is_named_first(one_apart):
    found = subgroups(one_apart)
    assert found["a"].different
    assert found["a"].p_largest > 0.95
    assert found["a"].difference.mean == pytest.approx(-0.06, abs=0.02)
    assert "in a: " in found.sentence
    assert found.spread.mean > found.spread.prior_mean


def test_the_table_names_the_estimand_of_every_row(one_apart):
    table = subgroups(one_apart).to_frame()
    assert table["estimand"].tolist() == ["satt", "contrast"] * 3
    assert table["subgroup"].tolist() == ["a", "a", "b", "b", "c", "c"]
    assert not {"baseline", "n_children"} & set(table.columns)


def test_a_small_subgroup_and_a_second_one_are_left_out():
    layout = panel(patterns=PATTERNS, size=300)
    total = layout.cells.total.copy()
    total[..., 4:] = 0.0
    total[:, :, 4] = 1.0
    cells = replace(layout.cells, total=total, events=np.minimum(layout.cells.events, total))
    found = subgroups(made_up_streams(replace(layout, cells=cells), ("age",), DRAWN))
    assert len(found.groups) == 3
    assert len(found.shown()) == 1
    assert "10+" not in str(found.to_frame())
    assert "10+" not in found.sentence


@pytest.mark.parametrize(
    ("design", "by", "said"),
    [
        (DiD(adjust=("age", "sex")), "sex", r"vary_by=\('sex',\)"),
        (DiD(adjust=("sex",), vary_by=("age",)), "sex", "Effects vary by age only"),
        (DiD(vary_by=("age", "sex")), None, "several columns"),
        (DiD(), None, "lets no effects vary"),
    ],
)
def test_a_column_that_effects_do_not_vary_by_is_refused_with_the_cure(ages, design, by, said):
    with pytest.raises(DesignError, match=said) as refused:
        subgroups(replace(ages, design=design), by)
    if by:
        assert "base rates" in str(refused.value)


def test_an_unknown_level_names_the_nearest(ages):
    with pytest.raises(DesignError, match='Did you mean "0-4"'):
        subgroups(ages)["0_4"]


def test_the_posterior_names_its_streams(one_apart):
    found = one_apart.posterior
    assert found["effect"].dims == ("chain", "draw", "adopter", "stream", "period")
    assert found.sizes["stream"] == 3
    own = found["effect"].sel(stream="b", adopter="Made-up 002", period="2016").values[0]
    np.testing.assert_array_equal(own, one_apart.draws.effect[0, :, 1, 8 + 5])


def test_the_synthetic_truth_is_what_was_asked_for():
    made = made_up_subgroups(Scenario(authorities=12, adopters=4), effects=(-0.03, 0.02, 0.0), seed=5)
    assert made.truth == pytest.approx({"a": -0.03, "b": 0.02, "c": 0.0}, abs=1e-9)
    size = made._weights().sum(axis=(0, 1))
    assert made.contrasts["a"] == pytest.approx(-0.03 - 0.02 * size[1] / (size[1] + size[2]))
    children = made.children()
    whole = children.groupby(["authority", "period", "subgroup"])["events"].agg(["sum", "size"])
    assert whole["sum"].sum() == made.events.sum()
    assert whole.loc[("Made-up 003", 2014, "c")].tolist() == [made.events[2, 3, 2], made.total[2, 3, 2]]


def test_what_cannot_be_made_up_is_refused():
    with pytest.raises(DesignError, match="effect of its own"):
        made_up_subgroups(Scenario(effect=-0.02))
    with pytest.raises(DesignError, match="2 effects and 3 shares"):
        made_up_subgroups(effects=(0.0, 0.1))


@pytest.mark.parametrize("ask", [subgroups, heterogeneity, growth])
def test_a_fit_that_missed_its_gate_answers_nothing(one_apart, ask):
    found = ask(replace(one_apart, health=Health(False, ("Too few points.",), ())))
    assert "not answered" in found.sentence
    assert "Too few points." in found.sentence
    assert getattr(found, "verdict", "cannot be told") == "cannot be told"
    assert not any(g.different for g in getattr(found, "groups", ()))
