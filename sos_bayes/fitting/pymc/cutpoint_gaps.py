"""Cutpoints of ordered levels as variables of a PyMC model: gaps between neighbours, each above zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.logprob.transforms import LogTransform

from sos_bayes._core.array_types import Floats
from sos_bayes.designs.terms import Cutpoints
from sos_bayes.fitting.pymc.names import Dims
from sos_bayes.fitting.pymc.variables import Declared


class _AllPositive(LogTransform):  # type: ignore[misc]
    """Logs of a vector that is one value."""

    ndim_supp = 1

    def log_jac_det(self, value: Any, *inputs: Any) -> Any:
        """Log determinant of the way back."""
        return value.sum(axis=-1)


def minus_cutpoints(term: Cutpoints, declared: Declared) -> Any:
    """Declare the gaps; returns minus the cutpoints (K - 1,), which sum to zero.

    The gaps are those of K - 1 sorted normals, less likely by ``(1 - exp(-gap)) ** apart`` each (`Cutpoints`).
    """
    cuts = len(term.basis)
    if cuts == 1:
        return pt.zeros(1)

    def gaps(name: str, dims: Dims) -> Any:
        scale = np.full(cuts - 1, term.sd)
        return pm.CustomDist(
            name, scale, term.apart, logp=_log_density, random=_drawn, support_point=_start, signature="(g),()->(g)",
            default_transform=_AllPositive(), dims=dims,
        )  # fmt: skip

    cutpoints = _centred(declared("cutpoint_gap", ("gap",), gaps))
    pm.Deterministic("cutpoints", cutpoints, dims=("cutpoint",))
    return -cutpoints


def level_probabilities(predictor: Any, minus_cuts: Any) -> Any:
    """Probability of every level, (N, K), from predictors (N,): differences in the tail where they are exact."""
    reach = predictor[:, None] + minus_cuts
    ends = [pt.full_like(reach[:, :1], np.inf), reach, pt.full_like(reach[:, :1], -np.inf)]
    above, below = (pt.concatenate(pair, axis=1) for pair in (ends[:2], ends[1:]))
    return pt.switch(below > 0, pt.sigmoid(-below) - pt.sigmoid(-above), pt.sigmoid(above) - pt.sigmoid(below))


def _centred(gaps: Any) -> Any:
    """Cutpoints (..., K - 1) around their mean, from the gaps between them."""
    cuts = pt.concatenate([pt.zeros_like(gaps[..., :1]), pt.cumsum(gaps, axis=-1)], axis=-1)
    return cuts - cuts.mean(axis=-1, keepdims=True)


def _log_density(value: Any, scale: Any, apart: Any) -> Any:
    squares = (_centred(value) ** 2).sum(axis=-1) / scale[..., 0] ** 2
    return apart * pt.log1mexp(-value).sum(axis=-1) - 0.5 * squares


def _start(rv: Any, size: Any, scale: Any, apart: Any) -> Any:
    return pt.ones_like(rv)


def _drawn(scale: Floats, apart: Floats, rng: Any = None, size: Any = None) -> Floats:
    """Gaps of sorted normals, kept as often as they are likely."""
    shape = tuple(np.atleast_1d(size)) if size is not None else scale.shape[:-1]
    cuts, number = scale.shape[-1] + 1, int(np.prod(shape))
    drawn = np.empty((0, cuts - 1))
    sd, power = float(scale.flat[0]), float(np.ravel(apart)[0])
    while len(drawn) < number:
        gaps = np.diff(np.sort(rng.normal(0.0, sd, (number + 100, cuts)), axis=1), axis=1)
        kept = rng.random(len(gaps)) < np.prod(-np.expm1(-gaps), axis=1) ** power
        drawn = np.concatenate([drawn, gaps[kept]])
    return drawn[:number].reshape((*shape, cuts - 1))
