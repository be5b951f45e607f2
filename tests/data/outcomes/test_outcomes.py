import pickle

import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.data import Aim, Binary, Count


def binary(**changes):
    return Binary("again", **{"aim": Aim.FEWER, "worthwhile": 0.01, "label": "re-referral", **changes})


def count(**changes):
    return Count("plans", "n", **{"per": 10_000, "aim": Aim.MORE, "worthwhile": 2.0, "label": "plans", **changes})


def test_who_decides_the_denominator():
    assert (binary().denominator, binary().selected) == (None, False)
    assert (binary(among="cla").denominator, binary(among="cla").selected) == ("by_practice", True)
    assert not binary(among="cla", denominator="before_start").selected
    assert count().denominator is None
    assert binary(denominator="population").denominator == "population"
    assert count(denominator="by_practice").selected


def test_families_units_and_totals():
    assert (binary().family, binary().per, binary().total) == ("binomial", 1.0, None)
    assert (count().family, count().per, count().total) == ("poisson", 10_000, "n")
    assert (Aim.FEWER.sign, Aim.MORE.sign) == (-1, 1)


def test_outcomes_are_values():
    assert binary() == binary()
    assert hash(count()) == hash(count())
    assert pickle.loads(pickle.dumps(binary(among="cla"))) == binary(among="cla")
    with pytest.raises(AttributeError):
        binary().label = "other"


@pytest.mark.parametrize(
    ("make", "changes", "words"),
    [
        (binary, {"aim": "fewer"}, "Aim.FEWER"),
        (binary, {"worthwhile": 0}, "positive"),
        (binary, {"worthwhile": -0.01}, "positive"),
        (binary, {"worthwhile": float("nan")}, "positive"),
        (binary, {"worthwhile": True}, "positive"),
        (binary, {"worthwhile": 1.0}, "percentage point"),
        (binary, {"label": " "}, "label"),
        (binary, {"missing": "dorp"}, 'Did you mean "drop"'),
        (binary, {"denominator": "populaton"}, 'Did you mean "population"'),
        (binary, {"among": "again"}, "both events and among"),
        (binary, {"trials": "again"}, "both events and trials"),
        (binary, {"trials": 3}, "not the name of a column"),
        (count, {"per": 0}, "per=0"),
        (count, {"per": "10000"}, "positive"),
        (count, {"worthwhile": float("inf")}, "positive"),
    ],
)
def test_refusals(make, changes, words):
    with pytest.raises(DataError, match=words):
        make(**changes)


def test_effect_size_that_matters_is_required():
    with pytest.raises(TypeError, match="worthwhile"):
        Binary("again", aim=Aim.FEWER, label="re-referral")
