"""Settings of nutpie's NUTS, and one run of it."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any, Literal, get_args

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.cores import usable_cores
from sos_bayes._core.errors import FitError, SosBayesError, nearest
from sos_bayes._core.shapes import shapes_only

LONG_TUNE = 1000
NutsSampler = Literal["nutpie", "pymc", "numpyro", "blackjax"]
STATISTICS = {  # as ArviZ calls them, and nutpie
    "diverging": "diverging",
    "energy": "energy",
    "acceptance_rate": "mean_tree_accept",
    "step_size": "step_size",
    "tree_depth": "depth",
    "n_steps": "n_steps",
}


@dataclass(frozen=True, slots=True)
class Sampler:
    """How to sample.

    Parameters
    ----------
    draws, tune : int
        Kept and warm-up draws of each chain.
    chains : int
    cores : int, optional
        Chains that run at the same time; by default as many as this process may use cores. No draw depends on it.
    target_accept : float
        Wanted acceptance; higher takes smaller steps.
    progress : bool or None
        Show nutpie's progress bar; None shows it on a terminal only.
    nuts_sampler : {"nutpie", "pymc", "numpyro", "blackjax"}
        Who samples where `fit` is asked for ``method="pymc"``: any sampler that `pymc.sample` offers.

    Examples
    --------
    >>> Sampler(draws=500).chains
    4
    """

    draws: int = 2500
    tune: int = 400
    chains: int = 4
    cores: int | None = None
    target_accept: float = 0.75
    progress: bool | None = None
    nuts_sampler: NutsSampler = "nutpie"

    def __post_init__(self) -> None:
        known = get_args(NutsSampler)
        if self.nuts_sampler not in known:
            raise SosBayesError(
                f"nuts_sampler={self.nuts_sampler!r} is not known.{nearest(str(self.nuts_sampler), known)}",
                cure=f"Use one of {', '.join(known)}.",
            )
        for name in ("draws", "tune", "chains", "cores"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise SosBayesError(f"Sampler({name}={value}) is below 1.", cure="Give at least 1.")
        if not 0.5 <= self.target_accept < 1:
            raise SosBayesError(f"target_accept is {self.target_accept}.", cure="Give a number from 0.5 to below 1.")

    @property
    def at_once(self) -> int:
        """Chains that run at the same time."""
        return min(usable_cores() if self.cores is None else self.cores, self.chains)

    @property
    def shown(self) -> bool:
        """Whether progress is shown."""
        return sys.stderr.isatty() if self.progress is None else self.progress

    def longer(self) -> Sampler:
        """Twice the draws, a longer warm-up and the smallest steps: the one retry."""
        return replace(self, draws=2 * self.draws, tune=max(self.tune, LONG_TUNE), target_accept=0.99)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What the sampler kept of a model, (chain, draw, m), with its own statistics by name, (chain, draw)."""

    rows: Floats
    statistics: dict[str, Floats]

    @property
    def divergences(self) -> int:
        """How many draws diverged."""
        return int(self.statistics["diverging"].sum())

    @property
    def energy(self) -> Floats:
        """Energies, (chain, draw)."""
        return np.asarray(self.statistics["energy"])

    def __repr__(self) -> str:
        return shapes_only(self)


def run(model: Any, sampler: Sampler, seed: int) -> Run:
    """Sample what nutpie takes.

    Raises
    ------
    FitError
        If the sampler stopped early or drew a non-number.
    KeyboardInterrupt
        If it was interrupted; what it had is dropped.
    """
    import nutpie

    with interrupts() as interrupted:
        tree = nutpie.sample(
            model, draws=sampler.draws, tune=sampler.tune, chains=sampler.chains, cores=sampler.at_once,
            seed=seed, target_accept=sampler.target_accept, save_warmup=False, progress_bar=sampler.shown,
        )  # fmt: skip
    if interrupted:
        raise KeyboardInterrupt
    rows = np.asarray(tree["posterior"]["row"].values)
    refuse_broken(rows, sampler)
    return Run(rows, statistics_of(tree["sample_stats"]))


def refuse_broken(drawn: Floats, sampler: Sampler) -> None:
    """Refuse draws (chain, draw, ...) that are fewer than were asked for, or no numbers.

    Raises
    ------
    FitError
    """
    got = drawn.shape[:2]
    if got != (sampler.chains, sampler.draws):
        raise FitError(
            f"Sampling stopped early: {got[0]} chains of {got[1]} draws, not {sampler.chains} of {sampler.draws}.",
            why="Part of a chain is not the posterior.",
            cure="Run it again; nothing was kept.",
        )
    if not np.isfinite(drawn).all():
        raise FitError("The sampler drew values that are not numbers.", cure="Look for a cell with extreme counts.")


def statistics_of(group: Any) -> dict[str, Floats]:
    """What a sampler says of its draws, (chain, draw) each, as ArviZ names it; from nutpie's names or ArviZ's."""
    statistics = {name: group.get(name, group.get(other)) for name, other in STATISTICS.items()}
    there = {name: value.values for name, value in statistics.items() if value is not None}
    return {name: np.ascontiguousarray(values, dtype=float) for name, values in there.items()}


@contextmanager
def interrupts() -> Iterator[list[bool]]:
    """Note interrupts: nutpie answers one with the draws it has, and whoever pressed the keys wanted to stop."""
    seen: list[bool] = []
    before = signal.getsignal(signal.SIGINT)
    if not callable(before) or threading.current_thread() is not threading.main_thread():
        yield seen
        return

    def note(number: int, frame: FrameType | None) -> None:
        seen.append(True)
        before(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)
