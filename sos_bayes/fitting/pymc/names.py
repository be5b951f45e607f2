"""What the readable model calls a design's terms, and along what they run."""

from __future__ import annotations

from typing import Any, NamedTuple

from sos_bayes.designs import Layout
from sos_bayes.fitting.arrays.problem import Problem

Dims = tuple[str, ...]
ADOPTERS = "adopter_predictor"  # what is kept of the predictor where draws are read back


class Written(NamedTuple):
    """How a term is written: its variable's name, its dimensions, and over how many of the last it sums to zero."""

    name: str
    dims: Dims = ()
    sums: int = 0


# a variable and a dimension may not share a name
WRITTEN = {
    "authority": Written("authority_level"),
    "period": Written("period_effect", ("period",), 1),
    "lag": Written("lag_effect", ("lag",)),
    "lead": Written("lead_effect", ("lead",), 1),
    "baseline": Written("baseline_effect", ("number", "period"), 1),
    "cohort": Written("cohort_effect", ("start_and_lag",)),
    "cluster_shock": Written("cluster_shock", ("cluster", "period")),
    "intercept_by_stream": Written("intercept_by_stream", ("stream",), 1),
    "ever_by_stream": Written("ever_by_stream", ("stream",), 1),
    "mu_tau_by_stream": Written("mu_tau_by_stream", ("stream",), 1),
    "period_by_stream": Written("period_effect_by_stream", ("period", "stream"), 2),
}
LABELLED = {"lag": "lag", "lead": "lead", "cohort": "start_and_lag"}  # dimensions of terms that bring their labels


def written_as(name: str) -> Written:
    """How a term of this name is written."""
    return WRITTEN.get(name, Written(name))


def coords(problem: Problem, layout: Layout) -> dict[str, Any]:
    """Labels of the dimensions that the model has."""
    model, cells = problem.model, layout.cells
    shared_terms = {t.name: t for t in model.shared}
    labels: dict[str, Any] = {
        "authority": list(cells.names),
        "adopter": [cells.names[a] for a in layout.adopters],
        "period": list(cells.calendar.labels),
    }
    if len(cells.patterns) > 1:
        labels["pattern"] = [", ".join(pattern) for pattern in cells.patterns]
    if model.shocks.streams > 1:
        labels["stream"] = list(model.slots.labels)
    if model.patterns is not None:
        labels["covariate"] = list(model.patterns.labels)
    labels |= {dim: list(shared_terms[name].labels) for name, dim in LABELLED.items() if name in shared_terms}
    if "lag" in labels:
        labels["step"] = labels["lag"][1:]
    if "baseline" in shared_terms:
        term, first = shared_terms["baseline"], cells.calendar.labels[0]
        labels["number"] = [label.removesuffix(f", {first}") for label in term.labels[:: len(cells.calendar)]]
    if "cluster_shock" in shared_terms:
        term, first = shared_terms["cluster_shock"], cells.calendar.labels[0]
        labels["cluster"] = [label.removesuffix(f", {first}") for label in term.labels[:: term.chain]]
    if cells.outcome.levels:
        names = list(cells.outcome.names)
        labels |= {"level": names, "cutpoint": names[1:], "gap": names[1:-1]}
    return labels
