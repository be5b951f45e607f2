"""One name for everything that determines a fit's numbers."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.source import source_digest
from sos_bayes.designs import Layout
from sos_bayes.fitting.pymc.own_design import PyMCDesign
from sos_bayes.fitting.runs.fit_spec import FitSpec, sampler_of
from sos_bayes.sampling.sampler import Sampler

ROOMS = (
    "_core",
    "data",
    "designs",
    "families",
    "fitting",
    "sampling",
)  # all that a fit can import, whose code moves its numbers
FAST = ("sos_bayes", "numpy", "scipy", "numba")
SAMPLED = ("nutpie", "arviz-stats")
WRITTEN = ("pymc", "pytensor")


def fingerprint(job: FitSpec) -> str:
    """SHA-256, in hexadecimal, of a job's cells, starts, design and settings, and of the code and its versions.

    Names of authorities and the number of cores are not part of it: they change no number.
    """
    cells, warm_start = job.layout.cells, job.warm_start
    sampled = job.method != "fast" or job.fall_back
    packages = FAST + SAMPLED * sampled + WRITTEN * (job.method == "pymc")
    arrays = _arrays(job.layout)
    arrays += [] if warm_start is None else [warm_start.proposal.centre, warm_start.proposal.root]
    settings = {
        "outcome": cells.outcome,
        "cells": (cells.calendar, cells.columns, cells.patterns),
        "design": job.design,
        "method": job.method,
        "seed": job.seed,
        "fast": None
        if job.method != "fast"
        else (job.n_draws, job.fall_back, None if warm_start is None else warm_start.names),
        "sampler": _settings(sampler_of(job)) if sampled else None,
        "versions": {name: version(name) for name in packages},
        "code": _code(),
        "shapes": [a.shape for a in arrays],
    }
    return _digest(settings, arrays)


def question_of(layout: Layout, design: object) -> str | None:
    """SHA-256 of the cells, the starts and the design alone: what an effect and its checks must share.

    Route, seed and number of draws are not part of it: an answer by one route may be checked by the other. None for a
    model of the caller's own that cannot be told apart from another.
    """
    if isinstance(design, PyMCDesign) and design.source is None:
        return None
    cells, arrays = layout.cells, _arrays(layout)
    settings = {
        "outcome": cells.outcome,
        "cells": (cells.calendar, cells.columns, cells.patterns),
        "design": [type(design).__name__, design],
        "shapes": [a.shape for a in arrays],
    }
    return _digest(settings, arrays)


def _arrays(layout: Layout) -> list[NDArray[Any]]:
    """What was counted, and who started when."""
    cells, intervals = layout.cells, layout.cells.intervals
    arrays: list[NDArray[Any]] = [cells.events, cells.total, layout.starts, layout.dose]
    beside = (cells.levels, cells.squares, cells.bands, cells.design_effect, layout.score)
    children = cells.values  # which a digest does not give away
    arrays += [] if children is None else [children.values, children.times, children.ends]
    arrays += [x for x in beside if x is not None]
    arrays += [] if layout.baselines is None else [layout.baselines.values]
    arrays += [] if intervals is None else [intervals.authority, intervals.period, *intervals.bounds]
    return arrays


def _digest(settings: Mapping[str, object], arrays: list[NDArray[Any]]) -> str:
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=_plain).encode())
    for array in arrays:
        digest.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
    return digest.hexdigest()


def _settings(sampler: Sampler) -> tuple[float | str, ...]:
    """What of a sampler changes numbers."""
    return sampler.draws, sampler.tune, sampler.chains, sampler.target_accept, sampler.nuts_sampler


@cache
def _code() -> str:
    """Digest of our own code: a checkout may change while its version stands still."""
    return source_digest(ROOMS)


def _plain(value: object) -> object:
    """Value nouns as JSON knows them: their kind and their fields."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Enum):
        return [type(value).__name__, value.value]
    if is_dataclass(value):
        told = (f.name for f in fields(value) if f.metadata.get("told", True))
        return [type(value).__name__, {name: getattr(value, name) for name in told}]
    raise TypeError(f"a {type(value).__name__} cannot be told apart from another")
