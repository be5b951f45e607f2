"""Measured quantities beside `lm`, lme4's `lmer` and nlme's `lme` with an autoregressive residual.

R 4.2.2, lme4 1.1-31, nlme 3.1-162 (Debian).

Exam (MLwiN's tutorial data, 4,059 pupils in 65 schools); odd mixed schools are given a start between girls and boys:

    d <- read.csv("exam_ilea.csv"); both <- tapply(d$sex, d$school, function(u) length(unique(u)) == 2)
    d$ever <- d$school %in% as.integer(names(both)[both]) & d$school %% 2 == 1; d$late <- d$sex == "M"
    lmer(normexam ~ ever * late + intake + (1 | school), d, REML = FALSE)

Radon (Gelman and Hill 2007; 919 homes, 85 counties), the two floors as two periods:

    lmer(log_radon ~ basement + (1 | county), read.csv("radon_mn_gelmanhill.csv"), REML = FALSE)

Log homicide rates of 50 states (Cheng and Hoekstra 2013): plain numbers, one for each state and year.

    d <- read.csv("castle_doctrine.csv"); d$ever <- ave(d$post, d$state, FUN = max) > 0
    lm(l_homicide ~ post + factor(state) + factor(year), d)                         # the two-way fixed effects: .0818
    lme(l_homicide ~ factor(year) + ever + post, random = ~ 1 | state, d, method = "ML",
        correlation = corExp(form = ~ year | state, nugget = TRUE))
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd

from sos_bayes.data import Continuous, Rollout, read_cohort
from sos_bayes.designs import DiD
from sos_bayes.fitting import Fit
from tests.oracles.agreement import (
    ABSENT,
    BENCHMARKS,
    WIDE,
    WORDS,
    Agreement,
    against,
    agreeing,
    covariate_gap,
    fitted,
    in_unit,
    needs_files,
    period_gap,
    shared,
)
from tests.oracles.test_count import laws


def exam() -> tuple[Agreement, ...]:
    """Pupils by school, sex and intake."""
    table = pd.read_csv(BENCHMARKS / "exam_ilea.csv")
    both = table.groupby("school")["sex"].nunique() == 2
    ever = [int(i) for i in both.index[both] if i % 2]
    table = table.assign(school=table["school"].astype(str), year=2001 + (table["sex"] == "M"))
    cohort = read_cohort(table, authority="school", period="year")
    outcome = Continuous("normexam", unit="points", **WORDS)
    fit = fitted(cohort, Rollout({str(i): 2002 for i in ever}), outcome, DiD(adjust=("intake",), priors=WIDE))
    unit, lowest = in_unit(fit), "bottom 25%"
    return (
        against("boys", (-0.2009981, 0.0444078), unit * period_gap(fit, 1)),
        against("start that never was", (0.0349575, 0.0687270), unit * shared(fit, "mu_tau")),
        against("schools with it", (-0.0193474, 0.0958783), unit * shared(fit, "ever")),
        against("middle intake", (-0.8148478, 0.0283881), unit * covariate_gap(fit, "intake", "mid 50%", lowest)),
        against("top intake", (-1.6025520, 0.0419008), unit * covariate_gap(fit, "intake", "top 25%", lowest)),
        against("sd of pupils", (0.7766, 0.0087), unit * fit.draws.hyper["sd_within"]),
    )


def radon() -> tuple[Agreement, ...]:
    """Homes by county and floor; an sd of 85 counties is a little larger on average than where it is most likely."""
    table = pd.read_csv(BENCHMARKS / "radon_mn_gelmanhill.csv")
    both = table.groupby("county")["basement"].nunique() == 2
    table = table.assign(county=table["county"].astype(str), year=2001 + table["basement"])
    cohort = read_cohort(table, authority="county", period="year")
    priors = replace(WIDE, effect_sd=ABSENT, level_gap=ABSENT)
    outcome = Continuous("log_radon", unit="log pCi/L", **WORDS)
    fit = fitted(cohort, Rollout({str(both.index[both][0]): 2002}), outcome, DiD(priors=priors))
    unit = in_unit(fit)
    return (
        against("other floor", (-0.6926365, 0.07036022), unit * period_gap(fit, 1)),
        against("sd of counties", (0.328, 0.045), unit * fit.draws.hyper["spread"], 0.3),
    )


@cache
def states(shock: float) -> Fit:
    """Log rates of states."""
    panel, rollout = laws()
    outcome = Continuous("l_homicide", unit="log homicides", children="states", **WORDS)
    return fitted(panel, rollout, outcome, DiD(priors=replace(WIDE, shock=shock, authority=30.0)))


def two_way() -> tuple[Agreement, ...]:
    """States and years only."""
    fit = states(ABSENT)
    return (against("law, two-way fixed effects", (0.0818116, 0.0317380), in_unit(fit) * shared(fit, "mu_tau")),)


def in_time() -> tuple[Agreement, ...]:
    """Levels, autoregressive shocks and noise."""
    fit = states(3.0)
    unit = in_unit(fit)
    return (
        against("law, shocks in time", (0.07884723, 0.0405520), unit * shared(fit, "mu_tau")),
        against("states with a law", (0.38786841, 0.1547321), unit * shared(fit, "ever")),
        against("2010 against 2000", (-0.13114567, 0.0496849), unit * period_gap(fit, 10)),
    )


@needs_files
def test_means_of_pupils_in_schools_are_those_of_lme4() -> None:
    agreeing(exam())


@needs_files
def test_means_of_homes_in_counties_are_those_of_lme4() -> None:
    agreeing(radon())


@needs_files
def test_plain_numbers_with_two_way_effects_are_those_of_a_regression() -> None:
    agreeing(two_way())


@needs_files
def test_plain_numbers_with_shocks_in_time_are_those_of_nlme() -> None:
    agreeing(in_time())
