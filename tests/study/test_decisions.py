"""What an evaluation means for whom: the grade decides, losses stand beside it."""

from dataclasses import replace

import pytest

import sos_bayes as sb
from sos_bayes.evidence import Direction, Strength
from sos_bayes.study.decisions import NOT_THE_TYPE
from tests.reports.made_up import KINSHIP, PLANS, evaluation, finding


def graded(strength, direction, outcome=KINSHIP, mean=0.0):
    one = finding(outcome, mean=mean)
    return replace(one, grade=replace(one.grade, graded=True, strength=strength, direction=direction))


NOTHING = graded(Strength.NONE, Direction.UNCLEAR, PLANS)
HELPED = graded(Strength.MODERATE, Direction.TOWARDS, mean=0.13)
HARMED = graded(Strength.MODERATE, Direction.CONTRARY, mean=-0.13)


@pytest.mark.parametrize(("findings", "using", "considering"), [
    ((NOTHING,), "no reason to stop", "pause for thought"),
    ((HELPED, NOTHING), "no reason to stop", "reason to try it where it is watched"),
    ((HARMED, NOTHING), "no reason to stop", "pause for thought"),
    ((HARMED,), "reason to stop and look", "pause for thought"),
])  # fmt: skip
def test_the_grade_decides(findings, using, considering):
    held = evaluation(*findings)
    assert sb.decide(held, "using").answer == using
    assert sb.decide(held, "considering").answer == considering
    framework = sb.decide(held, "framework")
    assert (framework.sentence, framework.lines) == (NOT_THE_TYPE, ())


def test_an_outcome_that_points_against_the_aim_is_watched():
    said = sb.decide(evaluation(HARMED, NOTHING), "using")
    assert "Watch kinship placement closely" in said.sentence
    assert [line.watch for line in said.lines] == [True, False]


def test_probabilities_and_losses_are_those_of_the_effect():
    effect = HARMED.effect
    losses = sb.Losses(harm=3.0, missed=2.0, effort=0.5)
    (line,) = sb.decide(evaluation(HARMED), "using", losses=losses).lines
    assert line.p_worse == effect.probability(below=-0.03)
    assert line.p_better == effect.probability(above=0.03)
    assert line.p_better + line.p_worse + line.p_little == pytest.approx(1.0)
    assert line.loss_with == pytest.approx(3.0 * line.p_worse)
    assert line.loss_without == pytest.approx(2.0 * line.p_better + 0.5)
    (starting,) = sb.decide(evaluation(HARMED), "considering", losses=losses).lines
    assert starting.loss_with == pytest.approx(3.0 * line.p_worse + 0.5)
    frame = sb.decide(evaluation(HARMED, NOTHING), "using").to_frame()
    assert frame["label"].tolist() == ["kinship placement", "protection plans"]


def test_losses_turn_the_comparison_and_not_the_answer():
    held = evaluation(HARMED, NOTHING)
    gentle = sb.decide(held, "using", losses=sb.Losses(harm=0.0, missed=1.0, effort=1.0))
    assert "harm counts 0, a missed benefit 1 and the change of practice 1" in gentle.sentence
    assert "going on has the smaller expected loss" in gentle.sentence
    assert "stopping has the smaller expected loss" in sb.decide(held, "using").sentence
    assert gentle.answer == sb.decide(held, "using").answer


def test_what_cannot_be_answered_is_refused():
    with pytest.raises(sb.SosBayesError, match="audience='users' is not known"):
        sb.decide(evaluation(NOTHING), "users")
    with pytest.raises(sb.SosBayesError, match="No outcome of this evaluation was graded"):
        sb.decide(evaluation(replace(NOTHING, grade=None)), "using")
    for bad in (-1.0, float("nan"), "much", True):
        with pytest.raises(sb.SosBayesError, match="is not a loss"):
            sb.Losses(harm=bad)
