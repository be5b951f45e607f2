"""Finished fits in a folder, one file each, so that an interrupted evaluation need not begin again.

A file holds draws and the verdict on them: no cell, no count, no authority's name. It may be read back only for the
job that made it, by `cache_key`, and only as it was written: its key is a digest of that and of all it holds. What
is read must pass the gates again: as many draws as were asked for, all of them numbers, figures of health within their
limits. The digest finds files that were changed or mixed up; it is no signature. Draws are those of single
authorities, so a folder belongs where the data are; files can be read by their owner alone.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.errors import FitError
from sos_bayes.fitting.laplace.hyper_proposal import Proposal, WarmStart
from sos_bayes.fitting.posterior.diagnostics import Health, within_limits
from sos_bayes.fitting.posterior.draws import Draws
from sos_bayes.fitting.runs.cache_key import fingerprint
from sos_bayes.fitting.runs.fit_spec import FitOutput, FitSpec, sampler_of
from sos_bayes.fitting.runs.retry import departure

LOG = logging.getLogger("sos_bayes")
FORMAT = 3
NAMED = ("hyper", "shared", "own", "statistics")
PLAIN = ("beta", "theta", "effect", "lead", "level_gap")

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder of finished fits, made if it is not there.

    Raises
    ------
    FitError
        If the folder cannot be made.
    """

    folder: Path

    def __post_init__(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (OSError, ValueError) as fault:
            said = fault.strerror if isinstance(fault, OSError) else "no folder can have this name"
            raise FitError(
                f"The checkpoint folder could not be made: {said or type(fault).__name__}.",
                where=f"{str(self.folder)!r:.200}",
                cure="Name another folder.",
            ) from None

    def read(self, job: FitSpec) -> FitOutput | None:
        """Look up what this very job gave; None where it is not there, or not whole."""
        key = fingerprint(job)
        path = self.folder / f"{key}.npz"
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as file:
                return _answer({name: file[name] for name in file.files}, key, job)
        except Exception as fault:  # whatever is wrong with it, the fit can be made again
            LOG.warning("A checkpoint could not be read (%s); its fit is made again.", type(fault).__name__)
            return None

    def write(self, job: FitSpec, answer: FitOutput) -> None:
        """Keep an answer, whole or not at all; where it cannot be kept, that is logged and nothing else is lost."""
        key = fingerprint(job)
        try:
            for left in self.folder.glob(f".{key}-*"):  # of a process that was killed
                left.unlink(missing_ok=True)
            handle, part = tempfile.mkstemp(prefix=f".{key}-", dir=self.folder)  # mode 0600
            with os.fdopen(handle, "wb") as file:
                np.savez(file, allow_pickle=False, **_arrays(answer, key, job))
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self.folder / f"{key}.npz")
        except OSError as fault:
            LOG.warning("A fit could not be kept: %s.", fault.strerror or type(fault).__name__)


def _arrays(answer: FitOutput, key: str, job: FitSpec) -> Arrays:
    """All that is kept: an allow-list."""
    draws, names = answer.draws, _names(job)
    arrays: Arrays = {f"{kind}/{name}": v for kind in NAMED for name, v in getattr(draws, kind).items()}
    arrays |= {name: getattr(draws, name) for name in PLAIN}
    if answer.warm_start is not None:
        arrays |= {"near/centre": answer.warm_start.proposal.centre, "near/root": answer.warm_start.proposal.root}
    told = {
        "format": FORMAT,
        "method": answer.method,
        "seconds": answer.seconds,
        "notes": [_without_names(note, names) for note in answer.notes],
        "ok": answer.health.ok,
        "reasons": [_without_names(reason, names) for reason in answer.health.reasons],
        "numbers": answer.health.numbers,
        "near": None if answer.warm_start is None else answer.warm_start.names,
    }
    return arrays | {"told": np.array(json.dumps({**told, "key": _digest(arrays, told, key)}))}


def _digest(arrays: Arrays, told: dict[str, Any], key: str) -> str:
    """SHA-256 of a job's fingerprint and of everything that is kept under it."""
    digest = hashlib.sha256(json.dumps([key, told], sort_keys=True).encode())
    for name in sorted(arrays):
        value = np.ascontiguousarray(arrays[name])
        digest.update(json.dumps([name, value.dtype.str, value.shape]).encode() + value.tobytes())
    return digest.hexdigest()


def _answer(arrays: Arrays, key: str, job: FitSpec) -> FitOutput:
    told, names = json.loads(str(arrays.pop("told"))), _names(job)
    if told["format"] != FORMAT or told.pop("key") != _digest(arrays, told, key):
        raise ValueError("made by another job, or changed since")
    hyper, shared, own, said = (_under(arrays, kind) for kind in NAMED)
    beta, theta, effect, lead, level_gap = (arrays[name] for name in PLAIN)
    draws = Draws(hyper, shared, own, beta, theta, effect, lead, level_gap, said)
    if draws.theta.shape != (*draws.shape, len(job.layout.adopters), job.layout.shape[1]):
        raise ValueError("draws of another shape")
    numbers = _pairs(told["numbers"])
    if not (draws.finite and _complete(draws, dict(numbers), told["method"], job)):
        raise ValueError("not the draws that were asked for")
    if told["ok"] and not within_limits(dict(numbers)):
        raise ValueError("healthy by word only")
    warm_start = None
    if told["near"] is not None:
        warm_start = WarmStart(Proposal(arrays["near/centre"], arrays["near/root"]), tuple(told["near"]))
    return FitOutput(
        method=told["method"],
        draws=draws,
        health=Health(told["ok"], _with_names(told["reasons"], names), numbers),
        seconds=_pairs(told["seconds"]),
        notes=_with_names(told["notes"], names),
        warm_start=warm_start,
    )


def _complete(draws: Draws, numbers: dict[str, float], method: str, job: FitSpec) -> bool:
    """Whether there are as many draws as the job asked for; NUTS takes a multiple of them in its second run."""
    chains, each = draws.shape
    if method == "fast":
        return chains * each == job.n_draws
    sampler = sampler_of(job)
    known = numbers.get("draws")
    return known is None or (known == chains * each and chains == sampler.chains and each % sampler.draws == 0)


def _under(arrays: Arrays, kind: str) -> Arrays:
    return {n.removeprefix(f"{kind}/"): v for n, v in arrays.items() if n.startswith(f"{kind}/")}


def _pairs(given: list[list[Any]]) -> tuple[tuple[str, float], ...]:
    return tuple((str(name), float(value)) for name, value in given)


def _names(job: FitSpec) -> list[str]:
    return [job.layout.cells.names[a] for a in job.layout.adopters]


def _without_names(text: str, names: list[str]) -> str:
    for k, name in enumerate(names):
        text = text.replace(f"{departure(name)} is ", f"{departure(f'[{k}]')} is ")
    return text


def _with_names(texts: list[str], names: list[str]) -> tuple[str, ...]:
    renamed = []
    for text in texts:
        for k, name in enumerate(names):
            text = text.replace(f"{departure(f'[{k}]')} is ", f"{departure(name)} is ")
        renamed.append(text)
    return tuple(renamed)
