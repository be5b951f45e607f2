"""Did adopters depart before they started? Leads and lags from one check fit, leads summing to zero."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes._core.words import amount, chance, probability
from sos_bayes.checks.fit_under_test import FLAT_SD, FitUnderTest, inapplicable, unassessed
from sos_bayes.checks.parallel_trends.expected_leads import Expected, expected_without
from sos_bayes.checks.parallel_trends.pre_period_gaps import before_start, gap_effects
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.checks.scheduling import Asking
from sos_bayes.checks.sensitivity.model_variants import drift_request
from sos_bayes.designs.terms import zero_sum_basis
from sos_bayes.estimands.effect import Effects
from sos_bayes.estimands.estimation import estimate
from sos_bayes.estimands.weights import child_weights, groups_by, normalised
from sos_bayes.families import Family
from sos_bayes.fitting import Fit

NAME, TITLE = "leads", "Departures before the rollout (leads)"


class EventStudy(NamedTuple):
    """Leads and lags by event time; by draw, natural scale, the largest lead and the effect net of leads gone on."""

    series: Effects
    largest: Floats
    net: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def check_leads(tested: FitUnderTest) -> Asking:
    """Report leads with what to expect of them: a small largest lead is never proof of parallel trends.

    Beside the posterior stand the prior, what the same check gives on data without departures, and its power
    against adopters drifting apart as much as the drift check takes for usual.
    """
    if tested.part is not None:
        return inapplicable(NAME, TITLE, "looked at for all children together, with the overall effect.")
    fit = tested.fit
    if len(fit.layout.leads) < 2:
        return inapplicable(NAME, TITLE, "one period before the start has nothing to depart from.")
    design = replace(fit.design, leads=True)
    flat = replace(design, leads=FLAT_SD)
    study, cov, sd = yield [
        tested.request(design, see=_event_study), tested.request(flat, see=_flat_covariance), drift_request(tested)
    ]  # fmt: skip
    if isinstance(study, str):
        return unassessed(NAME, TITLE, study)
    limit = tested.worthwhile / _slope(study, fit.problem.family)
    beyond = float((study.largest > tested.worthwhile).mean())
    prior = _prior_probability(fit, len(_event_times(fit)), limit)
    numbers: tuple[tuple[str, float], ...] = (
        ("largest", float(study.largest.mean())),
        ("p_beyond", beyond),
        ("p_beyond_prior", prior),
        ("p_net_positive", float((study.net > 0).mean())),
        ("p_net_negative", float((study.net < 0).mean())),
    )
    sentence = (
        f"The largest departure before the rollout is {_size(study)} on average over the posterior; "
        f"{probability(beyond)} that it exceeds the worthwhile change ({probability(prior)} before seeing data). "
    )
    if isinstance(cov, str):
        return CheckResult(
            NAME, TITLE, State.REPORTED, numbers, f"{sentence}What to expect without departures: {cov}", study.series
        )
    expected = expected_without(cov, _steady(fit, sd), design.priors.lead, limit, fit.seed)
    numbers += tuple(zip(("expected", "expected_low", "expected_high", "power", "expected_top"), expected, strict=True))
    return CheckResult(NAME, TITLE, State.REPORTED, numbers, sentence + _in_words(expected, sd), study.series)


def _in_words(expected: Expected, sd: float) -> str:
    return (
        f"Where nothing departs, data like these give {probability(expected.mean)} on average, {expected.low:.2f} to "
        f"{expected.high:.2f} in four cases of five. Adopters drifting apart by {sd:.3f} a year on the model's scale "
        f"would stand out in {chance(expected.power)} cases: read it with the drift check."
    )


def _size(study: EventStudy) -> str:
    first = next(iter(study.series))
    return amount(first.factor * float(study.largest.mean()), first.unit)


def _event_times(fit: Fit) -> list[int]:
    """Periods before the start that have data, as event times."""
    return [int(e) for e in fit.layout.leads]


def _steady(fit: Fit, sd: float) -> Floats:
    """A steady departure as the drift check takes for usual, by event time."""
    years = np.array(_event_times(fit)) * fit.layout.cells.calendar.years
    return np.asarray(sd * (years - years.mean()))


def _event_study(fit: Fit) -> EventStudy | str:
    if not fit.health.ok:
        return " ".join(fit.health.reasons)
    lag, seen, times = fit.layout.lags[fit.layout.adopters], before_start(fit), _event_times(fit)
    masks = np.stack([seen & (lag == e) for e in times])
    early = gap_effects(fit, fit.draws.lead, tuple(str(e) for e in times), masks)
    largest = np.abs(np.stack([e.draws for e in early])).max(axis=0)
    net = estimate(fit).draws - _gone_on(fit, np.stack([e.draws for e in early]))
    return EventStudy(Effects("event_time", (*early, *estimate(fit, by="event_time"))), largest, net)


def _gone_on(fit: Fit, leads: Floats) -> Floats:
    """What the line through the leads (m, chain, draw) would have come to on average after the start."""
    times = np.array(_event_times(fit), dtype=float)
    away = times - times.mean()
    slope = np.tensordot(away, leads, axes=1) / (away**2).sum()
    lags = fit.layout.lags[fit.layout.adopters][:, :, None]
    weights = normalised(child_weights(fit.layout), groups_by(fit.layout, None))
    return np.asarray(slope * ((weights * lags).sum() - times.mean()))


def _flat_covariance(fit: Fit) -> Floats | str:
    """Covariance (m, m) of leads around their mean, log-odds or log-rate scale."""
    if not fit.health.ok:
        return " ".join(fit.health.reasons)
    leads = fit.draws.shared["lead"].reshape(-1, len(fit.layout.leads))
    return np.asarray(np.cov(leads - leads.mean(axis=1, keepdims=True), rowvar=False))


def _slope(study: EventStudy, family: Family) -> float:
    """Change on the natural scale for a small change on the model's, at the baseline of the first lead."""
    first = next(iter(study.series))
    per = float(first.outcome.per)
    return per * float(family.slope(np.asarray(first.baseline / per)))


def _prior_probability(fit: Fit, count: int, limit: float) -> float:
    """P(largest lead beyond a limit on the model's scale) under the prior, by simulation."""
    rng = np.random.default_rng([fit.seed, 11])
    sd = np.abs(rng.normal(0, fit.design.priors.lead, (4000, 1)))
    drawn = (rng.standard_normal((4000, max(count - 1, 1))) * sd) @ zero_sum_basis(count).T
    return float((np.abs(drawn).max(axis=1) > limit).mean())
