"""Ordered levels in two published tables, beside the R package ordinal and a posterior worked out in plain R.

R 4.2.2, ordinal 2022.11-16, MASS 7.3-58.2 (Debian). Starts that never were, in some judges and in some houses. Wine:
`wine.R` beside this file. Housing:

    h <- MASS::housing; h$ever <- h$Type %in% c("Apartment", "Atrium"); h$late <- h$Cont == "High"
    m <- clm(Sat ~ Type + late + I(ever & late) + Infl, weights = Freq, data = h)     # MASS::polr gives the same
    summary(m)$coefficients; V <- vcov(m)   # a gap of cutpoints: b - a, sqrt(V[b, b] + V[a, a] - 2 * V[a, b])

Wine: bitterness of 72 glasses by nine judges (Randall 1989). Housing: satisfaction of 1,681 residents in Copenhagen
(Madsen 1976). Both tables are printed below.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from sos_bayes.data import Ordinal, Rollout, read_cohort
from sos_bayes.designs import DiD
from tests.oracles.agreement import (
    WIDE,
    WORDS,
    Agreement,
    against,
    agreeing,
    covariate_gap,
    cut_gap,
    fitted,
    period_gap,
    shared,
)

# Judge: two bottles each of cold without contact, cold with it, warm without, warm with.
WINE = {
    1: "23 34 44 55", 2: "12 13 23 54", 3: "23 32 55 44", 4: "32 32 32 53", 5: "23 43 33 33", 6: "32 32 24 54",
    7: "11 22 23 23", 8: "22 23 33 34", 9: "12 32 32 44",
}  # fmt: skip
# House, contact with neighbours: residents of low, medium, high satisfaction; influence low / medium / high.
HOUSING = {
    ("Tower", 0): ((21, 21, 28), (34, 22, 36), (10, 11, 36)),
    ("Tower", 1): ((14, 19, 37), (17, 23, 40), (3, 5, 23)),
    ("Apartment", 0): ((61, 23, 17), (43, 35, 40), (26, 18, 54)),
    ("Apartment", 1): ((78, 46, 43), (48, 45, 86), (15, 25, 62)),
    ("Atrium", 0): ((13, 9, 10), (8, 8, 12), (6, 7, 9)),
    ("Atrium", 1): ((20, 23, 20), (10, 22, 24), (7, 10, 21)),
    ("Terrace", 0): ((18, 6, 7), (15, 13, 13), (7, 5, 11)),
    ("Terrace", 1): ((57, 23, 13), (31, 21, 13), (5, 6, 13)),
}
LEVELS = ("low", "medium", "high")


def wine() -> tuple[Agreement, ...]:
    """Nine judges, 72 glasses: a posterior against a posterior, for means lie far above where they are most likely.

    The estimates of `clmm` are 1.84 for contact and 7.80 for the fourth cutpoint above the first, .4 and .8 of their
    errors below the means. A normal approximation at the mode comes near the estimates, and not near the posterior.
    """
    rows = [
        {"judge": str(judge), "year": 2001 + place // 2, "contact": ("no", "yes")[place % 2], "rating": int(rating)}
        for judge, glasses in WINE.items()
        for place, pair in enumerate(glasses.split())
        for rating in pair
    ]
    cohort = read_cohort(pd.DataFrame(rows), authority="judge", period="year")
    outcome = Ordinal("rating", levels=(1, 2, 3, 4, 5), at_least=4, **WORDS)
    rollout = Rollout({str(judge): 2002 for judge in range(1, 5)})
    fit = fitted(cohort, rollout, outcome, DiD(adjust=("contact",), priors=WIDE))
    return (
        against("contact", (2.0346, 0.5419), covariate_gap(fit, "contact", "yes", "no")),
        against("warm", (2.8286, 0.7255), period_gap(fit, 1)),
        against("start that never was", (1.4107, 1.0070), shared(fit, "mu_tau")),
        against("judges with it", (0.6880, 1.3051), shared(fit, "ever")),
        against("second cutpoint above the first", (3.4040, 0.6745), cut_gap(fit, 1)),
        against("third cutpoint above the first", (6.4109, 0.9058), cut_gap(fit, 2)),
        against("fourth cutpoint above the first", (8.6876, 1.0938), cut_gap(fit, 3)),
        against("sd of judges", (1.5546, 0.6599), fit.draws.hyper["spread"]),
    )


def housing() -> tuple[Agreement, ...]:
    """Levels of four kinds of house, hardly pooled here and free there."""
    frames = [
        pd.DataFrame({"house": house, "year": 2001 + late, "influence": LEVELS[i], "sat": LEVELS[j]}, index=range(n))
        for (house, late), table in HOUSING.items()
        for i, counts in enumerate(table)
        for j, n in enumerate(counts)
    ]
    cohort = read_cohort(pd.concat(frames, ignore_index=True), authority="house", period="year")
    outcome = Ordinal("sat", levels=LEVELS, at_least="high", **WORDS)
    design = DiD(adjust=("influence",), priors=replace(WIDE, authority=20.0))
    fit = fitted(cohort, Rollout({"Apartment": 2002, "Atrium": 2002}), outcome, design)
    return (
        against("medium influence", (0.564037, 0.104678), covariate_gap(fit, "influence", "medium", "low")),
        against("high influence", (1.286004, 0.127228), covariate_gap(fit, "influence", "high", "low")),
        against("contact with neighbours", (0.241524, 0.151576), period_gap(fit, 1)),
        against("start that never was", (0.195289, 0.193919), shared(fit, "mu_tau")),
        against("second cutpoint above the first", (1.187432, 0.05096233), cut_gap(fit, 1)),
    )


def test_cumulative_log_odds_of_residents_are_those_of_clm() -> None:
    agreeing(housing())


def test_a_mixed_model_of_judges_has_the_posterior_that_importance_sampling_gives_it() -> None:
    agreeing(wine())
