"""Without one study, or under another prior: importance weights of the draws that are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.fitting.posterior.pareto import pareto_shape, shape_limit
from sos_bayes.meta_analyses.measures import SynthesisPriors
from sos_bayes.meta_analyses.sampled import Question, flat, sampled
from sos_bayes.meta_analyses.study_density import log_density
from sos_bayes.meta_analyses.summaries import Wanted, summarised
from sos_bayes.sampling.sampler import Sampler

SCALES = {"half": 0.5, "as given": 1.0, "twice": 2.0}


def left_out_rows(
    question: Question, draws: Mapping[str, Floats], sampler: Sampler, seed: int, wanted: Wanted
) -> list[dict[str, object]]:
    """The mean effect without each study, one row each; draws (draw, ...)."""
    density = log_density(question.studies, question.bias, question.correlation, draws)
    rows = []
    for i, label in enumerate(question.studies.labels):
        weights, k_hat = (None, np.inf) if density is None else smoothed(-density[:, i])
        if weights is not None and k_hat < shape_limit(len(weights)):
            found = summarised(label, draws["mu"], wanted, weights)
            rows.append(_row(found.row(), float(weights @ draws["tau"]), k_hat, "weights"))
            continue
        less = replace(question, studies=question.studies.without(i))
        anew = flat(sampled(less, sampler, seed)[1])
        rows.append(_row(summarised(label, anew["mu"], wanted).row(), float(anew["tau"].mean()), 0.0, "nuts"))
    return rows


def _row(figures: dict[str, object], tau: float, k_hat: float, by: str) -> dict[str, object]:
    return {"without": figures.pop("name"), **figures, "tau": tau, "k_hat": k_hat, "by": by}


def smoothed(log_ratios: Floats) -> tuple[Floats, float]:
    """Pareto-smoothed importance weights that sum to 1, and their shape k (Vehtari and others 2024)."""
    from arviz_stats.base import array_stats

    if np.ptp(log_ratios) < 1e-12:
        return np.full(len(log_ratios), 1 / len(log_ratios)), 0.0
    log_weights, _ = array_stats.psislw(-log_ratios)
    weights = np.exp(log_weights - np.max(log_weights))
    return np.asarray(weights / weights.sum()), pareto_shape(log_ratios)


def prior_rows(
    priors: SynthesisPriors, draws: Mapping[str, Floats], site: Floats, wanted: Wanted
) -> list[dict[str, object]]:
    """Answers under priors of the heterogeneity of other widths, one row each."""
    rows = []
    spreads = [draws[name] for name in ("tau", "tau_within") if name in draws]
    for name, times in SCALES.items():
        ratios = sum(priors.log_density(tau, times) - priors.log_density(tau) for tau in spreads)
        weights, k_hat = smoothed(np.asarray(ratios))
        found = summarised(name, draws["mu"], wanted, weights).row()
        there = summarised("site", site, wanted, weights).row()
        there.pop("name")
        tau = float(weights @ draws["tau"])
        rows.append(
            {"prior": found.pop("name"), "scale": priors.heterogeneity * times, **found, "tau": tau}
            | {f"site_{key}": value for key, value in there.items()}
            | {"k_hat": k_hat}
        )
    return rows
