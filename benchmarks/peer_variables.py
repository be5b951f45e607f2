"""What the free variables of the PyMC model are called, and where each lies in its few vectors.

There is one vector for every kind of prior, and names are places in it: fewer nodes to compile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.designs.priors import HalfNormal, Normal, Prior
from sos_bayes.fitting.arrays.problem import Problem


@dataclass(frozen=True, slots=True)
class Place:
    """Where a named variable lies, and its prior's scale where its vector has scales.

    ``vector`` is ``"scales"`` (half-normal), ``"shares"`` (uniform between 0 and 1), ``"known"`` (normal with a
    scale of its own), ``"standard"`` (standard normal), ``"levels"`` or ``"cells"``.
    """

    name: str
    vector: str
    start: int
    shape: tuple[int, ...]
    scale: float = 1.0

    @property
    def stop(self) -> int:
        """One past its last position."""
        return self.start + int(np.prod(self.shape, dtype=int))


@dataclass(frozen=True, slots=True)
class FreeVariables:
    """Places of all free variables of one problem under one parametrisation, by name.

    Examples
    --------
    >>> free = FreeVariables((Place("omega", "scales", 0, (), 0.2), Place("lag_free", "standard", 0, (2,))))
    >>> free.sizes
    {'scales': 1, 'standard': 2}
    >>> free.unpack({"scales": np.ones(1), "standard": np.zeros(2)})["lag_free"]
    array([0., 0.])
    """

    places: tuple[Place, ...]

    @property
    def sizes(self) -> dict[str, int]:
        """Length of every vector that has variables."""
        sizes: dict[str, int] = {}
        for place in self.places:
            sizes[place.vector] = max(sizes.get(place.vector, 0), place.stop)
        return sizes

    def scales(self, vector: str) -> Floats:
        """Prior scales along a vector."""
        return np.concatenate([np.full(p.stop - p.start, p.scale) for p in self.places if p.vector == vector])

    def unpack(self, vectors: dict[str, Any]) -> dict[str, Any]:
        """Named variables out of those vectors that are given: tensors, or arrays with leading dimensions."""
        named = {}
        for place in self.places:
            if place.vector not in vectors:
                continue
            vector = vectors[place.vector]
            lead = vector.shape[:-1] if isinstance(vector, np.ndarray) else ()
            named[place.name] = vector[..., place.start : place.stop].reshape((*lead, *place.shape))
        return named

    def pack(self, named: dict[str, Floats]) -> dict[str, Floats]:
        """Vectors out of named variables with any leading dimensions."""
        parts: dict[str, list[Floats]] = {}
        for place in self.places:
            value = np.asarray(named[place.name], dtype=float)
            lead = value.shape[: value.ndim - len(place.shape)]
            parts.setdefault(place.vector, []).append(value.reshape((*lead, -1)))
        return {vector: np.concatenate(values, axis=-1) for vector, values in parts.items()}


def free_variables(problem: Problem, *, centred: bool) -> FreeVariables:
    """Lay out the free variables: hyperparameters, ``<term>_free``, ``beta_free`` and cells or their innovations."""
    ends: dict[str, int] = {}
    places = []
    for name, vector, shape, scale in _declared(problem, centred):
        place = Place(name, vector, ends.get(vector, 0), shape, scale)
        ends[vector] = place.stop
        places.append(place)
    return FreeVariables(tuple(places))


def unconstrained(vectors: dict[str, Floats]) -> dict[str, Floats]:
    """Vectors as PyMC holds them: logs of scales, log-odds of what lies between 0 and 1."""
    held = dict(vectors)
    held["scales_log__"] = np.log(held.pop("scales"))
    if "shares" in held:
        share = held.pop("shares")
        held["shares_interval__"] = np.log(share / (1 - share))
    return held


def _declared(problem: Problem, centred: bool) -> Iterator[tuple[str, str, tuple[int, ...], float]]:
    model = problem.model
    for hyper in model.hypers:
        yield hyper.name, *_of_prior(hyper.prior)
    for term in model.shared:
        vector, scale = ("standard", 1.0) if isinstance(term.sd, str) else ("known", float(term.sd))
        yield f"{term.name}_free", vector, (term.columns.shape[2],), scale
    for own in model.by_authority:
        if own.around and not centred:
            yield f"{own.name}_free", "levels", (len(own.members),), 1.0
        elif not own.around:
            yield f"{own.name}_free", "standard", (len(own.members),), 1.0
    if problem.sizes[2]:
        yield "beta_free", "standard", (problem.sizes[2],), 1.0
    shape = problem.counts.by_cell.shape
    yield ("theta_free", "cells", shape, 1.0) if centred else ("innovations", "standard", shape, 1.0)


def _of_prior(prior: Prior) -> tuple[str, tuple[int, ...], float]:
    if isinstance(prior, HalfNormal):
        return "scales", (), prior.scale
    return ("known", (), prior.sd) if isinstance(prior, Normal) else ("shares", (), 1.0)
