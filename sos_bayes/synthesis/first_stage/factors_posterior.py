"""The latent factors' first stage: what its density reads, and what each draw predicts."""

from __future__ import annotations

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.synthesis.first_stage.ar1_covariance import JITTER, STAY
from sos_bayes.synthesis.first_stage.factors_density import (
    ADOPTER_SD,
    GAP_SD,
    HYPERS,
    MEMORY_SD,
    SPREAD_SCALE,
    Factored,
)
from sos_bayes.synthesis.first_stage.weights_posterior import conditional
from sos_bayes.synthesis.panel.series import Series
from sos_bayes.synthesis.panel.working_values import TwoWay
from sos_bayes.synthesis.second_stage.effects_given_prediction import Predicted

CHUNK = 4_000_000  # numbers held at a time
LEANING = 1.5  # sd of adopters' mean loading, over that of loadings
PERIOD_SD = 1.0


def factored_of(series: Series, around: TwoWay, factors: int, loading: float, drift: Floats) -> Factored:
    """Gather rows of one kind: the same periods with data, and the same errors."""
    k = series.adopters
    used = series.seen.copy()
    used[:k] &= series.before
    kinds: dict[tuple[bytes, ...], list[int]] = {}
    for a in np.flatnonzero(used.any(axis=1)):
        key = (bytes([int(a < k)]), used[a].tobytes(), series.error[a, used[a]].tobytes())
        kinds.setdefault(key, []).append(int(a))
    n, m = len(kinds), int(used.sum(axis=1).max())
    total, squares, noise = np.zeros((n, m)), np.zeros((n, m, m)), np.zeros((n, m))
    place, count = np.zeros((n, m), dtype=np.intp), np.zeros(n, dtype=np.intp)
    for i, rows in enumerate(kinds.values()):
        at = np.flatnonzero(used[rows[0]])
        values, c = series.value[np.ix_(rows, at)], len(at)
        total[i, :c], squares[i, :c, :c] = values.sum(axis=0), values.T @ values
        noise[i, :c], place[i, :c], count[i] = series.error[rows[0], at] ** 2, at, c
    _, along = _directions(series, around)
    pin = int((along[:2] ** 2).sum(axis=0).argmax()) if factors == 2 else 0
    return Factored(
        total, squares, noise, place, count, np.array([len(r) for r in kinds.values()], dtype=np.intp),
        np.array([int(r[0] < k) for r in kinds.values()], dtype=np.intp), drift, around.mean[k:].mean(axis=0),
        np.array([loading, LEANING, PERIOD_SD]), factors, pin,
    )  # fmt: skip


def _directions(series: Series, around: TwoWay) -> tuple[Floats, Floats]:
    """What donors' departures from row and period effects have in common: sds over rows and unit rows (., T)."""
    used = series.seen.copy()
    used[: series.adopters] = False
    _, size, along = np.linalg.svd(np.where(used, series.value - around.mean, 0.0), full_matrices=False)
    return size / np.sqrt(series.donors), along


def start_of(given: Factored, series: Series, around: TwoWay) -> Floats:
    """Where the mode is looked for: factors along what departs most from row and period effects."""
    q, t = given.factors, len(given.rough)
    start = np.zeros(HYPERS + q + t + q * t)
    start[0] = max(float(around.mean[series.adopters :].mean(axis=1).std()), 0.05) / SPREAD_SCALE
    start[1] = np.log(max(around.sd, 1e-3))
    if q:
        size, along = _directions(series, around)
        factors = (size[:q, None] * along[:q]) / given.prior[0]
        if q == 2:
            x, y = factors[:, given.pin] / np.hypot(*factors[:, given.pin])
            factors = np.array([[x, y], [-y, x]]) @ factors
        start[-q * t :] = factors.ravel()
    return start


def named(given: Factored, draws: Floats) -> dict[str, Floats]:
    """Draws (S, d) of the variables as quantities; ``factor`` (S, q, T) carries its size, ``factor_sd`` (S,) is it."""
    q, t = given.factors, len(given.rough)
    quantities = {
        "spread": SPREAD_SCALE * np.abs(draws[:, 0]), "sd": np.exp(draws[:, 1]),
        "rho": STAY / (1 + np.exp(-MEMORY_SD * draws[:, 2])), "adopter_scale": np.exp(ADOPTER_SD * draws[:, 3]),
        "gap": GAP_SD * draws[:, 4],
    }  # fmt: skip
    period = given.rough + given.prior[2] * draws[:, HYPERS + q : HYPERS + q + t]
    quantities["lead"] = period + quantities["gap"][:, None]
    if q:
        f = given.prior[0] * draws[:, HYPERS + q + t :].reshape(-1, q, t)
        if q == 2:
            f = f.copy()
            f[:, 1, given.pin] = 0.0
        quantities["factor"], quantities["factor_sd"] = f, np.sqrt((f**2).sum(axis=1).mean(axis=1))
        leaning = given.prior[1] * draws[:, HYPERS : HYPERS + q]
        quantities["lead"] = quantities["lead"] + np.einsum("sq,sqt->st", leaning, f)
    return quantities


def predicted(series: Series, given: Factored, draws: dict[str, Floats]) -> list[Predicted]:
    """Adopters' cells from their start on, without the rollout, given each draw and the cells before."""
    return [_predicted(series, given, draws, a) for a in range(series.adopters)]


def _predicted(series: Series, given: Factored, draws: dict[str, Floats], a: int) -> Predicted:
    n_t, start = series.periods, int(series.starts[a])
    lags = np.abs(np.subtract.outer(np.arange(n_t), np.arange(n_t)))
    place = np.flatnonzero(series.before[a] & series.seen[a])
    value, noise = series.value[a, place], series.error[a, place] ** 2
    sd, parts, step = draws["sd"] * draws["adopter_scale"], [], max(1, CHUNK // n_t**2)
    for begin in range(0, len(sd), step):
        at = slice(begin, begin + step)
        cov = (sd[at] ** 2)[:, None, None] * draws["rho"][at][:, None, None] ** lags + JITTER * np.eye(n_t)
        cov = cov + given.drift + (draws["spread"][at] ** 2)[:, None, None]
        if "factor" in draws:
            cov = cov + np.einsum("sqt,squ->stu", draws["factor"][at], draws["factor"][at])
        parts.append(conditional(draws["lead"][at], cov, place, value, noise, start))
    return Predicted(*(np.concatenate([part[i] for part in parts]) for i in range(3)))
