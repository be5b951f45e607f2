"""Authorities' autoregressive shocks, and those that clusters share, as variables of a PyMC model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from sos_bayes.designs.terms import Shared, Shocks
from sos_bayes.fitting.pymc.variables import Declared, standard


def shocks(term: Shocks, periods: int, scalars: dict[str, Any], declared: Declared) -> Any:
    """Declare the shocks of every authority in every slot; returns them, (A, n).

    ``shock`` fades as the correlation says. Beside it are ``stream_shock``, each stream's own, where there are several
    streams; and ``noise``, gone in the next period, where periods are shorter than a year. Noise that several streams
    share is part of their ``shock``: its innovations are behind both, as nothing in the data tells one from the other.
    """
    root = _root(term, periods, scalars)
    larger = pt.exp(scalars["log_adopter_scale"] * term.own_scale.astype(float))

    def spread(name: str, root: Any, dims: tuple[str, ...]) -> Any:
        each = larger.reshape((-1, *[1] * (len(dims) - 1)))
        steps = declared(f"z_{name}", dims, standard)
        return pm.Deterministic(name, each * pt.dot(steps, root.T), dims=dims)

    shared = scalars["sd_shock"] * root
    if term.noisy and term.streams > 1:
        alone = scalars["sd_noise"] ** 2 * np.eye(periods)
        shared = pt.linalg.cholesky(pt.dot(shared, shared.T) + alone)
    every = spread("shock", shared, ("authority", "period"))
    if term.noisy and term.streams == 1:
        alone = declared("z_noise", ("authority", "period"), standard)
        sd = scalars["sd_noise"] * larger[:, None]
        every = every + pm.Deterministic("noise", sd * alone, dims=("authority", "period"))
    if term.streams == 1:
        return every
    own = spread("stream_shock", scalars["sd_stream"] * root, ("authority", "stream", "period"))
    return (every[:, None] + own).reshape((len(term.own_scale), -1))


def cluster_shocks(term: Shared, fade: Shocks, scalars: dict[str, Any], declared: Declared) -> Any:
    """Declare the shocks that authorities of a cluster share; returns them flat, cluster after cluster."""
    dims = ("cluster", "period")
    steps = declared("z_cluster_shock", dims, standard)
    root = _root(fade, term.chain, scalars)
    shocks = pm.Deterministic("cluster_shock", scalars[str(term.sd)] * pt.dot(steps, root.T), dims=dims)
    return shocks.reshape((-1,))


def _root(term: Shocks, periods: int, scalars: dict[str, Any]) -> Any:
    """Map (T, T) from a chain's standard normal innovations to its shocks, in units of a year's innovation sd.

    The first shock is stationary; that of a walk is one innovation.
    """
    ages = np.subtract.outer(np.arange(periods), np.arange(periods))
    if term.walk:
        return pt.constant(np.sqrt(term.years) * (ages >= 0))
    log_rho = pt.log(scalars["rho"])
    start = -pt.expm1(2 * term.years * log_rho)
    period = pt.sqrt(start / -pt.expm1(2 * log_rho))
    first = pt.concatenate([(1 / pt.sqrt(start))[None], pt.ones(periods - 1)])
    return period * pt.exp(term.years * log_rho * np.maximum(ages, 0)) * (ages >= 0) * first
