"""Staggered starts whose answer is known or published: effects that grow and differ are found, one constant is not."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sos_bayes.data import Aim, Continuous, Rollout, read_panel
from sos_bayes.designs import DiD, Layout
from sos_bayes.designs.priors import Priors
from sos_bayes.estimands import estimate
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.fitted import lay_out

BENCHMARKS = Path(__file__).resolve().parents[3] / "shared" / "data" / "benchmarks"
needs_files = pytest.mark.skipif(not BENCHMARKS.is_dir(), reason="the benchmark files are not beside the checkout")


def laid_out(name, unit, outcome, start) -> Layout:
    """A published table of one number for each unit and year."""
    table = pd.read_csv(BENCHMARKS / name).rename(columns={unit: "unit"}).assign(unit=lambda d: d["unit"].astype(str))
    first = table.groupby("unit")[start].first()
    panel = read_panel(table, authority="unit", period="year")
    words = Continuous(outcome, unit="units", aim=Aim.MORE, worthwhile=0.01, label=outcome, children="units")
    return lay_out(panel, Rollout({u: int(g) for u, g in first.items() if g > 0}), words, DiD())


def fitted(layout, design):
    return fit_layout(layout, design, seed=1, n_draws=4000, fall_back=False)


@needs_files
@pytest.mark.slow
def test_growing_effects_of_early_and_late_starts_are_recovered_and_a_constant_is_wrong():
    """Simulated units with known effects (`df_het` of did2s): 2.24 on average over treated cells, within .08."""
    layout = laid_out("df_het_staggered_sim.csv", "unit", "dep_var", "g")
    table = pd.read_csv(BENCHMARKS / "df_het_staggered_sim.csv")
    truth = (table["te"] + table["te_dynamic"])[table["treat"] == 1].mean()
    found = estimate(fitted(layout, DiD()))
    assert found.health.ok
    assert abs(found.mean - truth) < 0.08
    constant = DiD(priors=Priors(lag_step=1e-4, heterogeneity=1e-4))
    assert abs(estimate(fitted(layout, constant)).mean - truth) > 0.08


@needs_files
@pytest.mark.slow
def test_effects_by_start_and_year_are_those_published_for_county_employment():
    """Callaway and Sant'Anna (2021), from R's did; their base is the one year before a start, ours all years before."""
    published = {
        (2004, 2004): (-0.010503, 0.023251), (2004, 2005): (-0.070423, 0.030985), (2004, 2006): (-0.137259, 0.036436),
        (2004, 2007): (-0.100811, 0.034359), (2006, 2006): (-0.004595, 0.017755), (2006, 2007): (-0.041224, 0.020229),
        (2007, 2007): (-0.026054, 0.016655),
    }  # fmt: skip
    layout = laid_out("mpdta.csv", "countyreal", "lemp", "first.treat")
    fit = fitted(layout, DiD(cohorts=10.0, priors=Priors(effect_sd=3.0)))
    assert fit.health.ok
    starts = layout.starts[layout.adopters]
    weights = np.zeros((len(published), len(starts), 5, 1))
    for w, (start, year) in zip(weights, published, strict=True):
        w[starts == start - 2003, year - 2003] = 1.0
    weights /= weights.sum(axis=(1, 2, 3), keepdims=True)
    contrast = fit.contrast(weights)
    found = (contrast.with_rollout - contrast.without).mean(axis=(0, 1))
    for mean, (wanted, sd) in zip(found, published.values(), strict=True):
        assert abs(mean - wanted) < 0.7 * sd
    assert abs(estimate(fit, weight="authorities").mean + 0.03995) < 0.5 * 0.01203
