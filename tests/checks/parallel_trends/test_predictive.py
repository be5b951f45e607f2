"""Discrepancies between the data and replicates of the model: quiet where it is right, heard where it is not."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes.checks.fit_under_test import under_test
from sos_bayes.checks.parallel_trends import predictive
from sos_bayes.checks.parallel_trends.discrepancies import WORDS, Discrepancies, Discrepancy, _odd, discrepancies
from sos_bayes.checks.parallel_trends.predictive import check_predictive
from sos_bayes.checks.result import State
from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import estimate
from sos_bayes.evidence import grade
from sos_bayes.fitting import fit_layout
from sos_bayes.simulation import made_up_england, made_up_world
from tests.contracts.test_readable_model import SETTINGS
from tests.designs.levels import leveled
from tests.designs.panels import PATTERNS, known_by_bounds, panel
from tests.designs.values import values_of


def fast(layout, design=None):
    return fit_layout(layout, design or DiD(), method="fast", seed=1, n_draws=1000, fall_back=False)


def of_world(made):
    return fast(layout_of(made.cells, made.rollout))


def test_a_model_that_is_right_is_not_alarmed(tested):
    result = check_predictive(tested)
    assert result.state is State.REPORTED
    assert result.number("p_oddest") > 0.05
    assert result.bearing is None
    assert "none is odd" in result.sentence
    for name in WORDS:
        assert result.number(f"{name}_low") <= result.number(f"{name}_high")
        assert 0 < result.number(f"{name}_p") <= 1
        assert 0 <= result.number(f"{name}_false_alarms") <= predictive.ALARM


def test_its_false_alarms_are_those_of_the_page(checkout):
    """Three rows of a hundred panels each in which the model is right, together."""
    page = (checkout / "docs" / "how-to" / "what_is_looked_at.md").read_text()
    table = page[page.index("| panels | the oddest |") :].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:5]]
    assert all("right" in row[0] or "an effect" in row[0] for row in rows)
    said = np.mean([[float(cell.removesuffix(" %")) / 100 for cell in row[1:]] for row in rows], axis=0)
    np.testing.assert_allclose(list(predictive.FALSE_ALARMS.values()), said, atol=5.1e-4)
    assert tuple(predictive.FALSE_ALARMS)[1:] == tuple(WORDS)


def test_movement_in_common_is_odd_and_weakens():
    found = [check_predictive(under_test(of_world(made_up_world("regions", seed=20_000 + s)))) for s in range(8)]
    odd = [one for one in found if one.number("correlation_p") <= 0.05]
    calm = [check_predictive(under_test(of_world(made_up_england(seed=50 + s)))) for s in range(8)]
    assert len(odd) >= 2 > sum(one.number("correlation_p") <= 0.05 for one in calm)
    assert all((one.bearing == "weakens") == (one.number("p_oddest") <= 0.05) for one in (*found, *calm))


def test_one_cell_out_of_line_is_the_furthest():
    made = made_up_england(seed=1)
    layout = layout_of(made.cells, made.rollout)
    events = layout.cells.events.copy()
    place = (int(layout.comparators[0]), 3)
    events[place] = np.round(layout.cells.total[place] * 0.9)
    found = discrepancies(fast(replace(layout, cells=replace(layout.cells, events=events))))
    by_name = {one.name: one for one in found.each}
    assert found.p <= 0.05
    assert by_name["extremes"].p <= 0.02
    assert by_name["authorities"].p <= 0.02
    assert by_name["extremes"].value > by_name["extremes"].high


KINDS = {
    "covariates": (panel(authorities=8, periods=5, patterns=PATTERNS[:4]), DiD(adjust=("age", "sex"))),
    "poisson": (panel(authorities=8, family="poisson", per=100.0), DiD()),
    "overdispersed": (
        panel(authorities=8, family="negative_binomial", patterns=PATTERNS[:4], size=200.0), DiD(adjust=("age", "sex"))
    ),
    "measured": (values_of(authorities=8, starts=(2, 3))[0], DiD()),
    "ordinal": (leveled(authorities=8)[0], DiD()),
    "gaps": (panel(authorities=8, empty=[(4, 1), (5, 0), (6, 3)]), DiD()),
    "bounds": (known_by_bounds(panel(authorities=8), {(4, 1): (1, 5), (5, 2): (1, 20)}), DiD()),
    "subgroups": (panel(authorities=8, patterns=PATTERNS[:4]), DiD(vary_by=("sex",), adjust=("age",))),
    "quarters": (panel(authorities=8, periods=9, quarters=True, starts=(4, 6)), DiD()),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_outcome_is_looked_at(name):
    layout, design = KINDS[name]
    found = discrepancies(fast(layout, design))
    names = {one.name for one in found.each}
    assert ("empty" in names) == (name != "measured")
    assert {"dispersion", "lag_1", "correlation", "extremes"} <= names
    assert all(np.isfinite([one.value, one.low, one.middle, one.high, one.p]).all() for one in found.each)
    assert 0 < found.p <= 1
    assert found.replicates >= 60


def test_a_duration_is_looked_at():
    layout, design = SETTINGS["hazards"]
    assert {one.name for one in discrepancies(fast(layout, design)).each} >= {"dispersion", "extremes", "empty"}


def test_treated_cells_are_not_looked_at(fit):
    layout = fit.layout
    events = np.where(layout.treated[:, :, None], 0.0, layout.cells.events)
    other = replace(fit, layout=replace(layout, cells=replace(layout.cells, events=events)))
    assert discrepancies(other) == discrepancies(fit)


def test_how_odd_a_value_is_among_all():
    values = np.array([5.0, 1.0, 2.0, 3.0])
    assert _odd(values, two_sided=False).tolist() == [0.25, 1.0, 0.75, 0.5]
    assert _odd(values, two_sided=True).tolist() == [0.5, 0.5, 1.0, 1.0]


def test_few_authorities_or_a_subgroup_are_not_asked(tested):
    few = check_predictive(under_test(fast(panel(authorities=5, starts=(2, 2)))))
    assert few.state is State.NOT_APPLICABLE
    assert check_predictive(replace(tested, part=("age", "0-4"))).state is State.NOT_APPLICABLE


def test_no_grade_hangs_on_it(fit, checked, monkeypatch):
    """Odd or not, switched off or absent: strength, direction and the null finding stay what they were."""
    odd = Discrepancies((Discrepancy("extremes", 9.0, 1.0, 2.0, 3.0, 0.002),), 0.002, 400)
    monkeypatch.setattr(predictive, "discrepancies", lambda fit: odd)
    loud = check_predictive(under_test(fit))
    assert loud.bearing == "weakens"
    assert "compare other structures" in loud.sentence
    others = tuple(one for name, one in checked.items() if name != "predictive")
    off = replace(loud, state=State.SWITCHED_OFF, numbers=(), bearing=None)
    effect = estimate(fit)
    verdicts = {(g.strength, g.direction, g.null_finding) for g in
                (grade(effect, (*others, *more)) for more in ((), (loud,), (off,)))}  # fmt: skip
    assert len(verdicts) == 1
