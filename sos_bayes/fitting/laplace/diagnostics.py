"""The gate of the fast route: whether its hyperparameters were integrated well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sos_bayes.fitting.posterior.diagnostics import POINTS, Health

if TYPE_CHECKING:
    from sos_bayes.fitting.arrays.problem import Problem
    from sos_bayes.fitting.laplace.adaptive_importance import Points


def fast_health(points: Points, problem: Problem) -> Health:
    """Judge a fast fit by how well its hyperparameters were integrated, and by whether anything was seen to differ.

    Where no event happened at all, or nothing else, the field has no mode away from its prior's tails, and a normal
    around it is too narrow: its 90 % intervals held the level in 80 of 100 made-up worlds.
    """
    from sos_bayes.fitting.posterior.pareto import shape_limit

    limit = shape_limit(len(points.weights))
    reasons: list[str] = []
    if not points.ess >= POINTS:
        reasons.append(f"Hyperparameters rest on {points.ess:.0f} effective points; the limit is {POINTS:.0f}.")
    if not points.k_hat < limit:
        reasons.append(f"k-hat of the weights is {points.k_hat:.2f}; the limit is {limit:.2f}.")
    if _all_alike(problem):
        reasons.append("No event was counted, or nothing but events: the fast route is too certain there.")
    numbers = (
        ("hyper_ess", points.ess), ("k_hat", points.k_hat), ("points", float(len(points.weights))),
        ("log_evidence", points.log_evidence),
    )  # fmt: skip
    return Health(not reasons, tuple(reasons), numbers)


def _all_alike(problem: Problem) -> bool:
    """Whether a table of counts, none of them known by bounds, holds no event, or all that could be."""
    counts = problem.counts
    if counts.bounded.low.size:
        return False
    return problem.family.all_alike(float(counts.by_cell.sum()), float(counts.total.sum()))
