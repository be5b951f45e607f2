"""A design of one's own: what it is told apart by, what it shows, and the models that it refuses."""

from functools import partial

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes.fitting import PyMCDesign, fit_layout
from sos_bayes.fitting.runs.cache_key import question_of
from tests.designs.panels import PATTERNS, panel
from tests.fitting.pymc.own_models import FAULTY, LAYOUT, shown, simple

CANARY = 77_317_731.0


@pytest.mark.parametrize("name", FAULTY)
def test_a_model_that_cannot_be_asked_is_refused(name):
    build, said = FAULTY[name]
    with pytest.raises(sb.SosBayesError, match=said) as caught:
        PyMCDesign(build).readable(LAYOUT)
    assert caught.value.where
    assert caught.value.cure


def test_an_error_of_the_function_s_own_tells_its_line_and_no_count():
    with pytest.raises(sb.SosBayesError) as caught:
        fit_layout(LAYOUT, PyMCDesign(FAULTY["an error"][0]), method="nuts")
    said = str(caught.value)
    assert "of own_models.py" in said
    assert "SOS_BAYES_UNSEALED=1" in said
    assert str(LAYOUT.cells.events.tolist())[:20] not in shown(caught.value)


def test_an_error_of_the_library_s_own_kind_passes_as_it_is():
    def refusing(cells, coords, exposure):
        raise sb.SosBayesError("These cells are not for this model.", cure="Take others.")

    with pytest.raises(sb.SosBayesError, match="not for this model"):
        PyMCDesign(refusing).readable(LAYOUT)


def test_what_the_function_holds_is_not_shown():
    secret = np.full((3, 3), CANARY)

    def failing(cells, coords, exposure):
        raise RuntimeError(secret)

    for design in (PyMCDesign(failing), PyMCDesign(partial(simple, shared=secret))):
        assert "77317731" not in f"{design!r} {design}"
    with pytest.raises(sb.SosBayesError) as caught:
        fit_layout(LAYOUT, PyMCDesign(failing), method="nuts")
    assert "77317731" not in shown(caught.value)


def test_covariates_make_patterns_which_both_worlds_need():
    layout = panel(authorities=4, periods=3, starts=(1, 2), patterns=PATTERNS[:2])
    design = PyMCDesign(simple, adjust=("age", sb.Category("sex")))
    assert design.columns == ("age", "sex")
    assert design.varying == ()
    with pytest.raises(sb.SosBayesError, match="'pattern'"):
        design.readable(layout)


@pytest.mark.parametrize(("build", "adjust", "said"), [(3, (), "cannot be called"), (simple, "sex", "bare string")])
def test_arguments_are_looked_at_where_they_are_written(build, adjust, said):
    with pytest.raises(sb.SosBayesError, match=said):
        PyMCDesign(build, adjust=adjust)


def test_designs_are_told_apart_by_what_the_function_says_and_reads():
    one, other = (PyMCDesign(partial(simple, shared=shared)) for shared in (0.0, 0.1))
    assert question_of(LAYOUT, one) == question_of(LAYOUT, PyMCDesign(partial(simple, shared=0.0)))
    assert question_of(LAYOUT, one) != question_of(LAYOUT, other)
    assert question_of(LAYOUT, PyMCDesign(partial(simple, shared=object()))) is None


def test_there_is_no_fast_route_and_the_model_is_handed_out():
    with pytest.raises(sb.SosBayesError, match="no fast route"):
        fit_layout(LAYOUT, PyMCDesign(simple), method="fast")
    made = sb.simulation.made_up_england(sb.simulation.Scenario(authorities=6, adopters=2, periods=4), seed=1)
    data = sb.read_panel(made.panel, authority="authority", period="period")
    model = sb.to_pymc(data, made.rollout, made.outcome, PyMCDesign(simple))
    assert [v.name for v in model.free_RVs] == ["level", "period_effect", "effect"]
    with pytest.raises(sb.SosBayesError, match="no priors or terms"):
        sb.to_pymc(data, made.rollout, made.outcome, PyMCDesign(simple), terms={"bump": lambda model: 0.0})
