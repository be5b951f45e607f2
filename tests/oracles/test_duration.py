"""Days until death in a trial of colon cancer, beside a logit of person-bands and Kaplan and Meier's curve.

R 4.2.2, survival 3.5-3, MASS 7.3-58.2 (Debian). survival::colon (Moertel et al. 1990): 929 patients by treatment, those
with more than four positive nodes as the later of two periods. Deaths and censored patients by year are printed below.

    d <- subset(colon, etype == 2); ends <- c(365, 730, 1095, 1460, 1825, 2190, 2555)
    d$adopt <- d$rx == "Lev+5FU"; d$late <- d$node4 == 1; d$dead <- d$status == 1
    d$band <- findInterval(d$time, ends, left.open = TRUE) + 1
    pp: a row for each patient and band lived through or died in (a censored one's own band is left out)
    m <- glm(done ~ factor(band) * (adopt + late) + adopt:late, binomial, pp)
    curve: cumprod(c(1, 1 - plogis(X %*% b))) of the treated with many nodes, with and without adopt:late
    mean days: sum(diff(c(0, ends)) * (head(S, -1) + tail(S, -1)) / 2); median: on the line between two ends
    sds: of 20,000 draws MASS::mvrnorm(coef(m), vcov(m)), seed 1
    survfit(Surv(ifelse(dead, band, band - .5), dead) ~ 1, subset(d, adopt & late)); also of days: Surv(time, dead)
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from sos_bayes.data import Duration, Rollout, read_cohort
from sos_bayes.designs import DiD
from sos_bayes.fitting import Fit
from tests.oracles.agreement import ABSENT, WIDE, WORDS, Agreement, Floats, against, agreeing, fitted, shared

ENDS = (365, 730, 1095, 1460, 1825, 2190, 2555)
# Treatment, many nodes: died, and last seen alive, in each of seven years and later.
COLON = {
    ("Obs", 0): ((11, 27, 20, 19, 11, 10, 5, 1), (0, 1, 0, 0, 3, 37, 47, 36)),
    ("Obs", 1): ((13, 24, 14, 9, 1, 1, 2, 0), (0, 0, 0, 0, 2, 9, 8, 4)),
    ("Lev", 0): ((13, 25, 25, 12, 4, 10, 1, 4), (0, 0, 0, 0, 2, 36, 51, 38)),
    ("Lev", 1): ((16, 21, 15, 10, 3, 2, 0, 0), (0, 0, 0, 0, 0, 7, 10, 5)),
    ("Lev+5FU", 0): ((13, 17, 13, 16, 6, 5, 2, 1), (0, 0, 0, 2, 3, 43, 62, 42)),
    ("Lev+5FU", 1): ((12, 18, 5, 3, 8, 2, 2, 0), (0, 0, 0, 0, 1, 8, 11, 9)),
}


@cache
def colon() -> Fit:
    """Patients by treatment (three "authorities" without a level of their own) and nodes (two "periods")."""
    last = (*ENDS, 3000)
    frames = [
        pd.DataFrame(
            {"rx": rx, "year": 2001 + many, "days": last[b] - (1 - dead), "dead": dead}, index=range(counts[b])
        )
        for (rx, many), both in COLON.items()
        for dead, counts in ((1, both[0]), (0, both[1]))
        for b in range(8)
    ]
    cohort = read_cohort(pd.concat(frames, ignore_index=True), authority="rx", period="year")
    outcome = Duration("days", done="dead", bands=ENDS, by_day=1825, **WORDS)
    return fitted(cohort, Rollout({"Lev+5FU": 2002}), outcome, DiD(priors=replace(WIDE, authority=ABSENT)))


def read_at(at: int | str) -> tuple[Floats, Floats]:
    """Draws with and without the effect, of the treated with many nodes."""
    found = colon().contrast(np.array([0.0, 1.0]).reshape(1, 1, 2, 1), "own", at)
    return found.with_rollout, found.without


def in_band(name: str, band: int) -> Floats:
    """Draws of the later period against the earlier in one band, or of what adopters' level adds there."""
    fit = colon()
    both, own = shared(fit, name), shared(fit, f"{name}_by_stream")
    if name == "ever":
        return np.asarray(both[:, 0] + own[:, band])
    return np.asarray(both[:, 1] - both[:, 0] + own[:, len(ENDS) + band] - own[:, band])


def waiting() -> tuple[Agreement, ...]:
    """Log-odds, and what is read off the averaged curve."""
    (done, none), (mean, mean_none), (half, half_none) = (read_at(at) for at in (1825, "mean", "median"))
    return (
        against("treated with many nodes, log-odds", (-0.06560415, 0.2396783), shared(colon(), "mu_tau")),
        against("many nodes, first year", (1.21442737, 0.2523300), in_band("period", 0)),
        against("treated, first year", (0.02820334, 0.2818446), in_band("ever", 0)),
        against("change of the share by day 1825", (-0.02182808, 0.07806077), done - none),
        against("share by day 1825", (0.59064427, 0.05322218), done),
        against("change of mean days to 2555", (44.21375, 158.91443), mean - mean_none),
        against("mean days to 2555", (1449.387, 105.288), mean),
        against("change of median days", (93.00314, 361.55565), half - half_none),
        against("median days", (1347.5227, 256.8917), half),
    )


def curves() -> tuple[Agreement, ...]:
    """Kaplan and Meier's share by day 1825 and means of the curve at the ends of bands, 79 patients by themselves."""
    return (
        against("share by day 1825, Kaplan-Meier", (0.5848101, 0.0555), read_at(1825)[0], 0.3),
        against("mean days, Kaplan-Meier in bands", (1458.46, 109.0), read_at("mean")[0], 0.3),
        against("mean days, Kaplan-Meier in days", (1464.0, 109.0), read_at("mean")[0], 0.3),
    )


def test_hazards_and_days_are_those_of_a_logit_of_person_bands() -> None:
    agreeing(waiting())


def test_curves_lie_near_kaplan_and_meiers() -> None:
    """The model borrows from patients with fewer nodes and from other treatments: near, and not the same."""
    agreeing(curves())
