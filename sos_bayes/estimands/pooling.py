"""Several estimates that share a mean: a two-stage normal model, exact on a grid of their spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from sos_bayes._core.array_types import Floats
from sos_bayes.designs.priors import HalfNormal
from sos_bayes.estimands.contraction import prior_grid

MEAN_SD, SPREAD = 0.3, 0.2  # m ~ N(0, .3), phi ~ HN(.2), on the log-odds or log-rate scale
NODES = 200


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Mixture:
    """A mixture of normals: weights, means and sds of its parts.

    Examples
    --------
    >>> half = Mixture(np.array([0.5, 0.5]), np.array([-1.0, 1.0]), np.array([0.1, 0.1]))
    >>> half.mean, round(half.above(0.0), 3), round(half.quantile(0.25), 2)
    (0.0, 0.5, -1.0)
    """

    weights: Floats
    means: Floats
    sds: Floats

    @property
    def mean(self) -> float:
        """Mean."""
        return float(self.weights @ self.means)

    @property
    def sd(self) -> float:
        """Standard deviation."""
        return float(np.sqrt(self.weights @ (self.sds**2 + self.means**2) - self.mean**2))

    def above(self, x: float) -> float:
        """Probability of a value above x."""
        return float(self.weights @ ndtr((self.means - x) / self.sds))

    def quantile(self, p: float) -> float:
        """Value below which the probability is p."""
        low = float((self.means - 9 * self.sds).min())
        high = float((self.means + 9 * self.sds).max())
        return float(brentq(lambda x: 1 - self.above(x) - p, low, high, xtol=1e-10))

    def __repr__(self) -> str:
        return f"<Mixture: {self.mean:.3g} (sd {self.sd:.3g})>"


def pool(estimate: Floats, covariance: Floats) -> tuple[tuple[Mixture, ...], Mixture]:
    """Posterior of J effects and of their mean: estimate ~ N(effect, covariance), effect_j ~ N(m, phi).

    Priors are m ~ N(0, .3) and phi ~ half-normal(.2). Given phi everything is normal, so that nothing is sampled.

    Parameters
    ----------
    estimate : ndarray (J,)
    covariance : ndarray (J, J)

    Returns
    -------
    effects : tuple of Mixture
    mean : Mixture

    Examples
    --------
    >>> effects, mean = pool(np.array([0.3, 0.3]), np.eye(2) * 1e-6)
    >>> round(effects[0].mean, 3), round(mean.mean, 2)
    (0.3, 0.29)
    """
    size = len(estimate)
    phi = prior_grid(HalfNormal(SPREAD)).reshape(NODES, -1).mean(axis=1)
    one = np.ones(size)
    level, means, variances = np.empty(NODES), np.empty((NODES, size + 1)), np.empty((NODES, size + 1))
    for i, spread in enumerate(phi):
        prior = MEAN_SD**2 * np.outer(one, one) + spread**2 * np.eye(size)
        joint = np.vstack([prior, MEAN_SD**2 * one])  # covariance of the effects and their mean with the effects
        total = prior + covariance
        gain = np.linalg.solve(total, joint.T).T
        means[i] = gain @ estimate
        variances[i] = np.append(np.diag(prior), MEAN_SD**2) - (gain * joint).sum(axis=1)
        level[i] = -0.5 * (estimate @ np.linalg.solve(total, estimate) + np.linalg.slogdet(total)[1])
    weights = np.exp(level - level.max())
    weights /= weights.sum()
    sds = np.sqrt(np.maximum(variances, 1e-300))
    mixtures = tuple(Mixture(weights, means[:, j], sds[:, j]) for j in range(size + 1))
    return mixtures[:-1], mixtures[-1]
