"""Sampling by nutpie's NUTS: sample what was prepared, check that nothing is missing, report."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.errors import FitError, SosBayesError
from sos_bayes.designs.terms import ByAuthority
from sos_bayes.fitting.draws import Draws, assemble
from sos_bayes.fitting.prepared import Prepared
from sos_bayes.fitting.problem import Problem
from sos_bayes.fitting.shocks import period_shocks, whitened

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sampler:
    """How to sample.

    Parameters
    ----------
    draws, tune : int
        Kept and warm-up draws of each chain.
    chains, cores : int
    target_accept : float
        Wanted acceptance; higher takes smaller steps.
    progress : bool or None
        Show nutpie's progress bar; None shows it on a terminal only.

    Examples
    --------
    >>> Sampler(draws=500).chains
    4
    """

    draws: int = 2500
    tune: int = 1000
    chains: int = 4
    cores: int = 2
    target_accept: float = 0.95
    progress: bool | None = None

    def __post_init__(self) -> None:
        for name in ("draws", "tune", "chains", "cores"):
            if getattr(self, name) < 1:
                raise SosBayesError(f"Sampler({name}={getattr(self, name)}) is below 1.", cure="Give at least 1.")
        if not 0.5 <= self.target_accept < 1:
            raise SosBayesError(f"target_accept is {self.target_accept}.", cure="Give a number from 0.5 to below 1.")

    def longer(self) -> Sampler:
        """Twice the draws and the smallest steps: the one retry."""
        return replace(self, draws=2 * self.draws, target_accept=0.99)


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """Draws with the sampler's own statistics."""

    draws: Draws
    divergences: int
    energy: Floats


def sample(prepared: Prepared, sampler: Sampler, seed: int) -> Sampled:
    """Sample and return draws.

    Raises
    ------
    FitError
        If the sampler stopped early (an interrupt returns what it has without an error) or drew a non-number.
    """
    import nutpie

    progress = sys.stderr.isatty() if sampler.progress is None else sampler.progress
    tree = nutpie.sample(
        prepared.model,
        draws=sampler.draws, tune=sampler.tune, chains=sampler.chains, cores=sampler.cores,
        seed=seed, target_accept=sampler.target_accept, save_warmup=False, progress_bar=progress,
    )  # fmt: skip
    posterior = {str(k): np.asarray(v.values) for k, v in tree["posterior"].data_vars.items()}
    stats = tree["sample_stats"]
    got = posterior["scales"].shape[:2]
    if got != (sampler.chains, sampler.draws):
        raise FitError(
            f"Sampling stopped early: {got[0]} chains of {got[1]} draws, not {sampler.chains} of {sampler.draws}.",
            why="Part of a chain is not the posterior.",
            cure="Run it again; nothing was kept.",
        )
    if not all(np.isfinite(v).all() for v in posterior.values()):
        raise FitError("The sampler drew values that are not numbers.", cure="Look for a cell with extreme counts.")
    draws = reported(prepared, posterior, seed)
    return Sampled(draws, int(stats["diverging"].values.sum()), np.asarray(stats["energy"].values))


def reported(prepared: Prepared, sampled: dict[str, Floats], seed: int) -> Draws:
    """Turn the sampler's vectors into what is reported, adopters only."""
    problem, offset = prepared.problem, prepared.offset
    free = sampled | prepared.free.unpack(sampled)
    model = problem.model
    hyper: dict[str, Floats] = model.scalars({h.name: free[h.name] for h in model.hypers}, np)
    hyper = {name: np.broadcast_to(value, free["theta_free"].shape[:2]) for name, value in hyper.items()}
    coefficients = {}
    for term in model.shared:
        scale = hyper[term.sd][..., None] if isinstance(term.sd, str) else 1.0
        coefficients[term.name] = free[f"{term.name}_free"] * scale + (offset if term.name == "intercept" else 0.0)
    theta = free["theta_free"] + offset
    every = {t.name: _every(t, free, hyper) for t in model.by_authority if f"{t.name}_free" in free}
    for part in model.by_authority:
        if part.name not in every:
            every[part.name] = integrated_levels(problem, part, theta, coefficients, every, hyper, seed)
        elif part.around:
            centre = [coefficients[t.name] @ t.columns[:, 0].T for t in model.shared if t.name in part.around]
            every[part.name] = every[part.name] + offset - sum(centre)
    adopting = model.shocks.own_scale
    levels = every["authority"]
    gap = coefficients["ever"][..., 0] + levels[..., adopting].mean(axis=-1)
    gap = gap - (levels[..., ~adopting].mean(axis=-1) if not adopting.all() else 0.0)
    own = {name: values[..., problem.adopters] for name, values in every.items()}
    beta = free.get("beta_free", np.zeros((*theta.shape[:2], 0)))
    return assemble(problem, coefficients, own, hyper, (theta[:, :, problem.adopters], beta, gap))


def _every(part: ByAuthority, free: dict[str, Floats], hyper: dict[str, Floats]) -> Floats:
    """Coefficients of all authorities (chain, draw, A), zero where a term has none."""
    values = free[f"{part.name}_free"]
    every = np.zeros((*values.shape[:2], len(part.weights)))
    every[..., part.members] = values if part.around else values * hyper[part.sd][..., None]
    return every


def integrated_levels(
    problem: Problem,
    part: ByAuthority,
    theta: Floats,
    coefficients: dict[str, Floats],
    every: dict[str, Floats],
    hyper: dict[str, Floats],
    seed: int,
) -> Floats:
    """Draw the levels that the sampler integrated out, given the rest: normal, one for each draw (chain, draw, A)."""
    model = problem.model
    rng = np.random.default_rng([seed, 3])
    rho, sd, start = period_shocks(hyper["rho"], hyper["sd_shock"], model.shocks.years)
    out = np.empty((*theta.shape[:2], theta.shape[2]))
    for a in range(theta.shape[2]):
        gap = theta[:, :, a] - sum(coefficients[t.name] @ t.columns[a].T for t in model.shared)
        for other in model.by_authority:
            if other.name != part.name:
                gap = gap - every[other.name][..., a, None] * other.weights[a]
        each = sd * np.exp(hyper["log_adopter_scale"] * model.shocks.own_scale[a])
        steps, ones = whitened(gap, rho, start), whitened(np.broadcast_to(part.weights[a], gap.shape), rho, start)
        variance = (hyper[part.sd] / each) ** 2
        inner = 1 + variance * (ones**2).sum(axis=-1)
        mean = variance * (steps * ones).sum(axis=-1) / inner
        out[..., a] = mean + hyper[part.sd] / np.sqrt(inner) * rng.standard_normal(mean.shape)
    return out
