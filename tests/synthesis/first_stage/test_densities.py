"""Compiled densities against dense algebra written from the model, and their gradients against differences."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp
from scipy.stats import halfnorm, multivariate_normal, norm

import sos_bayes as sb
from sos_bayes.sampling.sampler import run
from sos_bayes.synthesis.estimators.point_estimators import simplex_weights
from sos_bayes.synthesis.first_stage.ar1_covariance import JITTER
from sos_bayes.synthesis.first_stage.donor_residuals import drifting, residual_of
from sos_bayes.synthesis.first_stage.factors_density import ADOPTER_SCALE, NODES, WEIGHTS
from sos_bayes.synthesis.first_stage.factors_posterior import factored_of
from sos_bayes.synthesis.first_stage.factors_posterior import named as factors_named
from sos_bayes.synthesis.first_stage.factors_posterior import start_of as factors_start
from sos_bayes.synthesis.first_stage.nutpie_model import nutpie_model
from sos_bayes.synthesis.first_stage.packed_target import around_mode, factors_at, packed, sampleable, weights_at
from sos_bayes.synthesis.first_stage.weights_posterior import named as weights_named
from sos_bayes.synthesis.first_stage.weights_posterior import start_of as weights_start
from sos_bayes.synthesis.first_stage.weights_posterior import weighted_of
from sos_bayes.synthesis.panel.series import series_of
from sos_bayes.synthesis.panel.shrunk_cells import around_untreated, known_of
from tests.synthesis.made_up import counted, layout, outcome, plain_panel, share

KINDS = [(1, None), (2, None), (1, "counts"), (3, "counts")]


def series(adopters, counts):
    frame = plain_panel(adopters=adopters, donors=5, before=7, after=3, seed=3)
    if counts is None:
        frame.loc[(frame["unit"] == "D01") & (frame["year"] == 2003), "y"] = np.nan
        return series_of(layout(frame, 2007, outcome()), ())
    table = counted(frame)
    table.loc[(table["unit"] == "A0") & (table["year"] == 2004), ["events", "n"]] = np.nan
    return series_of(layout(table, 2007, share()), ())


def stage(design, adopters, counts):
    found = series(adopters, counts)
    if isinstance(design, sb.SyntheticControl):
        known = known_of(found)
        quiet = residual_of(found, known, intercept=design.intercept)
        given = weighted_of(found, known, quiet, design)
        return found, given, weights_start(given), weights_at
    around = around_untreated(found)
    given = factored_of(found, around, design.factors, 0.4, 1e-4 * drifting(found.periods))
    return found, given, factors_start(given, found, around), factors_at


def row(mean, lags, sd, rho, level, more, used, values, noise):
    cov = level + sd**2 * rho**lags + more + np.diag(np.full(len(lags), JITTER))
    part = cov[np.ix_(used, used)] + np.diag(noise[used])
    return multivariate_normal(mean[used], part).logpdf(values[used])


def by_hand(design, series, given, u):
    """Log density from the model's own quantities, (up to a constant)."""
    lags = np.abs(np.subtract.outer(np.arange(series.periods), np.arange(series.periods)))
    used = series.seen.copy()
    used[: series.adopters] &= series.before
    noise = np.where(used, series.error, 0.0) ** 2
    total = 0.0
    if isinstance(design, sb.SyntheticControl):
        found = weights_named(given, u[None])
        known, k = known_of(series), series.adopters
        level = (design.intercept_sd * design.intercept) ** 2
        for a in range(k):
            w, sd = found["weights"][0, a], found["sd"][0, a]
            more = np.diag(w**2 @ known.variance[k:]) + given.left
            mean = w @ known.centre[k:]
            total += row(mean, lags, sd, found["rho"][0], level, more, used[a], series.value[a], noise[a])
        return total - 0.5 * u @ u
    found = factors_named(given, u[None])
    more = given.drift
    if design.factors:
        more = more + found["factor"][0].T @ found["factor"][0]
    for a in range(len(series.rows)):
        adopts = a < series.adopters
        mean = found["lead"][0] - (0 if adopts else 1) * (found["lead"][0] - given.rough - u[_periods(design, given)])
        sd = found["sd"][0] * (found["adopter_scale"][0] if adopts else 1.0)
        level = found["spread"][0] ** 2
        total += row(mean, lags, sd, found["rho"][0], level, more, used[a], series.value[a], noise[a])
    total += halfnorm(scale=0.5).logpdf(np.exp(u[1])) + u[1] - 0.5 * u[0] ** 2
    first, q = 5 + design.factors + len(given.rough), design.factors
    total -= 0.5 * u[2:first] @ u[2:first]
    if q == 0:
        return total
    f = found["factor"][0].ravel() / given.prior[0]
    mixed = [np.log(w) + norm(scale=s).logpdf(f).sum() for s, w in zip(NODES, WEIGHTS, strict=True)]
    idle = u[first + len(given.rough) + given.pin] if q == 2 else 0.0
    turned = np.log(abs(u[first + given.pin])) if q == 2 else 0.0
    return total + logsumexp(mixed) + turned - 0.5 * idle**2


