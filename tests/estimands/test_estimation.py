"""Effects against hand computation from the draws."""

import tracemalloc

import numpy as np
import pytest
from scipy.special import expit

from sos_bayes._core.errors import DesignError, SosBayesError
from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.estimands.weights import authority_weights, child_weights, treated_cells
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.posterior import marginal_contrasts
from tests.designs.panels import PATTERNS, panel
from tests.fitting.made_up import made_up_fit


def worlds(fit):
    """Expected outcome of adopters' cells with and without, (draw, K, T, C), natural scale."""
    d = fit.draws
    mean = expit if fit.outcome.proportion else np.exp
    shift = (d.beta @ fit.problem.patterns.T)[0][:, None, None, :]
    with_, without = d.theta[0][..., None] + shift, (d.theta - d.effect)[0][..., None] + shift
    return mean(with_) * fit.outcome.per, mean(without) * fit.outcome.per


def averages(fit, raw, mask=True):
    weights = raw * treated_cells(fit.layout)[:, :, None] * mask
    weights = weights / weights.sum()
    return [np.einsum("dktc,ktc->d", world, weights) for world in worlds(fit)]


@pytest.mark.parametrize("name", ["shares", "rates"])
@pytest.mark.parametrize(("weight", "raw"), [("children", child_weights), ("authorities", authority_weights)])
def test_difference_and_ratio(name, weight, raw, request):
    fit = request.getfixturevalue(name)
    with_, without = averages(fit, raw(fit.layout))
    difference, ratio = estimate(fit, weight=weight), estimate(fit, weight=weight, scale="ratio")
    np.testing.assert_allclose(difference.draws[0], with_ - without, atol=1e-12, rtol=1e-9)
    np.testing.assert_allclose(ratio.draws[0], with_ / without, rtol=1e-9)
    assert difference.baseline == pytest.approx(without.mean())
    assert difference.mean == pytest.approx((with_ - without).mean())


@pytest.mark.parametrize("name", ["shares", "rates"])
def test_events_are_counted_over_actual_denominators(name, request):
    fit = request.getfixturevalue(name)
    with_, without = worlds(fit)
    total = fit.layout.cells.total[fit.layout.adopters] * treated_cells(fit.layout)[:, :, None] / fit.outcome.per
    effect = estimate(fit, scale="events")
    np.testing.assert_allclose(effect.draws[0], np.einsum("dktc,ktc->d", with_ - without, total), rtol=1e-9)
    assert effect.unit == "events"
    assert effect.n_children == int(fit.layout.cells.total[fit.layout.adopters][treated_cells(fit.layout)].sum())


@pytest.mark.parametrize("by", ["event_time", "authority", "age", "sex"])
def test_splits_average_their_own_cells(shares, by):
    layout, cells = shares.layout, shares.layout.cells
    effects = estimate(shares, by=by)
    lags = layout.lags[layout.adopters]
    for i, effect in enumerate(effects):
        mask = {
            "event_time": (lags == i)[:, :, None],
            "authority": (np.arange(3) == i)[:, None, None],
        }.get(by)
        if mask is None:
            j = cells.columns.index(by)
            mask = np.array([pattern[j] == effect.label for pattern in cells.patterns])
        with_, without = averages(shares, child_weights(layout), mask)
        np.testing.assert_allclose(effect.draws[0], with_ - without, atol=1e-12, rtol=1e-9)
    assert effects[effects.labels[-1]] is effects.effects[-1]
    assert len(effects) == len(effects.to_frame()) == len(effects.labels)


def test_numbers_behind_an_effect(shares):
    effect = estimate(shares)
    by_time = estimate(shares, by="event_time")
    # the first adopter starts in the third period and has no data in the second
    assert (effect.n_adopters, effect.n_comparators, effect.n_pre, effect.years_before) == (3, 3, 1, 1.0)
    assert [e.n_adopters for e in by_time] == [2, 3, 1]
    weights = child_weights(shares.layout) * treated_cells(shares.layout)[:, :, None]
    own = weights.sum(axis=(1, 2)) / weights.sum()
    assert effect.k_effective == pytest.approx(1 / (own**2).sum())
    assert estimate(shares, weight="authorities").k_effective == pytest.approx(3)
    assert by_time["2"].k_effective == pytest.approx(1)


def test_defaults_weigh_children_in_the_satt_and_authorities_elsewhere(shares):
    assert estimate(shares).weight == "children"
    assert estimate(shares, estimand="patt").weight == "authorities"
    assert estimate(shares, estimand="next_authority").weight == "authorities"


