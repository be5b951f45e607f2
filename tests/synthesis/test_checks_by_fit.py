"""Which checks a fit with a model of its own answers: those in the table of its type; a new check does not apply."""

from dataclasses import replace

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes.checks import CHECKS, State
from sos_bayes.checks.by_type_of_fit import ANSWERED, Answered, answered_by
from sos_bayes.fitting import Health
from sos_bayes.synthesis.comparing.checks import IMPUTED
from sos_bayes.synthesis.first_stage.first_stage import draws_of
from sos_bayes.synthesis.panel.series import series_of
from sos_bayes.synthesis.second_stage.effects_given_prediction import EffectPriors, Predicted
from sos_bayes.synthesis.second_stage.imputed_fit import ImputedFit
from tests.synthesis.made_up import counted, layout, plain_panel, share

DESIGNS = {"synthetic control": sb.SyntheticControl(), "latent factors": sb.LatentFactors()}
PRIORS = EffectPriors(effect_sd=0.5, heterogeneity=0.2, lag_step=0.15)
NEW = "made_up"


def fit_of(design):
    """A fit of one adopter, predicted well."""
    series = series_of(layout(counted(plain_panel(adopters=1, after=3, effect=-0.5)), 2012, share()), ())
    n, (before, after) = 2_000, (series.value[0, :12], series.value[0, 12:])
    told = Predicted(
        np.broadcast_to(after + 0.4, (n, 3)), np.broadcast_to(0.02 * np.eye(3), (n, 3, 3)),
        np.broadcast_to(before, (n, 12)),
    )  # fmt: skip
    draws = draws_of(series, [told], PRIORS, 1, (2, n // 2))
    good = Health(True, (), ())
    return ImputedFit(series.layout, design, "nuts", 1, series, (told,), PRIORS, draws, None, good, (), ())


@pytest.fixture(scope="module", params=DESIGNS.values(), ids=DESIGNS)
def fit(request):
    return fit_of(request.param)


def test_a_new_check_does_not_apply_and_leaves_the_grade_alone(fit, monkeypatch):
    before = sb.check(fit)
    monkeypatch.setitem(CHECKS, NEW, lambda bench: pytest.fail("asked of a fit that has no answer to it"))
    after = sb.check(fit)
    (new,) = [one for one in after if one.name == NEW]
    assert (new.state, new.bearing) == (State.NOT_APPLICABLE, None)
    assert new.sentence == "Not applicable: fits of this kind have no answer to it."
    assert tuple(one for one in after if one.name != NEW) == before
    effect = sb.estimate(fit)
    assert sb.grade(effect, after) == sb.grade(effect, before)


def test_every_check_is_answered_or_said_not_to_apply(fit):
    found = {one.name: one for one in sb.check(fit, skip=("denominator", "placebo_in_space"))}
    assert list(found) == [*CHECKS, *IMPUTED.own]
    assert all(found[name].state is State.NOT_APPLICABLE for name in IMPUTED.reasons)
    assert found["placebo_in_space"].state is State.SWITCHED_OFF
    assert not set(IMPUTED.checks) & set(IMPUTED.reasons)
    assert {*IMPUTED.checks, *IMPUTED.reasons} == set(CHECKS)


def test_a_check_that_does_not_exist_cannot_be_skipped(fit):
    with pytest.raises(sb.SosBayesError, match="There is no check 'befor'"):
        sb.check(fit, skip=("befor",))


def test_the_order_of_checks_does_not_matter_to_a_grade(fit):
    effect, checks = sb.estimate(fit), sb.check(fit, skip=("denominator",))
    assert replace(sb.grade(effect, checks[::-1]), weakened_by=()) == replace(sb.grade(effect, checks), weakened_by=())


def test_a_kind_of_fit_without_an_entry_answers_nothing():
    class Heir(ImputedFit):
        pass

    assert answered_by(Heir) is ANSWERED[ImputedFit] is IMPUTED
    assert answered_by(object) == Answered()
    tried = Answered().tried(object(), CHECKS, ("drift",))
    assert {one.state for one in tried} == {State.NOT_APPLICABLE, State.SWITCHED_OFF}
