"""What pooling four outcomes does to errors and power, on normal estimates whose truth is known.

python -m tests.recovery.pooling
"""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from sos_bayes.estimands.pooling import pool

Floats = NDArray[np.float64]
SD, DRAWS, SEED = 0.065, 600, 20181
SETTINGS: dict[str, tuple[tuple[float, ...], float]] = {
    "none": ((0.0, 0.0, 0.0, 0.0), 0.0),
    "none, correlated": ((0.0, 0.0, 0.0, 0.0), 0.5),
    "the first": ((0.16, 0.0, 0.0, 0.0), 0.0),
    "all": ((0.1, 0.1, 0.1, 0.1), 0.0),
}


def rates(truth: Floats, correlation: float, rng: np.random.Generator) -> dict[str, float]:
    """How often P(direction) is at least .975, separate and pooled, and how often pooled 90 % intervals cover."""
    size = len(truth)
    covariance = SD**2 * ((1 - correlation) * np.eye(size) + correlation)
    root = np.linalg.cholesky(covariance)
    apart, together, covered = [], [], []
    for _ in range(DRAWS):
        drawn = truth + root @ rng.standard_normal(size)
        effects, _ = pool(drawn, covariance)
        for found, p in ((apart, norm.cdf(drawn / SD)), (together, np.array([e.above(0.0) for e in effects]))):
            found.append(np.maximum(p, 1 - p) >= 0.975)
        covered += [e.quantile(0.05) <= t <= e.quantile(0.95) for e, t in zip(effects, truth, strict=True)]
    null = truth == 0
    one, other = np.array(apart), np.array(together)
    return {
        "any null, separate": float(one[:, null].any(axis=1).mean()),
        "any null, pooled": float(other[:, null].any(axis=1).mean()),
        "first, separate": float(one[:, 0].mean()),
        "first, pooled": float(other[:, 0].mean()),
        "covered 90": float(np.mean(covered)),
    }


def main() -> None:
    """Print a line of JSON for each setting."""
    rng = np.random.default_rng(SEED)
    for name, (truth, correlation) in SETTINGS.items():
        found = rates(np.array(truth), correlation, rng)
        print(json.dumps({"setting": name} | {k: round(v, 3) for k, v in found.items()}))


if __name__ == "__main__":
    main()