def _periods(design, given):
    first = 5 + design.factors
    return slice(first, first + len(given.rough))


DESIGNS = [
    sb.SyntheticControl(), sb.SyntheticControl(intercept=False), sb.LatentFactors(0), sb.LatentFactors(1),
    sb.LatentFactors(2),
]  # fmt: skip


@pytest.mark.parametrize(("adopters", "counts"), KINDS)
@pytest.mark.parametrize("design", DESIGNS)
def test_the_density_is_that_of_the_model_and_its_gradient_that_of_the_density(design, adopters, counts):
    found, given, start, at = stage(design, adopters, counts)
    d = len(start)
    numbers, whole = packed(given, np.zeros(d), np.eye(d))
    rng, apart = np.random.default_rng(1), []
    for _ in range(3):
        u = start + 0.4 * rng.standard_normal(d)
        gradient, room = np.empty(d), np.empty(d)
        apart.append(at(numbers, whole, u, gradient) - by_hand(design, found, given, u))
        steps = 1e-6 * np.eye(d)
        slopes = [(at(numbers, whole, u + s, room) - at(numbers, whole, u - s, room)) / 2e-6 for s in steps]
        assert gradient == pytest.approx(np.array(slopes), rel=1e-4, abs=1e-3)
    assert np.ptp(apart) < 1e-6


def test_the_map_from_the_mode_changes_the_variables_and_not_the_density():
    _, given, start, at = stage(sb.LatentFactors(2), 2, None)
    target = sampleable(given, start)
    d, rng = len(start), np.random.default_rng(2)
    centre, root = target.numbers[:d], target.numbers[d : d + d * d].reshape(d, d)
    plain, whole = packed(given, np.zeros(d), np.eye(d))
    for _ in range(3):
        x = 0.3 * rng.standard_normal(d)
        by_x, by_u = np.empty(d), np.empty(d)
        mapped = at(target.numbers, target.whole, x, by_x)
        assert target.row(x) == pytest.approx(centre + root @ x)
        assert mapped == pytest.approx(at(plain, whole, centre + root @ x, by_u), rel=1e-12)
        assert by_x == pytest.approx(root.T @ by_u, rel=1e-6, abs=1e-6)
    at(plain, whole, centre, by_u)
    assert centre[ADOPTER_SCALE] == start[ADOPTER_SCALE]
    by_u[ADOPTER_SCALE] = 0.0  # which is held
    assert np.abs(root.T @ by_u).max() < 0.05


def test_without_noise_memory_and_evenness_the_mode_is_the_published_least_squares():
    """The design's mode, where residuals are small and forget, and scores are free, is the simplex optimum."""
    found, given, start, at = stage(sb.SyntheticControl(intercept=False), 1, None)
    known = known_of(found)
    best = simplex_weights(known.centre[1:, :7].T, found.value[0, :7])
    sharp = given._replace(
        variance=0 * given.variance,
        left=0 * given.left,
        prior=np.array([3.0, 1e-6, -6.0, 1e-6, -9.0, 1e-6, 0.0, 0.0]),
    )
    numbers, whole = packed(sharp, start, np.eye(0))

    def downhill(u):
        gradient = np.empty(len(u))
        value = at(numbers, whole, u, gradient)
        return -value, -gradient

    mode = minimize(downhill, start, jac=True, method="L-BFGS-B", options={"maxiter": 5000, "maxfun": 20_000}).x
    assert weights_named(sharp, mode[None])["weights"][0, 0] == pytest.approx(best, abs=0.01)


def test_factors_are_counted_from_where_their_mass_is_and_not_from_a_spike_of_the_density():
    """One adopter, twenty periods: the density is high where period effects are its series and residuals nothing."""
    found = series_of(layout(plain_panel(donors=20, before=20, factor=0.0, noise=0.15, seed=500001), 2020), ())
    around = around_untreated(found)
    given = factored_of(found, around, 1, 0.5, np.zeros((found.periods, found.periods)))
    start = factors_start(given, found, around)
    short = sb.Sampler(draws=200, tune=300, chains=2, progress=False)
    draws = run(nutpie_model(sampleable(given, start)), short, 1).rows.reshape(-1, len(start))
    mode, root = around_mode(given, start)
    counted_from_it = np.linalg.solve(root, (draws - mode).T).std(axis=1)
    assert counted_from_it.min() > 0.3
    assert counted_from_it.max() < 3
