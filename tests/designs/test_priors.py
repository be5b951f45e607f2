"""Priors and designs are looked at where they are written."""

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes.designs.priors import HalfNormal


@pytest.mark.parametrize("value", [0, -0.1, np.nan, np.inf, True, "0.3", None, [0.3]])
@pytest.mark.parametrize(
    ("made", "where"),
    [
        (lambda value: sb.Priors(shock=value), r"Priors\(shock="),
        (lambda value: sb.LatentFactors(loading=value if value is not None else 0.0), r"LatentFactors\(loading="),
        (lambda value: sb.DiD(drift=value if value is not None else -1), r"DiD\(drift="),
    ],
)
def test_a_width_is_a_number_above_zero(value, made, where):
    with pytest.raises(sb.SosBayesError, match=where) as caught:
        made(value)
    assert "positive number" in caught.value.cure


@pytest.mark.parametrize("name", ["leads", "cohorts"])
def test_what_may_be_learnt_is_true_or_a_width(name):
    assert getattr(sb.DiD(**{name: True}), name) is True
    assert getattr(sb.DiD(**{name: 1}), name) == 1.0
    with pytest.raises(sb.SosBayesError, match=rf"DiD\({name}="):
        sb.DiD(**{name: "yes"})


def test_numbers_of_any_kind_become_floats():
    priors = sb.Priors(shock=1, effect_sd=np.float32(0.25))
    assert (priors.shock, priors.effect_sd) == (1.0, 0.25)
    assert {type(priors.shock), type(priors.effect_sd)} == {float}
    assert sb.DiD(priors=sb.Priors(effect_sd=1)) == sb.DiD(priors=sb.Priors(effect_sd=1.0))


@pytest.mark.parametrize(
    ("given", "what", "cure"),
    [
        ({"effect_sd": 0.3}, "a dict and no Priors", "sb.Priors(effect_sd=0.3)"),
        ({"shok": 1.0}, 'Did you mean "shock"', "sb.Priors(effect_sd=0.3)"),
        (0.3, "a float and no Priors", "sb.Priors("),
        (None, "a NoneType", "sb.Priors("),
        (HalfNormal(0.3), "a HalfNormal", "sb.Priors("),
    ],
)
def test_priors_of_another_kind_are_refused_with_the_cure(given, what, cure):
    with pytest.raises(sb.SosBayesError) as caught:
        sb.DiD(priors=given)
    assert what in caught.value.what
    assert cure in caught.value.cure


@pytest.mark.parametrize("changed", [{"shocks": "ar"}, {"shocks": None}, {"trends": "yes"}, {"trends": 1}])
def test_other_arguments_are_refused_where_they_are_written(changed):
    with pytest.raises(sb.SosBayesError, match=rf"DiD\({next(iter(changed))}="):
        sb.DiD(**changed)
