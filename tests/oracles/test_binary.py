"""Yes and no, in two published data sets, beside lme4's `glmer` and a sampler of somebody else's.

R 4.2.2, lme4 1.1-31 (Debian r-cran-lme4). Contraception (Huq and Cleland 1990; mlmRev; 1,934 women, 60 districts): odd
districts with women of both kinds are given a start between country and town, which never was.

    d <- read.csv("contraception.csv"); both <- tapply(d$urban, d$district, function(u) all(c("N", "Y") %in% u))
    d$ever <- d$district %in% as.integer(names(both)[both]) & d$district %% 2 == 1; d$late <- d$urban == "Y"
    d$band <- cut(d$age, c(-Inf, -6, 2, 10, Inf), right = FALSE)
    m <- glmer(I(use == "Y") ~ ever * late + livch + band + (1 | district), d, family = binomial,
               control = glmerControl(optimizer = "bobyqa"))
    summary(m)$coefficients; VarCorr(m); d$fit <- fitted(m); with(d[d$ever & d$late, ], tapply(fit, district, mean))

cbpp (Lesnoff et al. 2004; lme4, 56 counts of 15 herds): the posterior is numpyro's, from expectations.csv, for
cbind(incidence, size - incidence) ~ period + (1 | herd) with a half-normal sd of scale 1.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from sos_bayes.data import Binary, Bins, Rollout, read_cohort, read_panel
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
    needs_files,
    period_gap,
    shared,
)

SHARES = {
    1: 0.34487, 5: 0.45842, 9: 0.50009, 13: 0.44623, 15: 0.47373, 19: 0.46452, 21: 0.42043, 25: 0.50770, 27: 0.35074,
    29: 0.42586, 31: 0.50792, 33: 0.55869, 35: 0.54895, 39: 0.65652, 41: 0.57501, 43: 0.60608, 45: 0.44105, 47: 0.46764,
    51: 0.52326, 57: 0.43375, 61: 0.32938,
}  # fmt: skip


@cache
def contraception() -> Fit:
    """Women by district, town or country, number of children and age."""
    table = pd.read_csv(BENCHMARKS / "contraception.csv")
    both = table.groupby("district")["urban"].nunique() == 2
    ever = [int(i) for i in both.index[both] if i % 2]
    table = table.assign(
        district=table["district"].astype(str),
        year=2001 + (table["urban"] == "Y"),
        used=(table["use"] == "Y").astype(int),
    )
    design = DiD(adjust=("livch", Bins("age", edges=(-6, 2, 10))), priors=WIDE)
    cohort = read_cohort(table, authority="district", period="year")
    return fitted(cohort, Rollout({str(i): 2002 for i in ever}), Binary("used", **WORDS), design)


def coefficients() -> tuple[Agreement, ...]:
    """The sd of districts is integrated over here and fixed at its estimate there."""
    fit = contraception()
    ages = ("under -6", "-6 to under 2", "2 to under 10", "10 and over")
    return (
        against("town", (0.749730586, 0.161785), period_gap(fit, 1)),
        against("start that never was", (-0.102878276, 0.242598), shared(fit, "mu_tau")),
        against("districts with it", (0.000294349, 0.182619), shared(fit, "ever")),
        against("one child", (0.900500714, 0.160475), covariate_gap(fit, "livch", "1", "0")),
        against("two children", (0.998238742, 0.182930), covariate_gap(fit, "livch", "2", "0")),
        against("three or more", (0.976100478, 0.180379), covariate_gap(fit, "livch", "3+", "0")),
        against("age, second band", (0.422461089, 0.151211), covariate_gap(fit, "age", ages[1], ages[0])),
        against("age, third band", (0.289497334, 0.183040), covariate_gap(fit, "age", ages[2], ages[0])),
        against("age, fourth band", (-0.459179211, 0.203341), covariate_gap(fit, "age", ages[3], ages[0])),
    )


def herds() -> tuple[Agreement, ...]:
    """A posterior against a posterior: 56 counts of 15 herds, where posterior means are no estimates any more."""
    table = pd.read_csv(BENCHMARKS / "cbpp.csv")
    table = table.assign(herd=table["herd"].astype(str), year=2000 + table["period"])
    priors = replace(WIDE, effect_sd=ABSENT, level_gap=ABSENT, authority=1.0, period=2.5, intercept=2.5)
    panel = read_panel(table, authority="herd", period="year")
    fit = fitted(panel, Rollout({"1": 2003}), Binary("incidence", "size", **WORDS), DiD(priors=priors))
    first = shared(fit, "intercept")[:, 0] + shared(fit, "period")[:, 0]
    return (
        against("first period", (-1.416, 0.2335), first),
        against("second period", (-0.982, 0.3068), period_gap(fit, 1)),
        against("third period", (-1.120, 0.3268), period_gap(fit, 2)),
        against("fourth period", (-1.578, 0.4276), period_gap(fit, 3)),
        against("sd of herds", (0.734, 0.210), fit.draws.hyper["spread"]),
    )


@needs_files
def test_a_mixed_logit_of_women_in_districts_is_that_of_lme4() -> None:
    agreeing(coefficients())


@needs_files
def test_shares_of_districts_are_pooled_as_lme4_pools_them() -> None:
    """Town shares of 21 districts, between each one's own and that of all: within a fifth of a posterior sd."""
    fit = contraception()
    layout = fit.layout
    counts = layout.cells.total[layout.adopters, 1]
    weights = np.zeros((len(counts), len(counts), 2, counts.shape[1]))
    for i, own in enumerate(counts):
        weights[i, i, 1] = own / own.sum()
    found = fit.contrast(weights).with_rollout[0]
    theirs = np.array([SHARES[int(layout.cells.names[a])] for a in layout.adopters])
    off = (found.mean(axis=0) - theirs) / found.std(axis=0)
    print("furthest", np.abs(off).max(), "in points", 100 * np.abs(found.mean(axis=0) - theirs).max())
    raw = layout.cells.events[layout.adopters, 1].sum(axis=1) / counts.sum(axis=1)
    assert np.abs(off).max() < 0.2
    assert np.abs(found.mean(axis=0) - raw).max() > 0.1  # they are not each one's own


@needs_files
def test_a_mixed_logit_of_herds_is_that_of_another_sampler() -> None:
    agreeing(herds())
