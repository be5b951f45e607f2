"""Numbers of the authorities from the table to the verdict: read, fitted, named wherever the effect is."""

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes._core.errors import DesignError
from sos_bayes.checks import CHECKS
from sos_bayes.designs import DiD
from sos_bayes.designs.baselines.numbers import Baselines
from sos_bayes.estimands import ReleasedFit
from sos_bayes.fitting import fit_layout, prepare_layout
from sos_bayes.fitting.runs.cache_key import question_of
from tests.designs.panels import panel, with_baselines
from tests.recovery.baseline_worlds import DESIGNS, OUTCOME, WORLDS, made

PANEL, ROLLOUT = made(WORLDS["trends go with poverty, adopters poorer"], seed=3)
DESIGN = DESIGNS["with"]
OTHERS = tuple(name for name in CHECKS if name not in ("weighting", "patt"))


@pytest.fixture(scope="module")
def fitted():
    return sb.fit(PANEL, ROLLOUT, OUTCOME, DESIGN, method="fast", seed=1)


def test_the_effect_and_its_verdict_name_it(fitted):
    effect = sb.estimate(fitted)
    assert effect.choices == ("adjusted in every period for poverty",)
    assert effect.describe().endswith("of expected outcomes, adjusted in every period for poverty")
    assert "adjusted in every period for poverty" in sb.grade(effect, sb.check(fitted, skip=OTHERS)).sentence
    assert any("Adjusted for" in note for note in fitted.notes)


def test_slopes_have_names_and_sum_to_zero(fitted):
    tree = sb.to_datatree(fitted, cells=True)
    slopes = fitted.draws.shared["baseline"]
    assert slopes.shape[-1] == 8
    np.testing.assert_allclose(slopes.sum(axis=-1), 0, atol=1e-12)
    low, high = np.quantile(slopes[..., -1] - slopes[..., 0], (0.025, 0.975))
    assert low < 0.05 * 7 * fitted.layout.baselines.values.std() / 5 < high  # .05 a year for one sd of five points
    assert low > 0
    named = tree["posterior"]["baseline_effect"]
    assert named.dims == ("chain", "draw", "number", "period")
    assert named["number"].values.tolist() == ["poverty"]


def test_the_readable_model_has_it_along_names():
    model = sb.to_pymc(PANEL, ROLLOUT, OUTCOME, DESIGN)
    assert model.named_vars_to_dims["baseline_effect"] == ("number", "period")
    assert list(model.coords["number"]) == ["poverty"]


def test_answers_of_other_numbers_are_told_apart():
    layout = with_baselines(panel(), 1)
    other = layout.with_numbers(Baselines(("x0",), layout.baselines.values[::-1].copy()))
    design = DiD(baseline=("x0",))
    assert question_of(layout, design) != question_of(other, design)
    assert question_of(layout, design) != question_of(layout, DiD())


def test_a_layout_without_the_number_says_where_it_is_read():
    with pytest.raises(DesignError, match='no number "poverty"'):
        fit_layout(panel(), DESIGN)


def test_rows_of_children_have_no_numbers_of_authorities():
    england = sb.simulation.made_up_england(seed=1)
    rows = sb.read_cohort(england.children(seed=1), authority="authority", period="period")
    with pytest.raises(DesignError, match="rows of children"):
        prepare_layout(rows, england.rollout, england.child_outcome, DESIGN)


def test_a_file_with_cells_holds_it_and_another_holds_none_of_it(fitted, tmp_path):
    again = sb.load(sb.save(fitted, tmp_path / "fit.cells.nc", cells=True))
    assert again.layout.baselines.columns == ("poverty",)
    np.testing.assert_array_equal(again.layout.baselines.values, fitted.layout.baselines.values)
    assert sb.estimate(again).mean == sb.estimate(fitted).mean
    released = sb.load(sb.save(fitted, tmp_path / "fit.nc"))
    assert released.design.baseline == ("poverty",)
    assert isinstance(released, ReleasedFit)


NO_COLUMNS = [
    ("poverty", "bare string"),
    ((1,), "other than"),
    (("a", "a"), "twice"),
    ((sb.Bins("a", edges=(1,)),), "other than"),
]


@pytest.mark.parametrize(("named", "said"), NO_COLUMNS)
def test_what_is_no_tuple_of_columns_is_refused(named, said):
    with pytest.raises(DesignError, match=said):
        DiD(baseline=named)
