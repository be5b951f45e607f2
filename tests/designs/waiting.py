"""Synthetic episodes with known hazards: authorities, periods and bands that move on their own."""

import numpy as np
import pandas as pd
from scipy.special import expit

from sos_bayes.data import Aim, Duration, Rollout, read_cohort

BANDS = (10, 25, 45, 65)
OUTCOME = Duration(
    "days", done="closed", bands=BANDS, by_day=45, aim=Aim.MORE, worthwhile=0.02,
    label="assessment within 45 days (synthetic)", unit="assessments",
)  # fmt: skip


def autoregressive(rng, shape, sd, rho=0.5):
    """Stationary shocks along the last axis."""
    u = rng.normal(size=shape)
    for t in range(1, shape[-1]):
        u[..., t] = rho * u[..., t - 1] + np.sqrt(1 - rho**2) * u[..., t]
    return sd * u


def episodes(
    seed, effect=(0.0, 0.0, 0.0, 0.0), *, authorities=16, adopters=5, periods=6, size=200, shared=0.1, own=0.1
):
    """Rows of episodes, their rollout, and the true effect on the share done by each band's end and on mean days.

    The effect is on the log-odds of each band's hazard, from the middle period on. Data end with the last year, in
    which episodes start evenly: those that last longer are open.
    """
    rng = np.random.default_rng(seed)
    n_b = len(BANDS)
    eta = np.array([-1.6, -0.9, 0.3, 0.5])[:, None] + rng.normal(0, 0.3, (authorities, 1, 1))
    eta = eta + rng.normal(0, 0.1, (authorities, n_b, 1)) + rng.normal(0, 0.1, (1, n_b, periods))
    eta = eta + autoregressive(rng, (authorities, 1, periods), shared)
    eta = eta + autoregressive(rng, (authorities, n_b, periods), own)
    with_it, start = eta.copy(), periods // 2
    with_it[:adopters, :, start:] += np.array(effect)[:, None]
    rows = [
        _cell(rng, expit(with_it[a, :, t]), size, t == periods - 1).assign(la=f"Made-up {a:02d}", year=2011 + t)
        for a in range(authorities)
        for t in range(periods)
    ]
    curves = [np.cumprod(1 - expit(e[:adopters, :, start:]), axis=1).mean(axis=(0, 2)) for e in (with_it, eta)]
    days = [(np.diff(BANDS, prepend=0) * (np.r_[1.0, c[:-1]] + c) / 2).sum() for c in curves]
    rollout = Rollout({f"Made-up {a:02d}": 2011 + start for a in range(adopters)})
    cohort = read_cohort(pd.concat(rows, ignore_index=True), authority="la", period="year")
    return cohort, rollout, (curves[1] - curves[0], days[0] - days[1])


def _cell(rng, hazard, size, last):
    count = rng.poisson(size)
    band = np.full(count, len(BANDS))
    for b in range(len(BANDS) - 1, -1, -1):
        band = np.where(rng.random(count) < hazard[b], b, band)
    first, ends = np.array((0, *(day + 1 for day in BANDS))), np.array((*BANDS, 120))
    days = rng.integers(first[band], ends[band] + 1)
    left = 365 - rng.integers(0, 365, count) if last else np.full(count, 10_000)
    return pd.DataFrame({"days": np.minimum(days, left), "closed": (days <= left).astype(int)})
