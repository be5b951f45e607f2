"""Made-up effects, checks and grades to be saved, and files taken apart and put together again."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

import sos_bayes as sb
from sos_bayes.estimands import Effects
from sos_bayes.saving.bundle import Array, Bundle
from sos_bayes.saving.files import CONTAINERS, _digest
from tests.reports.made_up import KINSHIP, effect, finding

SUFFIXES = (".nc", ".zarr")
HEADLINE = replace(
    effect(KINSHIP, -0.13, 0.03),
    points=np.arange(4000).reshape(4, 1000) // 7,
    n_children=4803,
    k_effective=3.456789,
    fingerprint="f" * 64,
)
BY_LAG = Effects("event_time", tuple(replace(effect(KINSHIP, -0.1, 0.03, seed=t), label=str(t)) for t in range(3)))
GRADE = finding().grade


def same(one, two):
    """Whether two nouns are alike to the bit."""
    if isinstance(one, np.ndarray):
        return one.dtype == two.dtype and one.shape == two.shape and one.tobytes() == two.tobytes()
    if isinstance(one, tuple | list) and not hasattr(one, "_fields"):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, dict):
        return list(one) == list(two) and all(same(one[k], two[k]) for k in one)
    names = getattr(one, "_fields", None) or getattr(one, "__dataclass_fields__", None)
    if names is not None:
        return type(one) is type(two) and all(same(getattr(one, n), getattr(two, n)) for n in names)
    return (type(one), repr(one)) == (type(two), repr(two))


def opened(path):
    """A file as its document (parsed) and its arrays."""
    bundle = CONTAINERS[path.suffix].read(path)
    return json.loads(bundle.document), {name: array.values.copy() for name, array in bundle.arrays.items()}


def rewritten(path, told, arrays, *, signed=True, disclosure=None):
    """Write a file whose document and arrays were changed, with a digest that fits where it is signed."""
    if signed:
        told.pop("digest", None)
        told["digest"] = _digest(told, arrays)
    container = CONTAINERS[path.suffix]
    said = container.read(path).disclosure if disclosure is None else disclosure
    target = path.with_name(f"changed{path.name}")
    container.write(target, Bundle(json.dumps(told), said, {name: Array(v, ()) for name, v in arrays.items()}))
    return target


def saved(tmp_path, found=HEADLINE, suffix=".nc", **options):
    return sb.save(found, tmp_path / f"found.cells{suffix}", **options)
