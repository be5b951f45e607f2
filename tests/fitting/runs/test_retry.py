"""The gate's second run, and the longer one for a tail that matters: without sampling."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from sos_bayes.designs import DiD
from sos_bayes.fitting import Sampler
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.posterior.draws import Sampled
from sos_bayes.fitting.runs import retry
from tests.designs.panels import panel
from tests.fitting.made_up import healthy_draws

STEPS = Sampler().target_accept


@pytest.fixture
def runs(monkeypatch):
    """Sampling replaced by a list of (divergences, shift of the effect, R-hat fault); what was asked is kept."""
    layout = panel()
    asked = []

    def play(*acts):
        queue = list(acts)

        def fake(sampler, seed):
            asked.append((sampler.draws, sampler.target_accept, seed))
            divergences, shift, fault = queue.pop(0)
            draws = SimpleNamespace(shift=shift, fault=fault, number=len(asked))
            return Sampled(draws, divergences, healthy_draws(20 + len(asked)))

        def watch(problem, layout, draws):
            effect = healthy_draws(draws.number) + draws.shift + draws.fault * np.arange(4)[:, None]
            return {"the effect": effect, "mu_tau": healthy_draws(draws.number)}

        monkeypatch.setattr(retry, "watch", watch)
        problem = problem_of(DiD().model(layout), layout.cells)
        return (*retry.sample_until_healthy(fake, Sampler(draws=1000), 5, problem, layout), asked)

    return play


def test_a_healthy_run_is_sampled_once(runs):
    draws, health, notes, asked = runs((0, 0.0, 0.0))
    assert health.ok
    assert notes == ()
    assert asked == [(1000, STEPS, 5)]
    assert draws.number == 1


def test_an_unhealthy_run_is_sampled_once_more_and_logged(runs, caplog):
    draws, health, notes, asked = runs((0, 0.0, 1.0), (0, 0.0, 0.0))
    assert health.ok
    assert asked == [(1000, STEPS, 5), (2000, 0.99, 6)]
    assert draws.number == 2
    assert "R-hat of the effect" in notes[0]
    assert "sampled once more" in caplog.text


def test_twice_unhealthy_stays_unhealthy(runs):
    _, health, notes, asked = runs((0, 0.0, 1.0), (0, 0.0, 1.0))
    assert not health.ok
    assert len(asked) == 2
    assert "answer did not move" not in notes[0]


def test_divergences_alone_are_forgiven_where_the_answer_stays(runs):
    _, health, notes, _ = runs((9, 0.0, 0.0), (9, 0.0, 0.0))
    assert health.ok
    assert "the answer did not move" in notes[0]
    assert dict(health.numbers)["divergent_share"] == pytest.approx(9 / 4000)


@pytest.mark.parametrize("second", [(9, 0.5, 0.0), (9, 0.0, 1.0)], ids=["the answer moved", "and R-hat too"])
def test_divergences_are_not_forgiven_otherwise(runs, second):
    _, health, _, _ = runs((9, 0.0, 0.0), second)
    assert not health.ok


def test_a_healthy_run_is_sampled_longer_where_a_tail_is_too_coarse(runs):
    """P(direction) about .99: .001 of error needs some 10,000 effective draws."""
    draws, health, notes, asked = runs((0, 2.3, 0.0), (0, 2.3, 0.0))
    assert health.ok
    assert asked[0] == (1000, STEPS, 5)
    assert asked[1] in ((3000, STEPS, 6), (4000, STEPS, 6))
    assert draws.number == 2
    assert "times the draws" in notes[0]


@pytest.mark.parametrize(
    ("p", "size", "least", "most"),
    [(0.6, 100, 1, 1), (0.92, 100, 1, 1), (0.96, 2500, 1, 1), (0.96, 750, 2, 3), (0.99, 1000, 2, 4), (0.99, 100, 4, 4),
     (0.9999, 1000, 1, 1)],
)  # fmt: skip
def test_the_tail_decides_how_many_draws(p, size, least, most):
    """Independent draws: p (1 - p) over the squared error allowed there, against four chains of ``size``."""
    values = stats.norm.ppf(p) + healthy_draws(2, draws=size)
    assert least <= retry.more_draws(values) <= most
    assert retry.more_draws(-values) == retry.more_draws(values)
