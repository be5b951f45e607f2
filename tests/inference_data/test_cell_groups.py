"""Groups of single cells: the counts themselves, predictions that leave a cell's own shock out, and their weights."""

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes.inference_data import cell_groups, datatree
from sos_bayes.inference_data.cell_totals import CellTotals
from sos_bayes.predictive import pointwise_log_likelihood
from tests.contracts.test_readable_model import BOUNDS, SETTINGS
from tests.fitting.made_up import fit_of_the_prior

ALONG = ("posterior_predictive", "prior_predictive", "observed_data", "log_likelihood", "constant_data")


def test_counts_are_those_of_the_cells_and_it_is_said(fast_inside, layout):
    observed = fast_inside["observed_data"]["events"]
    table = observed.to_series().to_numpy().reshape(layout.shape[:2])
    np.testing.assert_array_equal(table, layout.cells.events[..., 0])
    np.testing.assert_array_equal(fast_inside["constant_data"]["denominator"].values, layout.cells.total.ravel())
    assert list(observed["authority"].values[:: layout.shape[1]]) == list(layout.cells.names)
    assert "stays inside" in fast_inside.attrs["disclosure"]
    assert fast_inside.attrs["thinned"] == 1


def test_log_densities_are_those_of_leaving_cells_out(fast, fast_inside):
    theirs = pointwise_log_likelihood(fast).values
    np.testing.assert_allclose(
        fast_inside["log_likelihood"]["events"].values.reshape(theirs.shape), theirs, rtol=1e-9
    )  # fmt: skip


def test_with_cells_draws_are_in_order(fast, fast_inside):
    posterior = fast_inside["posterior"]
    departure = posterior["departure"].values
    np.testing.assert_array_equal(departure.reshape(fast.draws.own["departure"].shape), fast.draws.own["departure"])
    assert {"authority", "period"} <= set(posterior["effect"].dims)
    assert {"authority_level", "period_effect", "level_gap", "adopter_log_odds"} <= set(posterior.data_vars)
    assert set(posterior.data_vars) == set(fast_inside["prior"].data_vars)


def test_predictions_are_wider_than_those_that_keep_the_shock(fast, fast_inside):
    """By about what a shock adds; and they do not follow the count they leave out."""
    kept = sb.predict(fast, draws=2000)["events"].std(("chain", "draw")).values
    ours = fast_inside["posterior_predictive"]["events"].std(("chain", "draw")).values
    assert np.median(ours / kept) > 1.2
    assert (ours / kept > 0.9).all()


@pytest.mark.sampling
def test_leave_one_out_intervals_cover(sampled_inside):
    """Shares of 72 cells below their predictive distribution, weighted: no more extreme ones than by chance."""
    import arviz as az

    pit = az.loo_pit(sampled_inside)["events"].values
    assert abs(pit.mean() - 0.5) < 4 / np.sqrt(12 * pit.size)
    assert (abs(pit - 0.5) > 0.49).mean() < 0.1


@pytest.mark.parametrize(
    "name",
    ["covariates", "poisson", "overdispersed", "overdispersed shares", "measured", "plain numbers", "ordinal",
     "hazards", "bounds", "design effect", "two years of quarters", "clusters", "subgroups"],
)  # fmt: skip
def test_every_kind_of_outcome_has_its_groups(name):
    layout, design = SETTINGS[name]
    tree = sb.to_datatree(fit_of_the_prior(layout, design, 40), cells=True)
    (variable,) = tree["observed_data"].data_vars
    cells = layout.cells
    known = (cells.total.sum(axis=2) > 0) & np.isfinite(cells.events).all(axis=2)
    assert {tree[group].sizes["cell"] for group in ALONG} == {known.sum()}
    events = cells.events.sum(axis=2)[known]
    expected = events / cells.total.sum(axis=2)[known] if variable == "mean" else events
    observed = tree["observed_data"][variable].values
    if variable != "ended":  # what is done by a day is known of some who are followed beyond it only
        np.testing.assert_allclose(observed, expected, atol=1e-9)
    after = tree["posterior_predictive"][variable].values
    assert np.isfinite(after).all()
    assert after.shape == (4, 10, known.sum())
    # divided counts keep the variance of their own number, not its range; bands are each drawn from who reached them
    if variable in ("events", "reached") and cells.outcome.family == "binomial" and cells.design_effect is None:
        assert (after <= tree["constant_data"]["denominator"].values + 1e-9).all()
        assert (after >= 0).all()
    assert np.isfinite(tree["log_likelihood"][variable].values).all()


def test_cells_known_by_bounds_are_left_out():
    layout, design = SETTINGS["bounds"]
    found = CellTotals.of(fit_of_the_prior(layout, design, 4).problem)
    assert not any(found.known[place] for place in BOUNDS)


def test_large_groups_are_thinned_alike(fast, monkeypatch):
    monkeypatch.setattr(cell_groups, "LARGEST", 8 * 72 * 400)
    tree = sb.to_datatree(fast, cells=True)
    assert tree.attrs["thinned"] == 20
    assert {tree[group].sizes["draw"] for group in ("posterior", "posterior_predictive", "log_likelihood")} == {100}
    assert tree["prior"].sizes["draw"] == tree["prior_predictive"].sizes["draw"] == 400
    np.testing.assert_array_equal(
        tree["posterior"]["mu_tau"].values, fast.draws.shared["mu_tau"].reshape(4, 2000)[:, ::20]
    )


def test_why_a_group_is_absent_is_said():
    told = datatree._absent(True)
    assert "no joint density" in told["log_likelihood"]
    assert "asked for without cells" in datatree._absent(False)["observed_data"]
