"""Draws of the readable model as every route reports them: the way back from its variables to a design's terms."""

from __future__ import annotations

from typing import Any

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.designs.terms import Cutpoints, Shared
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.posterior.draws import Draws, assemble
from sos_bayes.fitting.pymc.names import ADOPTERS, written_as


def assembled(problem: Problem, posterior: Any) -> Draws:
    """Name and add up what was drawn.

    Parameters
    ----------
    problem : Problem
    posterior : mapping of str to xarray.DataArray
        Draws (chain, draw, ...) of the model's variables, those of `kept_variables` among them.

    Returns
    -------
    Draws
    """

    def drawn(name: str) -> Floats:
        return np.asarray(posterior[name].values, dtype=float)

    model, adopters = problem.model, problem.adopters
    base = drawn(ADOPTERS)
    shape, periods = base.shape[:2], base.shape[3:]
    theta = base.reshape(*base.shape[:3], int(np.prod(periods)))
    values = {h.name: _hyper(h.name, problem, drawn) for h in model.hypers}
    hyper = {
        name: np.broadcast_to(value, shape).astype(float) for name, value in model.scalars(values, np).items()
    }  # fmt: skip
    coefficients = {t.name: _coefficients(t, hyper, drawn) for t in model.shared}
    own, everywhere = {}, np.zeros(0)
    for term in model.by_authority:
        value = drawn(written_as(term.name).name)
        of_all = value.shape[2] == len(problem.kind)
        own[term.name] = value[..., adopters] if of_all else value
        if term.name == "authority":
            everywhere = value
    others = np.setdiff1d(np.arange(len(problem.kind)), adopters)
    level = everywhere[..., others].mean(axis=-1) if len(others) else np.zeros(shape)
    gap = coefficients["ever"][..., 0] + own["authority"].mean(axis=-1) - level
    return assemble(problem, coefficients, own, hyper, (theta, _beta(problem, shape, drawn), gap))


def kept_variables(problem: Problem) -> list[str]:
    """Names of the variables that `assembled` reads."""
    model, cuts = problem.model, problem.model.cutpoints
    hypers = ["variance_within" if h.name == "within" else h.name for h in model.hypers]
    shared = ["z_cluster_shock" if t.chain else written_as(t.name).name for t in model.shared]
    own = [written_as(t.name).name for t in model.by_authority]
    beta = ["covariate_effect"] * (model.patterns is not None)
    beta += ["cutpoint_gap"] * (cuts is not None and len(cuts.basis) > 1)
    return [*hypers, *shared, *own, *beta, ADOPTERS]


def _hyper(name: str, problem: Problem, drawn: Any) -> Floats:
    """A hyperparameter; of a measured outcome's residual variance the score."""
    if name != "within":
        return np.asarray(drawn(name))
    residual = problem.model.residual
    assert residual is not None
    return np.asarray((0.5 * np.log(drawn("variance_within")) - residual.centre) / residual.width)


def _coefficients(term: Shared, hyper: dict[str, Floats], drawn: Any) -> Floats:
    """Coefficients (chain, draw, k) of a shared term's columns; of shared shocks their innovations."""
    if term.chain:
        steps = drawn("z_cluster_shock")
        return np.asarray(hyper[str(term.sd)][..., None] * steps.reshape(*steps.shape[:2], -1))
    value = drawn(written_as(term.name).name)
    return np.asarray(value.reshape(*value.shape[:2], -1) @ np.linalg.pinv(term.basis).T)


def _beta(problem: Problem, shape: tuple[int, ...], drawn: Any) -> Floats:
    """Standardised coefficients (chain, draw, k) of covariates, then of cutpoints."""
    patterns, cuts = problem.model.patterns, problem.model.cutpoints
    parts = [] if patterns is None else [drawn("covariate_effect") / patterns.sd]
    if cuts is not None and len(cuts.basis) > 1:
        parts.append(_cutpoints(cuts, drawn("cutpoint_gap")))
    return np.concatenate(parts, axis=-1) if parts else np.zeros((*shape, 0))


def _cutpoints(term: Cutpoints, gaps: Floats) -> Floats:
    """Standardised coefficients of minus the cutpoints, from the gaps between neighbours."""
    falls = term.sd * -np.diff(term.basis, axis=0)
    return np.asarray(gaps @ np.linalg.inv(falls).T)
