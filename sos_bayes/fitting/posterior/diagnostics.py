"""The gate that a fit must pass before its effect may carry a grade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sos_bayes._core.array_types import Floats

RHAT, ESS, DIVERGENT, BFMI = 1.01, 400.0, 0.001, 0.3
POINTS = 200.0


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a fit can be trusted, and why not.

    Attributes
    ----------
    ok : bool
    reasons : tuple of str
        One sentence for each limit that was missed; empty where ``ok``.
    numbers : tuple of (str, float)
        The figures behind the verdict: worst R-hat, smallest effective sample sizes, divergences.

    Examples
    --------
    >>> Health(False, ("R-hat of omega is 1.030; the limit is 1.01.",), (("worst_rhat", 1.03),)).ok
    False
    """

    ok: bool
    reasons: tuple[str, ...]
    numbers: tuple[tuple[str, float], ...]


def nuts_health(divergences: int, energy: Floats, watched: dict[str, Floats]) -> Health:
    """Judge a sampled fit by every watched quantity and by its energies, (chain, draw) each.

    Rank-normalised split R-hat below 1.01, bulk and tail effective sample sizes of at least 400 (Vehtari et al. 2021),
    divergences at most one in a thousand, and the energy fraction of missing information (E-BFMI, Betancourt 2016)
    above 0.3 in every chain.
    """
    from arviz_stats.base import array_stats

    reasons: list[str] = []
    worst = {"worst_rhat": 1.0, "least_bulk_ess": np.inf, "least_tail_ess": np.inf}
    for name, values in watched.items():
        rhat = float(array_stats.rhat(values, chain_axis=0, draw_axis=1))
        bulk = float(array_stats.ess(values, method="bulk", chain_axis=0, draw_axis=1))
        tail = float(array_stats.ess(values, method="tail", prob=0.9, chain_axis=0, draw_axis=1))
        worst["worst_rhat"] = max(worst["worst_rhat"], rhat)
        worst["least_bulk_ess"] = min(worst["least_bulk_ess"], bulk)
        worst["least_tail_ess"] = min(worst["least_tail_ess"], tail)
        if not rhat < RHAT:
            reasons.append(f"R-hat of {name} is {rhat:.3f}; the limit is {RHAT}.")
        if not min(bulk, tail) >= ESS:
            reasons.append(f"The effective sample size of {name} is {min(bulk, tail):.0f}; the limit is {ESS:.0f}.")
    steps = np.diff(energy, axis=1)  # E-BFMI is E[(E_n - E_(n-1))^2] / var(E)
    bfmi = float((np.mean(steps**2, axis=1) / np.var(energy, axis=1)).min())
    share = divergences / energy.size
    if share > DIVERGENT:
        reasons.append(f"{divergences} of {energy.size} draws diverged; the limit is 1 in 1,000.")
    if not bfmi > BFMI:
        reasons.append(f"E-BFMI is {bfmi:.2f}; the limit is {BFMI}.")
    numbers = (*worst.items(), ("divergent_share", share), ("least_bfmi", bfmi), ("draws", float(energy.size)))
    return Health(not reasons, tuple(reasons), numbers)


def within_limits(numbers: dict[str, float]) -> bool:
    """Whether the figures of a fit said to be healthy lie within the limits of its gate, those that it has.

    Divergences are not among them: after a second run they may be forgiven.

    Examples
    --------
    >>> within_limits({"worst_rhat": 1.002, "least_bulk_ess": 900.0}), within_limits({"worst_rhat": float("nan")})
    (True, False)
    """
    from sos_bayes.fitting.posterior.pareto import shape_limit

    at_least = {"least_bulk_ess": ESS, "least_tail_ess": ESS, "hyper_ess": POINTS}
    below = {"worst_rhat": RHAT}
    if "k_hat" in numbers and numbers.get("points", 0.0) > 0:
        below["k_hat"] = shape_limit(int(numbers["points"]))
    return (
        all(numbers[name] >= limit for name, limit in at_least.items() if name in numbers)
        and all(numbers[name] < limit for name, limit in below.items() if name in numbers)
        and ("least_bfmi" not in numbers or numbers["least_bfmi"] > BFMI)
    )
