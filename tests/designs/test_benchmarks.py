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
from sos_bayes.fitting.runs.methods import prepare_layout

BENCHMARKS = Path(__file__).resolve().parents[3] / "shared" / "data" / "benchmarks"
needs_files = pytest.mark.skipif(not BENCHMARKS.is_dir(), reason="the benchmark files are not beside the checkout")


def laid_out(name, unit, outcome, start) -> Layout:
    """A published table of one number for each unit and year."""
    return of_table(pd.read_csv(BENCHMARKS / name), unit, outcome, start)


def of_table(table, unit, outcome, start) -> Layout:
    """Lay out one number for each unit and year."""
    table = table.rename(columns={unit: "unit"}).assign(unit=lambda d: d["unit"].astype(str))
    first = table.groupby("unit")[start].first()
    panel = read_panel(table, authority="unit", period="year")
    words = Continuous(outcome, unit="units", aim=Aim.MORE, worthwhile=0.01, label=outcome, children="units")
    return prepare_layout(panel, Rollout({u: int(g) for u, g in first.items() if g > 0}), words, DiD())


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


PUBLISHED = {  # effect, standard error and tolerance by start and year: Callaway and Sant'Anna (2021), R's did
    (2004, 2004): (-0.010503, 0.023251, 0.0081), (2004, 2005): (-0.070423, 0.030985, 0.0108),
    (2004, 2006): (-0.137259, 0.036436, 0.0128), (2004, 2007): (-0.100811, 0.034359, 0.0120),
    (2006, 2006): (-0.004595, 0.017755, 0.0062), (2006, 2007): (-0.041224, 0.020229, 0.0071),
    (2007, 2007): (-0.026054, 0.016655, 0.0058),
}  # fmt: skip


@needs_files
@pytest.mark.slow
@pytest.mark.parametrize(("start", "year"), PUBLISHED)
def test_with_the_published_base_year_each_effect_by_start_and_year_is_the_published_one(start, year):
    """Counties of one start and those without one, the year before the start and the year asked for.

    Published errors are of the counties themselves; ours also know that counties move apart by as much elsewhere, and
    are up to 1.7 times as wide for the twenty counties of 2004.
    """
    table = pd.read_csv(BENCHMARKS / "mpdta.csv")
    table = table[table["first.treat"].isin([0, start]) & table["year"].isin([start - 1, year])]
    table["year"] = table["year"].where(table["year"] < start, start)
    layout = of_table(table, "countyreal", "lemp", "first.treat")
    found = estimate(fitted(layout, DiD(priors=Priors(effect_sd=3.0))), weight="authorities")
    wanted, sd, tolerance = PUBLISHED[start, year]
    assert found.health.ok
    assert abs(found.mean - wanted) < tolerance
    assert found.sd > 0.9 * sd


@needs_files
@pytest.mark.slow
def test_all_effects_by_start_and_year_at_once_lie_near_those_published():
    """Their base is the one year before a start, ours all years before: within .7 standard errors, on average .5."""
    layout = laid_out("mpdta.csv", "countyreal", "lemp", "first.treat")
    fit = fitted(layout, DiD(cohorts=10.0, priors=Priors(effect_sd=3.0)))
    assert fit.health.ok
    starts = layout.starts[layout.adopters]
    weights = np.zeros((len(PUBLISHED), len(starts), 5, 1))
    for w, (start, year) in zip(weights, PUBLISHED, strict=True):
        w[starts == start - 2003, year - 2003] = 1.0
    weights /= weights.sum(axis=(1, 2, 3), keepdims=True)
    contrast = fit.contrast(weights)
    found = (contrast.with_rollout - contrast.without).mean(axis=(0, 1))
    for mean, (wanted, sd, _) in zip(found, PUBLISHED.values(), strict=True):
        assert abs(mean - wanted) < 0.7 * sd
    assert abs(estimate(fit, weight="authorities").mean + 0.03995) < 0.5 * 0.01203
