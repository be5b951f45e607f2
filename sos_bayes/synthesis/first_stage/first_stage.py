"""Sample a first stage by nutpie, read its effects, pass the gate, and once more if need be."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.cores import inside_worker, one_blas_thread
from sos_bayes._core.shapes import shapes_only
from sos_bayes.fitting.posterior.diagnostics import nuts_health
from sos_bayes.fitting.posterior.draws import Draws
from sos_bayes.sampling.sampler import Run, Sampler, run
from sos_bayes.synthesis.panel.series import Series, unread
from sos_bayes.synthesis.second_stage.effects_given_prediction import EffectPriors, Predicted, read_effects
from sos_bayes.synthesis.second_stage.imputed_fit import ImputedFit

if TYPE_CHECKING:
    from sos_bayes.designs import Layout
    from sos_bayes.synthesis.first_stage.factors_density import Factored
    from sos_bayes.synthesis.first_stage.weights_density import Weighted

Posterior = dict[str, Floats]
MATTERS = 0.1  # mean weight from which a donor's own convergence is watched


@dataclass(frozen=True, slots=True, eq=False)
class FirstStage:
    """What a design asks to be sampled, and how its draws predict adopters' cells.

    Attributes
    ----------
    given : Weighted or Factored
        What the density reads.
    start : ndarray (d,)
        Where its mode is looked for.
    named : callable
        From draws of the variables (S, d) to quantities by name.
    predict : callable
        From these to one prediction an adopter.
    hyper : tuple of str
        Those that are reported and watched.
    sampler : Sampler
        Where the caller names none.
    """

    given: Weighted | Factored
    start: Floats
    named: Callable[[Floats], Posterior]
    predict: Callable[[Posterior], list[Predicted]]
    hyper: tuple[str, ...]
    sampler: Sampler

    def __repr__(self) -> str:
        return shapes_only(self)


def sampled_fit(
    layout: Layout, design: Any, series: Series, stage: FirstStage, priors: EffectPriors, seed: int,
    sampler: Sampler | None, notes: tuple[str, ...],
) -> ImputedFit:  # fmt: skip
    """Prepare, sample, read effects; where the gate is missed, once more, longer and with smaller steps."""
    sampler = sampler or stage.sampler
    notes = (*unread(layout.cells.outcome), *notes)
    if inside_worker():
        sampler = replace(sampler, cores=1, progress=False)
    begun = time.perf_counter()
    from sos_bayes.synthesis.first_stage.nutpie_model import nutpie_model
    from sos_bayes.synthesis.first_stage.packed_target import sampleable

    with one_blas_thread():
        target = sampleable(stage.given, stage.start)
    ready = time.perf_counter()

    def once(sampler: Sampler, own_seed: int) -> ImputedFit:
        sampled = run(nutpie_model(target), sampler, own_seed)
        with one_blas_thread():
            return _read(layout, design, series, stage, priors, seed, sampled, notes)

    fit = once(sampler, seed)
    if not fit.health.ok:
        why = " ".join(fit.health.reasons)
        second = once(sampler.longer(), seed + 1)
        fit = replace(second, notes=(*second.notes, f"Sampled twice: the first run missed its gate ({why})."))
    seconds = (("prepare", ready - begun), ("sample", time.perf_counter() - ready))
    return replace(fit, seconds=seconds)


def _read(
    layout: Layout, design: Any, series: Series, stage: FirstStage, priors: EffectPriors, seed: int,
    sampled: Run, notes: tuple[str, ...],
) -> ImputedFit:  # fmt: skip
    shape = sampled.rows.shape[:2]
    posterior = stage.named(sampled.rows.reshape(-1, sampled.rows.shape[2]))
    predicted = stage.predict(posterior)
    draws = draws_of(series, predicted, priors, seed, shape)
    hyper = {
        name: values
        for given in stage.hyper
        for name, values in _scalars(given, posterior[given].reshape(*shape, *posterior[given].shape[1:]))
    }
    draws = replace(draws, hyper=draws.hyper | hyper, statistics=sampled.statistics)
    weights = posterior["weights"].reshape(*shape, *posterior["weights"].shape[1:]) if "weights" in posterior else None
    health = nuts_health(sampled.divergences, sampled.energy, _watched(draws, weights, series))
    return ImputedFit(
        layout, design, "nuts", seed, series, tuple(predicted), priors, draws, weights, health, (),
        (*layout.cells.notes, *notes),
    )  # fmt: skip


def draws_of(
    series: Series, predicted: list[Predicted], priors: EffectPriors, seed: int, shape: tuple[int, ...],
    drift: float | None = None,
) -> Draws:  # fmt: skip
    """Effects of the second stage as draws by chain."""
    effects = read_effects(series, predicted, priors, seed, drift=drift)

    def chained(values: Floats) -> Floats:
        return np.ascontiguousarray(values.reshape(*shape, *values.shape[1:]))

    theta = chained(effects.theta)
    return Draws(
        hyper={"omega": chained(effects.omega)},
        shared={"mu_tau": chained(effects.mu)[..., None]}
        | ({"lag": chained(effects.lag)} if effects.lag.shape[1] > 1 else {}),
        own={"departure": chained(effects.departure)},
        beta=np.zeros((*shape, 0)),
        theta=theta,
        effect=chained(effects.effect),
        lead=np.zeros_like(theta),
        level_gap=np.zeros(shape),
    )


def _scalars(name: str, values: Floats) -> list[tuple[str, Floats]]:
    """A quantity as named scalars, one for each place."""
    if values.ndim == 2:
        return [(name, values)]
    flat = values.reshape(*values.shape[:2], -1)
    return [(name if flat.shape[2] == 1 else f"{name}_{i}", flat[..., i]) for i in range(flat.shape[2])]


def _watched(draws: Draws, weights: Floats | None, series: Series) -> dict[str, Floats]:
    """Everything reported whose convergence the gate looks at."""
    treated = series.layout.treated[series.rows[: series.adopters]]
    mean = series.family.mean
    gap = mean(draws.theta) - mean(draws.theta - draws.effect)
    watched = {"the effect": (gap * treated).sum(axis=(2, 3)) / treated.sum(), "mu_tau": draws.shared["mu_tau"][..., 0]}
    for a in range(series.adopters):
        watched[f"the departure of {series.names[a]}"] = draws.own["departure"][..., a]
    if weights is not None:
        for a, j in np.argwhere(weights.mean(axis=(0, 1)) > MATTERS):
            watched[f"the weight of {series.names[series.adopters + j]} for {series.names[a]}"] = weights[:, :, a, j]
    return watched | draws.hyper
