"""Checks of a fit that predicts adopters from untreated cells: those of the rule that make sense, and its own.

Priors, drift and left-out adopters are second-stage questions: they cost no sampling.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sos_bayes._core.words import probability
from sos_bayes.checks.by_type_of_fit import Answered
from sos_bayes.checks.fit_under_test import (
    FLAT_SD,
    SCEPTICAL_SD,
    directional,
    in_words,
    inapplicable,
    unassessed,
)
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.checks.sensitivity import leave_one_out, no_change, population, weighting
from sos_bayes.checks.sensitivity.denominator import by_did
from sos_bayes.checks.sensitivity.model_variants import DRIFT_SD
from sos_bayes.estimands.effect import Effect
from sos_bayes.estimands.estimation import estimate
from sos_bayes.synthesis.comparing.placebo import point_placebos
from sos_bayes.synthesis.first_stage.first_stage import draws_of
from sos_bayes.synthesis.panel.overlap import ENOUGH_BEFORE, misfits
from sos_bayes.synthesis.second_stage.imputed_fit import ImputedFit

NOT_OURS = {
    "level_gap": "levels are matched by weights or constants before the start.",
    "leads": "departures before the start are the misfit before the start, reported in its place.",
    "random_walk": "residuals last as the donors' do; another design stands beside it in `compare`.",
    "trends": "common movements are matched by weights or factors.",
    "comparators": "weights or factors choose among the donors.",
    "donut": "all periods before the start are matched, the last year among others.",
    "points": "levels are matched by weights or constants before the start.",
    "predictive": "its replicates are those of the difference-in-differences; see the fit before the start.",
    "shared_shocks": "residuals of donors stand for that of the adopter; the difference-in-differences looks for it.",
    "start_shock": "residuals are as large as donors' in all periods; the difference-in-differences compares times.",
}


def reread(fit: ImputedFit, *, effect_sd: float | None = None, drift: float | None = None) -> Effect:
    """The SATT with another prior of the average effect, or with adopters drifting apart: the second stage again."""
    priors = fit.priors if effect_sd is None else replace(fit.priors, effect_sd=effect_sd)
    draws = draws_of(fit.series, list(fit.predicted), priors, fit.seed, fit.draws.shape, drift)
    return estimate(replace(fit, draws=replace(draws, hyper=fit.draws.hyper | draws.hyper)))


def _units(fit: ImputedFit) -> float:
    """What log-odds are to counts: sds of donors' values, wide in proportion."""
    return fit.priors.effect_sd / 0.5 if fit.outcome.measured else 1.0


def check_population(fit: ImputedFit) -> CheckResult:
    """Report the sign of the average effect in the population."""
    if fit.series.adopters < 2:
        return inapplicable(
            population.NAME, population.TITLE, "one adopter says next to nothing about other authorities."
        )
    effect = estimate(fit, estimand="patt")
    return population.reported(effect, fit.draws.shared["mu_tau"], in_words(effect))


def check_weighting(fit: ImputedFit) -> CheckResult:
    """Report the SATT with adopters weighted equally."""
    name, title = weighting.NAME, weighting.TITLE
    if fit.series.adopters < 2:
        return inapplicable(name, title, "with one adopter both weightings are the same.")
    return directional(name, title, estimate(fit, weight="authorities"), weighting.LEAD_IN)


def check_leave_one_out(fit: ImputedFit) -> CheckResult:
    """Report the lowest P(direction) with each adopter left out of the second stage."""
    if fit.series.adopters < 2:
        return inapplicable(leave_one_out.NAME, leave_one_out.TITLE, "there is one adopter.")
    effects = [estimate(_without(fit, a)) for a in range(fit.series.adopters)]
    return leave_one_out.reported(effects, estimate(fit).mean, f"{len(effects)} adopters")


