"""From standard normal scores to hyperparameters and scalars, with derivatives, inside the sampler's compiled loops.

The same maps as `designs.priors` (score to value) and `designs.terms.Model.scalars` (what follows from the values),
written once more because compiled loops cannot call those.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats, Indices
from sos_bayes._core.shapes import shapes_only
from sos_bayes.designs.priors import HalfNormal, Normal
from sos_bayes.designs.terms import Model
from sos_bayes.families.compiled import STRICT

POSITIVE, PLAIN, SHARE = 0, 1, 2
ROOT_HALF = math.sqrt(0.5)
PEAK = 1.0 / math.sqrt(2.0 * math.pi)
EDGE = 1e-6  # of a share, as in `priors.Uniform`


class Hypers(NamedTuple):
    """Where the hyperparameters lie and what they scale.

    ``kind`` (d,) and ``size`` (d,) are of the priors; ``spread``, ``shock``, ``memory``, ``adopter`` and ``stream`` are
    positions (``memory`` is -1 for a walk, ``stream`` with one stream). ``shared`` (p,) and ``own`` (q,) name what a
    coefficient's sd is: a position, d for levels' sd, or -1 for the numbers in ``fixed`` (p,). ``dispersion`` is the
    position of the root of a negative binomial's dispersion or of the score of a measured outcome's residual sd, -1 for
    others, and ``residual`` (3,) the coordinate of the latter (`designs.residual_scale`). Where one stream's shocks are
    ``noisy``, 1 and not 0, ``stream`` is the position of the sd of what each period has for itself. Where several
    streams share it, ``noise`` is, else -1.
    """

    kind: Indices
    size: Floats
    spread: int
    shock: int
    memory: int
    adopter: int
    shared: Indices
    fixed: Floats
    own: Indices
    years: float
    dispersion: int
    stream: int
    residual: Floats
    noisy: int
    noise: int

    def __repr__(self) -> str:
        return shapes_only(self)


def hypers_of(model: Model) -> Hypers:
    """Lay a model's hyperparameters out for the compiled loops."""
    names = [h.name for h in model.hypers]
    place = {name: i for i, name in enumerate(names)} | {"sd_authority": len(names)}
    kind = [POSITIVE if isinstance(h.prior, HalfNormal) else PLAIN if isinstance(h.prior, Normal) else SHARE
            for h in model.hypers]  # fmt: skip
    size = [h.prior.scale if isinstance(h.prior, HalfNormal) else h.prior.sd if isinstance(h.prior, Normal) else 1.0
            for h in model.hypers]  # fmt: skip
    shared = [(place[t.sd], 1.0) if isinstance(t.sd, str) else (-1, t.sd)
              for t in model.shared for _ in range(t.columns.shape[2])]  # fmt: skip
    return Hypers(
        np.array(kind, dtype=np.intp), np.array(size, dtype=float), place["spread"], place["sd_shock"],
        place.get("memory", -1), place["log_adopter_scale"],
        np.array([i for i, _ in shared], dtype=np.intp), np.array([float(sd) for _, sd in shared]),
        np.array([place[t.sd] for t in model.by_authority], dtype=np.intp), float(model.shocks.years),
        _dispersion(model, place), place.get("sd_stream", place.get("sd_noise", -1)),
        np.zeros(3) if model.residual is None else model.residual.values,
        int(model.shocks.noisy and model.shocks.streams == 1),
        place.get("sd_noise", -1) if model.shocks.streams > 1 else -1,
    )  # fmt: skip


def _dispersion(model: Model, place: dict[str, int]) -> int:
    """Where the root of the dispersion lies, or the score that a residual sd follows from; -1 without either."""
    return -1 if model.dispersed_by is None else place.get(model.dispersed_by, place.get("within", -1))


@nb.njit(cache=True, **STRICT)
def half_normal(score):  # type: ignore[no-untyped-def]
    """Value of a half-normal of scale 1 at a standard normal score, and its derivative.

    Newton's steps on the side where the value's own tail is accurate. Both functions are concave, so they approach
    the root from one side and cannot overshoot.
    """
    if score < 0.0:
        wanted = 0.5 * math.erfc(-score * ROOT_HALF)
        x = wanted / (2.0 * PEAK)
        for _ in range(8):
            step = (math.erf(x * ROOT_HALF) - wanted) / (2.0 * PEAK * math.exp(-0.5 * x * x))
            x -= step
            if abs(step) <= 1e-15 * x:
                break
    else:
        wanted = math.log(0.5 * math.erfc(score * ROOT_HALF))
        x = math.sqrt(score * score + 1.0)
        for _ in range(20):
            tail = math.erfc(x * ROOT_HALF)
            step = (math.log(tail) - wanted) * tail / (2.0 * PEAK * math.exp(-0.5 * x * x))
            x += step
            if abs(step) <= 1e-15 * x:
                break
    return x, 0.5 * math.exp(0.5 * (x * x - score * score))


