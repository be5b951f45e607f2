"""Several outcomes at once: what is pooled, what is left out, and where harm is read. All data are synthetic."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sos_bayes._core.errors import StudyError
from sos_bayes.data import Aim
from sos_bayes.estimands.link_effect import LinkEffect
from sos_bayes.evidence.chances import FALSE_LOW, FALSE_MODERATE, chance_of_any
from sos_bayes.fitting.posterior.diagnostics import Health
from sos_bayes.study import Study, pooled
from tests.reports.made_up import KINSHIP, PLANS, failed, finding

NAMES, YEARS = tuple(f"Made-up {i}" for i in range(12)), tuple("abcdefgh")
ROWS = np.random.default_rng(8).standard_normal((12, 8))


def answer(label, towards, sd=0.08, residuals=ROWS, *, outcome=KINSHIP, **changes):
    """Finding with this effect towards the aim on the model's scale."""
    outcome = replace(outcome, label=label, among=None, denominator="population")
    outcome = replace(outcome, **changes)
    sign = outcome.aim.sign
    link = LinkEffect(sign * towards, sd, 0.5, NAMES, YEARS, residuals)
    size = 0.2 if outcome.proportion else 45.0
    return finding(outcome, sign * size * towards, size * sd, link=link)


def noise(seed):
    """Residuals that move with nothing."""
    return np.random.default_rng(seed).standard_normal((12, 8))


def by_label(found):
    return {o.separate.outcome.label: o for o in found.outcomes}


def test_aims_are_aligned():
    """The same evidence towards the aim, whichever way the aim counts."""
    more, fewer = answer("one", 0.2), answer("other", 0.2, residuals=-ROWS, aim=Aim.FEWER)
    found = by_label(pooled([more, fewer]))
    assert found["one"].p_pooled == pytest.approx(found["other"].p_pooled)
    assert found["one"].natural_pooled[0] > 0 > found["other"].natural_pooled[0]
    assert pooled([more, fewer]).correlation[0, 1] == pytest.approx(0.98, abs=0.03)


def test_a_share_and_a_count_are_pooled_on_the_scale_of_the_model():
    found = by_label(pooled([answer("share", 0.2), answer("count", 0.2, residuals=noise(1), outcome=PLANS)]))
    assert found["count"].natural_pooled[0] == pytest.approx(45 * np.expm1(-found["count"].link_pooled[0]))
    low, middle, high = (found["share"].natural_pooled[i] for i in (1, 0, 2))
    assert low < middle < high


def test_correlated_outcomes_say_less_of_their_family():
    alone = pooled([answer("a", 0.1), answer("b", 0.1, residuals=noise(1))])
    together = pooled([answer("a", 0.1), answer("b", 0.1, residuals=ROWS + 0.2 * noise(1))])
    assert (alone.correlation_is, together.correlation_is) == ("estimated", "estimated")
    assert together.p_family < alone.p_family


def test_without_common_comparators_the_less_certain_answer_is_kept():
    other = answer("b", 0.1, residuals=noise(1))
    other = replace(other, link=replace(other.link, authorities=tuple(f"else {i}" for i in range(12))))
    found = pooled([answer("a", 0.1), other])
    assert found.correlation_is == "bounded"
    assert found.correlation is None
    either = [pooled([answer("a", 0.1), other], correlation=np.array([[1, r], [r, 1]])).p_family for r in (0, 0.8)]
    assert found.p_family == pytest.approx(min(either, key=lambda p: abs(p - 0.5)))
    assert "not known" in found.sentence


def test_a_part_of_another_outcome_is_left_out_by_name_and_a_condition_on_one_by_itself():
    whole, part, third = answer("whole", 0.1), answer("part", 0.1, residuals=noise(1)), answer("third", 0.1)
    given = answer("given", 0.1, residuals=noise(3))
    given = replace(given, effect=replace(given.effect, outcome=replace(given.outcome, among="kin", events="more")))
    found = pooled([whole, part, third, given], nested=("part",))
    assert found.labels == ("whole", "third")
    assert dict(found.left_out) == {
        "part": "part of another outcome",
        "given": "counted only among the events of another outcome",
    }


def test_a_family_leaves_the_others_out():
    found = pooled([answer(x, 0.1, residuals=noise(i)) for i, x in enumerate("abc")], family=("a", "c"))
    assert found.labels == ("a", "c")
    assert found.left_out == (("b", "not of the family"),)


def test_harm_is_read_from_the_separate_fit_even_where_it_is_not_pooled():
    found = pooled([answer("a", 0.1), answer("b", 0.1), answer("bad", -0.3)], nested=("bad",))
    assert [label for label, _ in found.harm] == ["bad"]
    assert "contrary to the aim on bad" in found.sentence
    assert pooled([answer("a", 0.1), answer("b", 0.1)]).harm == ()


def test_an_unhealthy_fit_is_neither_pooled_nor_harmful():
    bad = answer("bad", -0.3)
    bad = replace(bad, effect=replace(bad.effect, health=Health(False, ("It did not converge.",), ())))
    found = pooled([answer("a", 0.1), answer("b", 0.1), bad])
    assert found.harm == ()
    assert found.left_out == (("bad", "its fit did not pass its gate"),)


def test_both_sides_stand_in_the_table_with_their_estimand():
    table = pooled([answer("a", 0.1), answer("b", 0.1)]).to_frame()
    assert table["model"].tolist() == ["separate", "sensitivity: pooled over outcomes"] * 2
    assert set(table["estimand"]) == {"satt"}
    assert set(table["weight"]) == {"children"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"nested": ("share b",)}, 'Did you mean "share c"'),
        ({"family": ("share d",)}, "family names"),
        ({"family": ("share a",)}, "Fewer than two"),
        ({"correlation": np.eye(3)}, "2 by 2 correlation"),
    ],
)
def test_what_does_not_fit_is_refused(words, said):
    with pytest.raises(StudyError, match=said):
        pooled([answer("share a", 0.1), answer("share c", 0.1)], **words)


def test_a_stopped_outcome_is_refused():
    with pytest.raises(StudyError, match="has no effect"):
        pooled([failed(), answer("a", 0.1)])


def test_a_study_knows_its_labels():
    with pytest.raises(StudyError, match=r'nested names .* Did you mean "kinship placement"'):
        Study(title="x", data=None, rollout=None, design=None, outcomes=(KINSHIP,), nested=("kinship placment",))


def test_the_chances_are_those_published(checkout: Path) -> None:
    page = (checkout / "docs" / "explanation" / "operating_characteristics.md").read_text(encoding="utf-8")
    low, moderate = re.search(r"\*All nine\* .*? low or better ([\d.]+) %, moderate or high ([\d.]+) %", page).groups()
    assert (100 * FALSE_LOW, 100 * FALSE_MODERATE) == pytest.approx((float(low), float(moderate)))
    assert chance_of_any(1) == pytest.approx((FALSE_LOW, FALSE_MODERATE))
    assert chance_of_any(4)[0] == pytest.approx(1 - (1 - FALSE_LOW) ** 4)
