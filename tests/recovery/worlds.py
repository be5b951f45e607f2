"""One world drawn from a model's own prior: hyperparameters, coefficients, shocks, and the predictor they add up to.

Written from the terms alone with numpy's own distributions: none of the maps and roots of the two routes is used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sos_bayes.designs.priors import HalfNormal, Normal, Prior
from sos_bayes.designs.terms import Cutpoints, Model

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """True parameters: A authorities, S streams of T periods, C covariate patterns.

    ``theta`` (A, S T) is the predictor with the rollout and without covariates, ``effect`` (A, S T) what the rollout
    added; ``shift`` (C,) is what covariates add, ``beta`` (k,) their coefficients and ``cuts`` an ordinal outcome's
    cutpoints (none for others).
    """

    scalars: dict[str, float]
    theta: Floats
    effect: Floats
    shift: Floats
    beta: Floats
    cuts: Floats


def drawn(model: Model, rng: np.random.Generator) -> World:
    """Draw a world; a measured outcome's residual sd is no part of it (see `sbc_outcomes.measured`)."""
    scalars = _scalars({h.name: _value(h.prior, rng) for h in model.hypers if h.name != "within"})

    def size(sd: float | str) -> float:
        return scalars[sd] if isinstance(sd, str) else float(sd)

    theta = _shocks(model, scalars, rng)
    effect = np.zeros_like(theta)
    for term in model.shared:
        added = term.columns @ (size(term.sd) * rng.standard_normal(term.columns.shape[2]))
        theta += added
        effect += added if term.role == "effect" else 0.0
        if term.name == "mu_tau":
            scalars["mu_tau"] = float(np.max(added) + np.min(added))  # its column is 0 and 1
    for own in model.by_authority:
        added = own.weights * (size(own.sd) * rng.standard_normal(len(theta)))[:, None]
        theta += added
        effect += added if own.role == "effect" else 0.0
    beta, shift = np.zeros(0), np.zeros(1)
    if model.patterns is not None:
        beta = model.patterns.sd * rng.standard_normal(model.patterns.columns.shape[1])
        shift = model.patterns.columns @ beta
    cuts = np.zeros(0) if model.cutpoints is None else _cuts(model.cutpoints, rng)
    return World(scalars, theta, effect, shift, beta, cuts)


def _value(prior: Prior, rng: np.random.Generator) -> float:
    if isinstance(prior, HalfNormal):
        return float(abs(rng.normal(0, prior.scale)))
    return float(rng.normal(0, prior.sd) if isinstance(prior, Normal) else rng.random())


def _scalars(values: dict[str, float]) -> dict[str, float]:
    """Add the shocks' yearly correlation and the sd of lasting levels: together they make the spread."""
    spread, innovation, memory = values["spread"], values["sd_shock"], values["memory"]
    rho = memory * spread / np.hypot(spread, innovation)
    lasting = spread * np.sqrt((1 - memory**2) / (1 - rho**2))
    return values | {"rho": float(rho), "sd_authority": float(lasting)}


def _shocks(model: Model, scalars: dict[str, float], rng: np.random.Generator) -> Floats:
    """Stationary shocks (A, S T): what streams share, and with several streams what each has for itself."""
    shocks, n_a = model.shocks, len(model.shocks.own_scale)
    n_t = model.shared[0].columns.shape[1] // shocks.streams
    larger = np.where(shocks.own_scale, np.exp(scalars["log_adopter_scale"]), 1.0)[:, None, None]

    def chain(innovation: float, streams: int) -> Floats:
        lasting = innovation / np.sqrt(1 - scalars["rho"] ** 2)
        rho = scalars["rho"] ** shocks.years
        u = rng.standard_normal((n_a, streams, n_t))
        for t in range(1, n_t):
            u[..., t] = rho * u[..., t - 1] + np.sqrt(1 - rho**2) * u[..., t]
        return np.asarray(lasting * larger * u)

    found = np.repeat(chain(scalars["sd_shock"], 1), shocks.streams, axis=1)
    if shocks.streams > 1:
        found = found + chain(scalars["sd_stream"], shocks.streams)
    return found.reshape(n_a, -1)


def _cuts(cutpoints: Cutpoints, rng: np.random.Generator) -> Floats:
    """Independent normals, sorted and counted from their mean, taken with the chance that keeps neighbours apart."""
    while True:
        cuts = np.sort(rng.normal(0, cutpoints.sd, len(cutpoints.basis)))
        if rng.random() < np.prod(-np.expm1(-np.diff(cuts))) ** cutpoints.apart:
            return np.asarray(cuts - cuts.mean())
