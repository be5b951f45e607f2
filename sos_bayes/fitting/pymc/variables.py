"""Hyperparameters and terms of a design as named variables of a PyMC model, along named dimensions.

A term whose sd is a number is written as in a textbook. One whose sd is a hyperparameter is that sd times standard
normals, called ``z_`` and the term: the same distribution, and one that samplers can walk through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from sos_bayes._core.array_types import Indices
from sos_bayes._core.errors import DesignError, nearest
from sos_bayes.designs.priors import HalfNormal, Normal, Prior
from sos_bayes.designs.terms import ByAuthority, Model, Shared
from sos_bayes.fitting.pymc.names import Dims, Written, written_as

OwnPrior = Callable[[str, Dims], Any]


class Declared:
    """Declares variables by name: with the design's prior, or with the caller's own where there is one.

    Parameters
    ----------
    own : mapping of str to callable
        From the name of a variable to a function of its name and dimensions that declares it.
    """

    def __init__(self, own: Mapping[str, OwnPrior]) -> None:
        self._own = dict(own)
        self._known: list[str] = []

    def __call__(self, name: str, dims: Dims, default: OwnPrior) -> Any:
        """Declare one variable."""
        self._known.append(name)
        made = self._own.get(name, default)(name, dims)
        if getattr(made, "name", None) != name:
            raise DesignError(
                f"The prior given for {name!r} declares no variable of that name.",
                where="priors",
                cure=f'Hand both arguments on: priors={{"{name}": lambda name, dims: pm.Normal(name, dims=dims)}}.',
            )
        return made

    def refuse_unknown(self) -> None:
        """Refuse priors of variables that the model does not have."""
        for name in self._own:
            if name not in self._known:
                raise DesignError(
                    f"The model has no variable {name!r} with a prior.{nearest(name, tuple(self._known))}",
                    where="priors",
                    cure=f"It has {', '.join(self._known)}.",
                )


def hyperparameters(model: Model, declared: Declared) -> dict[str, Any]:
    """Declare the hyperparameters; with what follows from them, by name.

    A measured outcome's residual variance, in units of the pooled one, takes the place of its score: inverse gamma,
    worth one child's deviation.
    """
    values = {h.name: declared(h.name, (), _written(h.prior)) for h in model.hypers if h.name != "within"}
    scalars = replace(model, residual=None).scalars(values, pt)
    for name in sorted(scalars.keys() - values.keys()):
        scalars[name] = pm.Deterministic(name, pt.as_tensor_variable(scalars[name]))
    if model.residual is not None:
        variance = declared("variance_within", (), lambda name, dims: pm.InverseGamma(name, 0.5, 0.5, dims=dims))
        scalars["sd_within"] = pm.Deterministic("sd_within", pt.sqrt(variance))
    return scalars


def _written(prior: Prior) -> OwnPrior:
    if isinstance(prior, HalfNormal):
        return lambda name, dims: pm.HalfNormal(name, sigma=prior.scale, dims=dims)
    if isinstance(prior, Normal):
        return lambda name, dims: pm.Normal(name, 0.0, prior.sd, dims=dims)
    return lambda name, dims: pm.Uniform(name, 0.0, 1.0, dims=dims)


def standard(name: str, dims: Dims) -> Any:
    """Standard normals."""
    return pm.Normal(name, 0.0, 1.0, dims=dims)


def shared(term: Shared, scalars: dict[str, Any], declared: Declared) -> Any:
    """Declare a term that authorities share; returns the coefficients (k,) of its columns.

    The variable holds what is reported (``basis @ coefficients``): the effect of each period, of each lag.
    """
    written = written_as(term.name)
    return pt.dot(np.linalg.pinv(term.basis), _values(term, written, scalars, declared).reshape((-1,)))


def _values(term: Shared, written: Written, scalars: dict[str, Any], declared: Declared) -> Any:
    name, dims, sums = written
    if term.name == "lag":
        steps = declared("z_lag_step", ("step",), standard)
        return pm.Deterministic(name, scalars[str(term.sd)] * pt.dot(term.basis, steps), dims=dims)

    def normal(sd: float) -> OwnPrior:
        if sums:
            return lambda name, dims: pm.ZeroSumNormal(name, sigma=sd, dims=dims, n_zerosum_axes=sums)
        return lambda name, dims: pm.Normal(name, 0.0, sd, dims=dims)

    if not isinstance(term.sd, str):
        return declared(name, dims, normal(float(term.sd)))
    return pm.Deterministic(name, scalars[term.sd] * declared(f"z_{name}", dims, normal(1.0)), dims=dims)


def by_authority(term: ByAuthority, adopters: Indices, scalars: dict[str, Any], declared: Declared) -> Any:
    """Declare one coefficient an authority; returns those of all authorities (A,), zero where there is none."""
    name = written_as(term.name).name
    dims = ("adopter",) if term.role == "effect" else ("authority",)
    value = pm.Deterministic(name, scalars[term.sd] * declared(f"z_{name}", dims, standard), dims=dims)
    return pt.zeros(len(term.weights))[adopters].set(value) if term.role == "effect" else value
