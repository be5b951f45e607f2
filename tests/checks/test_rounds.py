"""Checks side by side: one fan-out a round, answers to whom they belong, an error to the one that asked."""

import joblib
import pytest

from sos_bayes._core.errors import FitError
from sos_bayes.checks import CHECKS, CheckResult, State, check, rounds
from sos_bayes.checks.rounds import alone, in_rounds


def result(name):
    return CheckResult(name, name, State.REPORTED, (), name)


def plain(bench):
    return result("plain")


def curious(bench):
    first, second = yield ["a", "b"]
    (third,) = yield [f"{first}{second}"]
    return result(third)


def once(bench):
    (seen,) = yield ["c"]
    return result(seen)


def undone(bench):
    yield ["broken"]
    return result("never")


def forgiving(bench):
    try:
        yield ["d", "broken"]
    except FitError:
        (seen,) = yield ["e"]
    return result(seen)


@pytest.fixture
def asked(monkeypatch):
    """Rounds of questions; an answer is the question in capitals."""
    heard = []

    def see_many(looks):
        heard.append(list(looks))
        return tuple(FitError("It broke.") if look == "broken" else look.upper() for look in looks)

    monkeypatch.setattr(rounds, "see_many", see_many)
    return heard


def test_all_that_is_asked_in_a_round_is_fitted_at_once(asked):
    found = in_rounds({"curious": curious, "plain": plain, "once": once}, None)
    assert asked == [["a", "b", "c"], ["AB"]]
    assert {name: one.name for name, one in found.items()} == {"curious": "AB", "plain": "plain", "once": "C"}
    assert list(found) == ["curious", "plain", "once"]


def test_an_error_reaches_only_the_check_that_asked(asked):
    found = in_rounds({"undone": undone, "once": once, "forgiving": forgiving}, None)
    assert found["undone"].state is State.NOT_ASSESSED
    assert "It broke." in found["undone"].sentence
    assert found["once"].name == "C"
    assert found["forgiving"].name == "E"


def test_checks_that_need_no_fit_ask_for_none(asked):
    assert alone(plain, None).name == "plain"
    assert asked == []


SKIP = tuple(name for name in CHECKS if name not in ("leads", "imputation", "sceptical"))


WHERE = [{"n_jobs": 1}, {"backend": "threading", "n_jobs": 3}, {"backend": "loky", "n_jobs": 2}]


@pytest.mark.parametrize("where", WHERE)
def test_the_same_results_wherever_checks_run(fit, checked, where):
    with joblib.parallel_config(**where):
        found = check(fit, skip=SKIP)
    for one in found:
        if one.state is not State.SWITCHED_OFF:
            wanted = checked[one.name]
            assert (one.numbers, one.sentence, one.state) == (wanted.numbers, wanted.sentence, wanted.state)
