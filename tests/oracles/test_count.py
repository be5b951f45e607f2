"""Homicides of 50 American states over eleven years (castle doctrine laws), beside `glmer`, `glm` and `glmmTMB`.

R 4.2.2, lme4 1.1-31, glmmTMB 1.1.5 (Debian). Data of Cheng and Hoekstra (2013) as in bacondecomp; 176,143 homicides:
published rates turned back into counts, a law's start that of ``post``.

    d <- read.csv("castle_doctrine.csv"); d$n <- round(d$homicide * d$population / 1e5)
    d$ever <- ave(d$post, d$state, FUN = max) > 0; d$fy <- factor(d$year); d$st <- factor(d$state)
    glmer(n ~ fy + ever + post + (1 | state) + offset(log(population)), d, family = poisson,
          control = glmerControl(optimizer = "bobyqa"))
    glm(n ~ fy + factor(state) + post + offset(log(population)), family = poisson, d)
    glmmTMB(n ~ fy + ever + post + ar1(fy + 0 | st) + (1 | st) + offset(log(population)), d, family = poisson)

The last has what the default design has: shocks of every state in every year, correlated in time. Its standard error of
the law is 2.8 times that of the first two, on the same counts.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd

from sos_bayes.data import Count, Panel, Rollout, read_panel
from sos_bayes.designs import DiD
from sos_bayes.fitting import Fit
from tests.oracles.agreement import (
    BENCHMARKS,
    WIDE,
    WORDS,
    Agreement,
    against,
    agreeing,
    fitted,
    needs_files,
    period_gap,
    shared,
)


def laws() -> tuple[Panel, Rollout]:
    """The panel and each law's first year."""
    table = pd.read_csv(BENCHMARKS / "castle_doctrine.csv")
    table = table.assign(n=(table["homicide"] * table["population"] / 1e5).round().astype(int))
    first = table[table["post"] == 1].groupby("state")["year"].min()
    panel = read_panel(table, authority="state", period="year")
    return panel, Rollout({str(state): int(year) for state, year in first.items()})


@cache
def homicides(shock: float) -> Fit:
    """Counts per population with shocks of this prior scale."""
    panel, rollout = laws()
    outcome = Count("n", "population", per=100_000, **WORDS)
    return fitted(panel, rollout, outcome, DiD(priors=replace(WIDE, shock=shock)))


def without_shocks() -> tuple[Agreement, ...]:
    """States and years only: counts this many leave no room for shocks but those that the prior forbids."""
    fit = homicides(1e-6)
    return (
        against("law, mixed model", (0.0597778, 0.00916107), shared(fit, "mu_tau")),
        against("law, a level for each state", (0.0596667, 0.00916192), shared(fit, "mu_tau")),
        against("states with a law", (0.405808, 0.14397271), shared(fit, "ever")),
        against("2005 against 2000", (0.0163848, 0.01122129), period_gap(fit, 5)),
        against("2010 against 2000", (-0.194551, 0.01238971), period_gap(fit, 10)),
    )


def with_shocks() -> tuple[Agreement, ...]:
    """Autoregressive shocks, estimated there and integrated over here."""
    fit = homicides(1.0)
    return (
        against("law, shocks in time", (0.05776404, 0.0257553), shared(fit, "mu_tau")),
        against("states with a law, shocks in time", (0.40884868, 0.1442555), shared(fit, "ever")),
        against("2005 against 2000, shocks in time", (0.03571932, 0.0278122), period_gap(fit, 5)),
        against("2010 against 2000, shocks in time", (-0.14494243, 0.0377206), period_gap(fit, 10)),
    )


@needs_files
def test_rates_in_states_and_years_are_those_of_lme4() -> None:
    agreeing(without_shocks())


@needs_files
def test_shocks_correlated_in_time_are_those_of_glmmtmb() -> None:
    agreeing(with_shocks())