def test_patt_is_the_mean_over_many_new_authorities(shares):
    """Quadrature against brute force: 400 departures for each of 200 draws."""
    draws = shares.draws
    some = slice(0, 200)
    omega = draws.hyper["omega"][0, some, None, None, None] * shares.layout.treated[:3][..., None]
    shared = draws.effect - draws.own["departure"][..., None] * shares.layout.treated[:3]
    shift = (draws.beta @ shares.problem.patterns.T)[0, some][:, None, None, :]
    base = (draws.theta - draws.effect)[0, some][..., None] + shift
    weights = authority_weights(shares.layout) * treated_cells(shares.layout)[:, :, None]
    weights = weights / weights.sum()
    rng = np.random.default_rng(3)
    total = np.zeros(200)
    for z in rng.standard_normal(200):
        for one in (z, -z):
            total += np.einsum("dktc,ktc->d", expit(base + shared[0, some][..., None] + omega * one), weights)
    wanted = total / 400 - np.einsum("dktc,ktc->d", expit(base), weights)
    found = estimate(shares, estimand="patt").draws[0, some]
    np.testing.assert_allclose(found, wanted, atol=2e-3)
    assert found.mean() == pytest.approx(wanted.mean(), abs=5e-4)


def test_the_next_authority_is_as_uncertain_as_one_authority_is(shares):
    """Same centre as the PATT, and a variance larger by that of one departure."""
    patt, after = estimate(shares, estimand="patt"), estimate(shares, estimand="next_authority")
    error = after.sd / np.sqrt(after.draws.size)
    assert after.mean == pytest.approx(patt.mean, abs=5 * error)
    slope = estimate(shares).baseline * (1 - estimate(shares).baseline)
    extra = slope**2 * (shares.draws.hyper["omega"] ** 2).mean()
    assert after.sd**2 - patt.sd**2 == pytest.approx(extra, rel=0.5)
    assert after.sd > patt.sd


def test_streaming_gives_the_same_effects(shares, monkeypatch):
    whole = estimate(shares, by="authority")
    monkeypatch.setattr(marginal_contrasts, "CHUNK", 500)
    for one, other in zip(whole, estimate(shares, by="authority"), strict=True):
        np.testing.assert_allclose(one.draws, other.draws, rtol=1e-12, atol=1e-14)


def test_many_groups_over_many_cells_never_exist_at_once():
    """40 authorities apart: a weight for each group and cell would be 61 MB."""
    patterns = tuple((f"{i // 10}", f"{i % 10}") for i in range(60))
    layout = panel(authorities=42, periods=80, starts=(20,) * 40, patterns=patterns, size=600)
    fit = made_up_fit(layout, 50)
    estimate(fit)  # compiles
    tracemalloc.start()
    effects = estimate(fit, by="authority")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(effects) == 40
    assert peak < 20 * 2**20


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"estimand": "sat"}, '"satt"'),
        ({"weight": "childen"}, '"children"'),
        ({"scale": "rate"}, '"ratio"'),
        ({"by": "authorty"}, '"authority"'),
        ({"by": "Age"}, '"age"'),
    ],
)
def test_unknown_words_are_refused_with_the_nearest(shares, words, said):
    with pytest.raises(DesignError, match=f"Did you mean {said}"):
        estimate(shares, **words)


def test_an_unknown_label_names_the_nearest(shares):
    effects = estimate(shares, by="authority")
    with pytest.raises(SosBayesError, match='Did you mean "Made-up 0'):
        effects["Made-up 09"]
    assert estimate(shares, by="event_time")[1].label == "1"


def test_a_level_that_nobody_had_before_the_start_is_refused_not_reported_as_nothing():
    from dataclasses import replace

    layout = panel(patterns=PATTERNS, empty=[(0, 0, 4), (0, 1, 4), (1, 0, 4), (1, 1, 4)])
    assert layout.cells.total[:2, 2:, 4].all()
    assert layout.cells.patterns[4] == ("10+", "f")
    cells = replace(layout.cells, patterns=tuple((f"{a} {s}", s) for a, s in PATTERNS))
    fit = fit_layout(replace(layout, cells=cells), DiD(), method="fast", seed=1, n_draws=100)
    with pytest.raises(DesignError, match="age '10\\+ f' before its start"):
        estimate(fit, by="age")
    assert estimate(fit, by="sex").labels == ("f", "m")
