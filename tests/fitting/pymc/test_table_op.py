"""The table likelihood in a PyTensor graph: against PyMC on cells, against child rows, and under PyMC's own sampler."""

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest

from sos_bayes.fitting.pymc.table_op import Table, table_log_likelihood

PEERS = {
    "binomial": lambda eta, y, n: pm.logp(pm.Binomial.dist(n=n, logit_p=eta), y),
    "poisson": lambda eta, y, n: pm.logp(pm.Poisson.dist(mu=n * pt.exp(eta)), y),
}


def counts(family, rng, b=6, c=4):
    total = rng.integers(1, 60, (b, c)).astype(float)
    events = rng.binomial(total.astype(int), 0.3) if family == "binomial" else rng.poisson(0.3 * total)
    return events.astype(float), total


def ours(family, theta, shift, events, total):
    return table_log_likelihood(family, theta, shift, events.sum(axis=1), events.sum(axis=0), total)


def value_and_slopes(graph, inputs, at, mode):
    return pytensor.function(inputs, [graph, *pytensor.grad(graph, inputs)], mode=mode)(*at)


@pytest.mark.parametrize("mode", ["FAST_COMPILE", "NUMBA"])
@pytest.mark.parametrize("family", PEERS)
@pytest.mark.parametrize("c", [1, 4])
def test_agrees_with_pymc_on_the_same_cells(family, mode, c):
    """Differences between points, and slopes, to ten digits."""
    rng = np.random.default_rng(3)
    events, total = counts(family, rng, c=c)
    theta, shift = pt.dvector("theta"), pt.dvector("shift")
    cells = PEERS[family](theta[:, None] + shift, events, total).sum()
    points = [(rng.normal(-1, 1, 6), rng.normal(0, 0.5, c)) for _ in range(3)]
    graphs = (ours(family, theta, shift, events, total), cells)
    got, wanted = ([value_and_slopes(g, [theta, shift], at, mode) for at in points] for g in graphs)
    for one, other in zip(got, wanted, strict=True):
        assert one[0] - got[0][0] == pytest.approx(other[0] - wanted[0][0], rel=1e-10, abs=1e-9)
        np.testing.assert_allclose(one[1], other[1], rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(one[2], other[2], rtol=1e-10, atol=1e-10)


def test_agrees_with_child_rows():
    """One Bernoulli row for every child has the same likelihood up to nothing at all."""
    rng = np.random.default_rng(5)
    events, total = counts("binomial", rng)
    cell, pattern, yes = [], [], []
    for b, c in np.ndindex(*total.shape):
        n, y = int(total[b, c]), int(events[b, c])
        cell += [b] * n
        pattern += [c] * n
        yes += [1] * y + [0] * (n - y)
    theta, shift = pt.dvector("theta"), pt.dvector("shift")
    rows = pm.logp(pm.Bernoulli.dist(logit_p=theta[np.array(cell)] + shift[np.array(pattern)]), np.array(yes)).sum()
    at = (rng.normal(-1, 1, 6), rng.normal(0, 0.5, 4))
    graphs = (ours("binomial", theta, shift, events, total), rows)
    one, other = (value_and_slopes(g, [theta, shift], at, "FAST_COMPILE") for g in graphs)
    for got, wanted in zip(one, other, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-10)


def test_no_gradient_flows_to_the_totals():
    theta, shift, total = pt.dvector("theta"), pt.dvector("shift"), pt.dmatrix("total")
    value = Table("binomial")(theta, shift, total)[0]
    with pytest.raises(pytensor.gradient.DisconnectedInputError):
        pytensor.grad(value, total)


@pytest.mark.sampling
def test_runs_under_pymc_s_own_sampler():
    """A risk by itself: the posterior of a beta-binomial pair is known."""
    with pm.Model():
        theta = pm.Logistic("theta", 0.0, 1.0, shape=1)  # a flat prior on the risk
        likelihood = table_log_likelihood(
            "binomial", theta, pt.zeros(1), np.array([30.0]), np.array([30.0]), pt.as_tensor(np.array([[100.0]]))
        )
        pm.Potential("likelihood", likelihood)
        trace = pm.sample(1000, tune=500, chains=2, cores=1, nuts_sampler="pymc", progressbar=False, random_seed=1,
                          compute_convergence_checks=False)  # fmt: skip
    risk = 1 / (1 + np.exp(-trace["posterior"]["theta"].values.ravel()))
    assert risk.mean() == pytest.approx(31 / 102, abs=0.01)
    assert risk.std() == pytest.approx(np.sqrt(31 * 71 / 102**2 / 103), rel=0.15)
