"""Did adopters depart before they started? Leads and lags from one check fit, leads summing to zero."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from sos_bayes._core.words import amount, probability
from sos_bayes.checks.bench import Bench, inapplicable, unassessed
from sos_bayes.checks.gaps import before_start, gap_effects
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.checks.rounds import Asking
from sos_bayes.designs.terms import zero_sum_basis
from sos_bayes.estimands.effect import Effects
from sos_bayes.estimands.estimation import estimate
from sos_bayes.fitting import Fit

NAME, TITLE = "leads", "Departures before the rollout (leads)"


def check_leads(bench: Bench) -> Asking:
    """Report leads with their prior beside them: a small largest lead is never proof of parallel trends."""
    if bench.fit.layout.starts[bench.fit.layout.adopters].max() < 2:
        return inapplicable(NAME, TITLE, "one period before the start has nothing to depart from.")
    design = replace(bench.fit.design, leads=True)
    result: CheckResult
    (result,) = yield [bench.look(design, see=partial(_event_study, worthwhile=bench.worthwhile))]
    return result


def _event_study(fit: Fit, worthwhile: float) -> CheckResult:
    if not fit.health.ok:
        return unassessed(NAME, TITLE, " ".join(fit.health.reasons))
    lag = fit.layout.lags[fit.layout.adopters]
    seen = before_start(fit)
    present = [int(e) for e in np.unique(lag[seen])]
    masks = np.stack([seen & (lag == e) for e in present])
    early = gap_effects(fit, fit.draws.lead, tuple(str(e) for e in present), masks)
    late = tuple(estimate(fit, by="event_time"))
    largest = np.abs(np.stack([e.draws for e in early])).max(axis=0)
    prior = _prior_probability(fit, len(present), worthwhile, early[0].baseline)
    p = float((largest > worthwhile).mean())
    factor = early[0].factor
    size = amount(factor * float(largest.mean()), early[0].unit)
    sentence = (
        f"The largest departure before the rollout is {size} on average over the posterior; {probability(p)} that it "
        f"exceeds the worthwhile change ({probability(prior)} before seeing data). With few periods this can neither "
        "alarm nor reassure: see the drift check."
    )
    numbers = (("largest", float(largest.mean())), ("p_beyond", p), ("p_beyond_prior", prior))
    return CheckResult(NAME, TITLE, State.REPORTED, numbers, sentence, Effects("event_time", (*early, *late)))


def _prior_probability(fit: Fit, count: int, limit: float, baseline: float) -> float:
    """P(largest lead beyond the worthwhile change) under the prior, by simulation at the baseline."""
    rng = np.random.default_rng([fit.seed, 11])
    sd = np.abs(rng.normal(0, fit.design.priors.lead, (4000, 1)))
    drawn = (rng.standard_normal((4000, max(count - 1, 1))) * sd) @ zero_sum_basis(count).T
    share = baseline / float(fit.outcome.per)
    slope = share * (1 - share) if fit.outcome.family == "binomial" else share
    return float((np.abs(drawn).max(axis=1) * slope * float(fit.outcome.per) > limit).mean())
