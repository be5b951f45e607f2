"""Checks side by side: one fan-out a round, answers to whom they belong, an error to the one that asked."""

from types import SimpleNamespace

import joblib
import pytest

from sos_bayes._core.errors import FitError
from sos_bayes.checks import CHECKS, CheckResult, State, check, scheduling
from sos_bayes.checks.scheduling import alone, in_rounds

WHOLE, HALF = object(), object()


def ask(name, layout=WHOLE):
    """A look: a fit that is called by its design, seen in capitals."""
    return SimpleNamespace(layout=layout, design=name), str.upper


def result(name):
    return CheckResult(name, name, State.REPORTED, (), name)


def plain(tested):
    return result("plain")


def curious(tested):
    first, second = yield [ask("a"), ask("b")]
    (third,) = yield [ask(f"{first}{second}")]
    return result(third)


def once(tested):
    (seen,) = yield [ask("c")]
    return result(seen)


def undone(tested):
    yield [ask("broken")]
    return result("never")


def forgiving(tested):
    try:
        yield [ask("d"), ask("broken")]
    except FitError:
        (seen,) = yield [ask("e")]
    return result(seen)


@pytest.fixture
def asked(monkeypatch):
    """Rounds of questions; an answer is the question in capitals."""
    heard = []

    def map_fits(looks):
        heard.append([job.design for job, _ in looks])
        return tuple(FitError("It broke.") if job.design == "broken" else see(job.design) for job, see in looks)

    monkeypatch.setattr(scheduling, "map_fits", map_fits)
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


def twice(tested):
    seen = yield [ask("c"), ask("c", HALF), (ask("c")[0], len)]
    return result("".join(map(str, seen)))


def test_a_fit_that_several_ask_for_is_made_once(asked):
    found = in_rounds({"once": once, "twice": twice}, None)
    assert asked == [["c", "c"]]
    assert {name: one.name for name, one in found.items()} == {"once": "C", "twice": "CC1"}


def untold(tested):
    seen = yield [(ask("c")[0], int)]
    return result(str(seen))


def test_what_cannot_be_seen_of_a_fit_is_an_error_of_the_one_that_looked(asked):
    found = in_rounds({"untold": untold, "once": once}, None)
    assert found["untold"].state is State.NOT_ASSESSED
    assert found["once"].name == "C"


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