@nb.njit(cache=True, **STRICT)
def values_at(hypers, scores, values, slopes):  # type: ignore[no-untyped-def]
    """Fill the hyperparameters' values (d,) and their derivatives by the score (d,)."""
    for i in range(scores.size):
        s, size = scores[i], hypers.size[i]
        if hypers.kind[i] == POSITIVE:
            x, slope = half_normal(min(s, 30.0))
            values[i], slopes[i] = max(size * x, 1e-9 * size), size * slope
        elif hypers.kind[i] == PLAIN:
            values[i], slopes[i] = size * s, size
        else:
            share = 0.5 * math.erfc(-s * ROOT_HALF)
            values[i], slopes[i] = min(max(share, EDGE), 1.0 - EDGE), PEAK * math.exp(-0.5 * s * s)


@nb.njit(cache=True, **STRICT)
def derived(hypers, values):  # type: ignore[no-untyped-def]
    """Levels' sd and what follows from the shocks' scalars.

    After the levels' sd: a period's correlation, first precision and innovation sd, log adopters' scale, shared
    innovation sd, a period's innovation sd in units of a year's, and correlation and first precision of what is not
    shared. The innovation sd is each stream's own; beside it, all streams share shocks. With one stream both are the
    same, unless there is noise: that is then what is not shared, and independent from period to period.
    """
    spread, shock = values[hypers.spread], values[hypers.shock]
    own = shock if hypers.stream < 0 else values[hypers.stream]
    noisy, adopter = hypers.noisy > 0, values[hypers.adopter]
    if hypers.memory < 0:
        ratio = math.sqrt(hypers.years)
        if noisy:
            return spread, 1.0, 1.0, own, adopter, shock * ratio, ratio, 0.0, 1.0
        return spread, 1.0, 1.0, own * ratio, adopter, shock * ratio, ratio, 1.0, 1.0
    memory = values[hypers.memory]
    rho = memory * spread / math.sqrt(spread * spread + shock * shock)
    level = spread * math.sqrt((1.0 - memory * memory) / (1.0 - rho * rho))
    log_rho = math.log(rho)
    start = -math.expm1(2.0 * hypers.years * log_rho)
    ratio = math.sqrt(start / -math.expm1(2.0 * log_rho))
    powered = math.exp(hypers.years * log_rho)
    if noisy:
        return level, powered, start, own, adopter, shock * ratio, ratio, 0.0, 1.0
    return level, powered, start, own * ratio, adopter, shock * ratio, ratio, powered, start


@nb.njit(cache=True, **STRICT)
def derived_back(hypers, values, by, out):  # type: ignore[no-untyped-def]
    """Vector-Jacobian product of `derived`: adds to ``out`` (d,) the derivatives by the values.

    ``by`` (7,) holds the derivatives by levels' sd, correlation, first precision, log innovation sd, log adopters'
    scale, log shared innovation sd and log innovation sd in units of a year's.
    """
    spread, shock = values[hypers.spread], values[hypers.shock]
    own = hypers.shock if hypers.stream < 0 else hypers.stream
    out[hypers.adopter] += by[4]
    out[own] += by[3] / values[own]
    out[hypers.shock] += by[5] / shock
    if hypers.memory < 0:
        out[hypers.spread] += by[0]
        return
    memory, years = values[hypers.memory], hypers.years
    every = spread * spread + shock * shock
    rho = memory * spread / math.sqrt(every)
    left = 1.0 - rho * rho
    level = spread * math.sqrt((1.0 - memory * memory) / left)
    log_rho = math.log(rho)
    powered = math.exp(2.0 * years * log_rho)
    start = -math.expm1(2.0 * years * log_rho)
    # by log rho: correlation, first precision, half the log of start over 1 - rho^2, levels' sd
    by_log = by[1] * years * math.exp(years * log_rho) - by[2] * 2.0 * years * powered
    by_log += ((0.0 if hypers.noisy > 0 else by[3]) + by[5] + by[6]) * (rho * rho / left - years * powered / start)
    by_log += by[0] * level * rho * rho / left
    out[hypers.shock] -= by_log * shock / every
    out[hypers.spread] += by[0] * level / spread + by_log * (1.0 / spread - spread / every)
    out[hypers.memory] += by_log / memory - by[0] * level * memory / (1.0 - memory * memory)


@nb.njit(cache=True, **STRICT)
def dispersed(hypers, values):  # type: ignore[no-untyped-def]
    """Half the log of the dispersion, and the `within_density` of a measured outcome; zeros without a dispersion."""
    if hypers.dispersion < 0:
        return 0.0, 0.0
    value = values[hypers.dispersion]
    if hypers.kind[hypers.dispersion] == POSITIVE:
        return math.log(value), 0.0
    log_sd = hypers.residual[1] + hypers.residual[2] * value
    return log_sd, 0.5 * value * value - hypers.residual[0] * (log_sd + 0.5 * math.expm1(-2.0 * log_sd))


@nb.njit(cache=True, **STRICT)
def dispersed_back(hypers, values, log_sd, by_log_sd, out):  # type: ignore[no-untyped-def]
    """Vector-Jacobian product of `dispersed`: adds to ``out`` (d,) the derivative by the value that it starts from."""
    place = hypers.dispersion
    if place < 0:
        return
    if hypers.kind[place] == POSITIVE:
        out[place] += by_log_sd / values[place]
    else:
        by_log_sd += hypers.residual[0] * math.expm1(-2.0 * log_sd)
        out[place] += values[place] + hypers.residual[2] * by_log_sd
