"""Study records: what is refused, with a cure, and what is never printed."""

import pytest

from sos_bayes._core.errors import DataError
from tests.ratings.made_up import study


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"design": "randomized"}, 'Did you mean "randomised"'),
        ({"found": "better"}, "is not allowed"),
        ({"attrition": 35}, "is not a share"),
        ({"attrition": -0.1}, "is not a share"),
        ({"attrition": "35 %"}, "is no number"),
        ({"follow_up_months": "a year"}, "is no number"),
        ({"sample": 0}, "no whole number above 0"),
        ({"sample": 12.5}, "no whole number above 0"),
        ({"follow_up_months": float("nan")}, "below 0 or no number"),
        ({"credible": "yes"}, "neither yes, no nor None"),
        ({"outcome": None}, "A finding without a child outcome"),
        ({"found": "not_measured"}, "an outcome without a finding"),
        ({"inferred": ("samples",)}, 'Did you mean "sample"'),
    ],
)
def test_a_record_that_cannot_be_is_refused_with_a_cure(changes, said):
    with pytest.raises(DataError, match=said) as fault:
        study(**changes)
    assert fault.value.cure
    assert "trial" in fault.value.where


def test_a_record_without_a_citation_is_refused():
    from sos_bayes.ratings import StudyRecord

    with pytest.raises(DataError, match="no citation"):
        StudyRecord("trial", " ", design="randomised")


def test_percent_of_attrition_is_told_as_a_share():
    with pytest.raises(DataError) as fault:
        study(attrition=35)
    assert "attrition=0.35" in fault.value.cure


def test_its_sample_is_not_in_its_repr():
    assert "17" not in repr(study(sample=17))