def _without(fit: ImputedFit, a: int) -> ImputedFit:
    """The fit of the other adopters; donors' weights and scales as they are."""
    s, keep = fit.series, np.arange(fit.series.adopters) != a
    rows = np.concatenate([keep, np.ones(s.donors, dtype=bool)])
    layout = fit.layout.without(int(s.rows[a]))
    places = s.rows - (s.rows > s.rows[a])
    series = replace(
        s, layout=layout, rows=places[rows], adopters=s.adopters - 1, events=s.events[rows], total=s.total[rows],
        value=s.value[rows], error=s.error[rows], starts=s.starts[keep],
    )  # fmt: skip
    predicted = tuple(p for p, kept in zip(fit.predicted, keep, strict=True) if kept)
    draws = draws_of(series, list(predicted), fit.priors, fit.seed, fit.draws.shape)
    return replace(fit, layout=layout, series=series, predicted=predicted, draws=draws, weights=None)


def check_periods(fit: ImputedFit) -> CheckResult:
    """Say whether periods before the start are enough for a prediction from untreated cells to carry a grade."""
    name, title = "imputation", "Predicted from untreated cells only"
    first = int((fit.series.before & fit.series.seen[: fit.series.adopters]).sum(axis=1).min())
    if first < ENOUGH_BEFORE:
        return unassessed(name, title, f"{first} periods before the start; a grade needs {ENOUGH_BEFORE}.")
    effect = reread(fit, effect_sd=FLAT_SD * _units(fit))
    return directional(name, title, effect, "With next to no prior on the effect")


def check_sceptical(fit: ImputedFit) -> CheckResult:
    """Report the effect under a prior that expects next to nothing."""
    effect = reread(fit, effect_sd=SCEPTICAL_SD * _units(fit))
    return directional("sceptical", "Sceptical prior", effect, "Under a prior that expects next to no effect")


def check_drift(fit: ImputedFit) -> CheckResult:
    """Report the effect where adopters may have been drifting away from their prediction anyway."""
    said = f"If adopters may drift apart anyway (sd {DRIFT_SD} a year on the model's scale)"
    return directional("drift", "Adopters drifting apart", reread(fit, drift=DRIFT_SD), said)


def check_no_change(fit: ImputedFit) -> CheckResult:
    """Report P(|SATT| < worthwhile) under a flat prior, and with drift."""
    flat = FLAT_SD * _units(fit)
    effect, limit = reread(fit, effect_sd=flat), float(fit.outcome.worthwhile)
    within = effect.probability(above=-limit, below=limit)
    drifting = reread(fit, effect_sd=flat, drift=DRIFT_SD)
    worst = min(within, drifting.probability(above=-limit, below=limit))
    sentence = f"{probability(within)} that the effect is smaller than the worthwhile change, under a flat prior."
    return no_change.reported(effect, limit, worst, sentence)


def check_before(fit: ImputedFit) -> CheckResult:
    """Report the misfit before the start beside donors' own, never as a condition."""
    own, theirs = misfits(fit.series, intercept=getattr(fit.design, "intercept", True))
    rank = [int((theirs >= m).sum()) for m in own]
    numbers = (
        ("largest", float(own.max())), ("typical_donor", float(np.median(theirs))),
        ("donors_fitted_worse", float(min(rank))), ("donors", float(len(theirs))),
    )  # fmt: skip
    sentence = (
        f"Before the start the best weights leave a gap of {own.max():.3g} (root mean square, model scale) in the "
        f"worst adopter; donors fitted by each other leave {np.median(theirs):.3g}, and {min(rank)} of {len(theirs)} "
        "donors are fitted no better. A good fit before the start is not evidence, and nothing here depends on it."
    )
    return CheckResult("before", "Fit before the start", State.REPORTED, numbers, sentence)


def check_placebo(fit: ImputedFit) -> CheckResult:
    """Report where the effect ranks among donors fitted in the same way."""
    return point_placebos(fit)


IMPUTED = Answered(
    checks={
        "patt": check_population,
        "weighting": check_weighting,
        "leave_one_out": check_leave_one_out,
        "imputation": check_periods,
        "sceptical": check_sceptical,
        "drift": check_drift,
        "no_change": check_no_change,
        "denominator": by_did,
    },
    reasons=NOT_OURS,
    own={"before": check_before, "placebo_in_space": check_placebo},
)
