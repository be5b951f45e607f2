"""One part of the model exchanged, everything else the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sos_bayes.checks.against_headline import with_numbers
from sos_bayes.checks.fit_under_test import SCEPTICAL_SD, FitRequest, FitUnderTest, directional
from sos_bayes.checks.scheduling import Asking
from sos_bayes.designs import DiD
from sos_bayes.fitting import Fit

DRIFT_SD = 0.03  # per year, log-odds or log-rate: where authorities' own trends cannot tell
DRIFT_FACTOR, LEAST_DRIFT = 1.7, 0.015  # of the sd of authorities' own trends; a year


def random_walk_design(design: DiD) -> DiD:
    """Shocks that never die out."""
    return replace(design, shocks="random_walk")


def trends_design(design: DiD) -> DiD:
    """Every authority on a trend of its own."""
    return replace(design, trends=True)


def drift_design(design: DiD, sd: float) -> DiD:
    """Adopters drifting apart linearly, by chance or by selection, whatever the rollout did."""
    return replace(design, drift=sd)


def drift_request(tested: FitUnderTest) -> FitRequest:
    """Ask how far adopters may drift apart a year, on the model's scale; the fit is that of the check of trends."""
    return tested.request(trends_design(tested.fit.design), see=allowance)


def allowance(fit: Fit) -> float:
    """How far adopters may drift apart a year, from how far authorities do beyond their shocks.

    A multiple of the sd of authorities' own trends, root mean square over its posterior: the shocks of the same fit
    are taken out, and a long panel says more of both than a short one.
    """
    if not fit.health.ok:
        return DRIFT_SD
    return max(LEAST_DRIFT, DRIFT_FACTOR * float(np.sqrt((fit.draws.hyper["sd_trend"] ** 2).mean())))


def check_random_walk(tested: FitUnderTest) -> Asking:
    """Report the effect where shocks are a random walk."""
    (effect,) = yield [tested.request(random_walk_design(tested.fit.design))]
    return directional("random_walk", "Shocks as a random walk", effect, "With shocks that never die out")


def check_trends(tested: FitUnderTest) -> Asking:
    """Report the effect where every authority has its own trend."""
    (effect,) = yield [tested.request(trends_design(tested.fit.design))]
    return directional("trends", "Own trend in every authority", effect, "With a trend of its own in every authority")


def check_drift(tested: FitUnderTest) -> Asking:
    """Report the effect where adopters may have been drifting apart anyway."""
    (sd,) = yield [drift_request(tested)]
    (effect,) = yield [tested.request(drift_design(tested.fit.design, sd))]
    said = f"If adopters may drift apart anyway (sd {sd:.3f} a year on the model's scale, from how far authorities do)"
    return with_numbers(directional("drift", "Adopters drifting apart", effect, said), allowance=sd)


def check_sceptical(tested: FitUnderTest) -> Asking:
    """Report the effect under a prior that expects next to nothing."""
    effect = tested.under(SCEPTICAL_SD, tested.fast_refit)
    if not effect.health.ok:
        (effect,) = yield [tested.anew(SCEPTICAL_SD)]
    return directional("sceptical", "Sceptical prior", effect, "Under a prior that expects next to no effect")
