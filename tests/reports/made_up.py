"""Synthetic evaluations for tests of everything that only reads them: no data, no fit, clearly made up."""

from dataclasses import replace

import numpy as np

from sos_bayes.checks import CheckResult, State
from sos_bayes.data import Aim, Binary, Count, Rollout
from sos_bayes.designs import DiD
from sos_bayes.estimands import Effects
from sos_bayes.estimands.effect import effect_from_draws
from sos_bayes.evidence import grade
from sos_bayes.fitting.posterior.diagnostics import Health
from sos_bayes.study import Evaluation, Finding, Study

KINSHIP = Binary("kin", aim=Aim.MORE, worthwhile=0.03, label="kinship placement", among="looked_after")
PLANS = Count("plans", "population", per=10_000, aim=Aim.FEWER, worthwhile=2.0, label="protection plans")
HEALTH = Health(True, (), (("worst_rhat", 1.002), ("smallest_ess", 2400.0), ("divergences", 0.0)))
CHILD = "CHILD-4711-SECRET"
SMALL = 7


def effect(outcome, mean, sd, seed=1, **changes):
    draws = np.random.default_rng(seed).normal(mean, sd, (4, 1000))
    known = {"baseline": 0.3 * outcome.per if outcome.proportion else 45.0, "n_children": 4803}
    return replace(effect_from_draws(draws, outcome), **{**known, "health": HEALTH, **changes})


def leads(outcome, mean, sd):
    times = range(-3, 4)
    found = tuple(effect(outcome, mean if t >= 0 else 0.0, sd, seed=20 + t, label=str(t)) for t in times)
    sentence = "The largest departure before the rollout is small."
    return CheckResult(
        "leads", "Departures", State.REPORTED, (("largest", 0.01),), sentence, Effects("event_time", found)
    )


def finding(outcome=KINSHIP, mean=-0.13, sd=0.03, authorities=("Ashford", "Birchley", "Cedarham", "Dale"), **changes):
    headline = effect(outcome, mean, sd)
    sizes = [612, 305, SMALL, 88]
    own = tuple(
        effect(outcome, mean, 2 * sd, seed=i, label=name, n_children=n)
        for i, (name, n) in enumerate(zip(authorities, sizes, strict=True))
    )
    beside = (
        replace(headline, estimand="patt", weight="authorities"),
        replace(headline, scale="ratio", draws=1 + headline.draws / headline.baseline),
        replace(headline, scale="events", draws=headline.draws / outcome.per * headline.n_children),
    )
    checks = (
        leads(outcome, mean, sd),
        CheckResult("drift", "Drift", State.REPORTED, (("p_negative", 0.96), ("p_positive", 0.04)), "P = 0.96."),
        CheckResult("trends", "Trends", State.NOT_APPLICABLE, (), "Too few periods."),
    )
    parts = {
        "outcome": outcome, "effect": headline, "checks": checks, "grade": grade(headline, checks), "error": None,
        "estimates": beside, "by_authority": Effects("authority", own), "health": HEALTH, "seconds": 3.2,
    }  # fmt: skip
    return Finding(**{**parts, **changes})


def failed(label="re-referral", error="The column re_referred is not there."):
    outcome = Binary("re_referred", aim=Aim.FEWER, worthwhile=0.01, label=label)
    return Finding(outcome, None, (), None, error, seconds=0.1)


def evaluation(*findings, title="Synthetic trial", notes=("Synthetic data: nothing here is real.",)):
    findings = findings or (finding(), finding(PLANS, -5.4, 3.0), failed())
    study = Study(
        title=title, data=None, rollout=Rollout({"Ashford": 2016, "Birchley": 2016}), design=DiD(), notes=notes,
        outcomes=tuple(f.outcome for f in findings),
    )  # fmt: skip
    return Evaluation(study, findings, 12.5)
