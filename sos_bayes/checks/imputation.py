"""The effect without a model of the effect: fit untreated cells only, predict the treated ones."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sos_bayes.checks.bench import Bench, Look, Part, directional
from sos_bayes.checks.rounds import Asking
from sos_bayes.checks.unknown import Unknown, drawn_counts, unknown
from sos_bayes.data.pooled import pooled
from sos_bayes.designs import Layout
from sos_bayes.estimands.effect import Effect
from sos_bayes.estimands.estimation import estimate
from sos_bayes.estimands.weights import child_weights, treated_cells
from sos_bayes.families import StudentT
from sos_bayes.families.student_t import centres
from sos_bayes.fitting import Fit

NAME, TITLE = "imputation", "Imputation from untreated cells"
Floats = NDArray[np.float64]


def check_imputation(bench: Bench) -> Asking:
    """Report observed minus predicted, with no prior on the effect (Borusyak, Jaravel and Spiess 2024)."""
    (effect,) = yield [imputed(bench)]
    return directional(NAME, TITLE, effect, "Observed outcomes against those predicted from untreated cells only")


def imputed(bench: Bench) -> Look:
    """Ask for a fit of untreated cells only, and for observed minus predicted.

    Treated counts that are known by bounds only are drawn within them, by the headline fit.
    """
    layout = bench.fit.layout
    see = partial(_against_observed, layout=layout, part=bench.part, found=unknown(bench.twin))
    return bench.look(layout=bench.untreated, see=see)


def _against_observed(fit: Fit, layout: Layout, part: Part | None, found: Unknown | None) -> Effect:
    cells = layout.cells
    here = np.ones(len(cells.patterns)) if part is None else _members(layout, *part)
    events, total = cells.events[layout.adopters] * here, cells.total[layout.adopters] * here
    weights = (child_weights(layout) * here).sum(axis=2) * (treated_cells(layout) & (total.sum(axis=2) > 0))
    weights = weights / weights.sum()
    share = np.divide(total, total.sum(axis=2, keepdims=True), out=np.zeros_like(total), where=total > 0)
    without = fit.contrast((weights[:, :, None] * share)[None]).without[..., 0]
    counts = events.sum(axis=2)
    if found is not None:
        flat = np.repeat(counts.reshape(1, -1), without.size, axis=0)
        flat[:, found.where] = drawn_counts(fit.problem.family.code, found, without.size, fit.seed)
        counts = flat.reshape(*without.shape, *counts.shape)
    family = cells.outcome.family
    if cells.values is not None:
        observed = _observed_centres(fit, layout, here, weights, without.shape)
        effect = replace(estimate(fit), draws=observed - without)
        return effect if part is None else replace(effect, subgroup_of=part[0], label=part[1])
    sd = pooled(cells, layout.untouched).noise if family == "gaussian" else None
    observed = _observed(
        counts, total.sum(axis=2), weights, sd, family, fit.seed, without.shape, _scatter(fit, share, without.shape)
    )
    effect = replace(estimate(fit), draws=float(cells.outcome.per) * (observed - without))
    return effect if part is None else replace(effect, subgroup_of=part[0], label=part[1])


def _members(layout: Layout, by: str, label: str) -> Floats:
    """One for the patterns of a subgroup, zero elsewhere, (C,)."""
    column = layout.cells.columns.index(by)
    return np.array([float(pattern[column] == label) for pattern in layout.cells.patterns])


def _observed(
    events: Floats,
    total: Floats,
    weights: Floats,
    sd: float | None,
    family: str,
    seed: int,
    shape: tuple[int, ...],
    scatter: Floats | None = None,
) -> Floats:
    """Weighted mean of treated cells' own risks, rates or means, each with the noise of its children alone.

    ``scatter`` (*shape, K, T) is the variance of what multiplies overdispersed counts: noise of children too.
    """
    rng = np.random.default_rng([seed, 13])
    used = weights > 0
    y, n, w = events[..., used], total[used], weights[used]
    size = (*shape, len(n))
    if sd is not None:
        return np.asarray((y / n + sd / np.sqrt(n) * rng.standard_normal(size)) @ w)
    binomial = family == "binomial"
    drawn = rng.beta(y + 0.5, n - y + 0.5, size) if binomial else rng.gamma(y + 0.5, 1.0, size) / n
    if scatter is not None:
        shown = np.maximum(scatter[..., used], 1e-12)
        drawn = drawn * rng.gamma(1.0 / shown) * shown
    return np.asarray(drawn @ w)


def _scatter(fit: Fit, share: Floats, shape: tuple[int, ...]) -> Floats | None:
    """Variance (*shape, K, T) of what multiplies the counts of adopters' cells together, of overdispersed counts.

    ``share`` (K, T, C) are the patterns' shares of a cell's exposure.
    """
    if fit.problem.family.name != "negative_binomial":
        return None
    root = fit.draws.hyper["overdispersion"].reshape(shape)
    return np.asarray((root**2)[..., None, None] * (share**2).sum(axis=2))


def _observed_centres(fit: Fit, layout: Layout, here: Floats, weights: Floats, shape: tuple[int, ...]) -> Floats:
    """Weighted mean of treated cells' own centres where tails are long, each with the noise of its children alone.

    ``here`` (C,) marks the patterns that count, ``weights`` (K, T) the cells; patterns count by their children.
    """
    cells, family = layout.cells, fit.problem.family
    assert isinstance(family, StudentT)
    assert cells.values is not None
    used = cells.values.positions[layout.adopters]
    children = cells.values.taken(np.where((weights[:, :, None] > 0) & (here > 0), used, -1))
    scale = float(fit.draws.hyper["sd_within"].mean()) * family.scale
    centre, precision = centres(children, scale, family.degrees)
    total = cells.total[layout.adopters] * here
    share = np.divide(total, total.sum(axis=2, keepdims=True), out=np.zeros_like(total), where=total > 0)
    whole = weights[:, :, None] * share
    seen = precision > 0
    mean = float((whole * centre)[seen].sum())
    sd = float(np.sqrt((whole[seen] ** 2 / precision[seen]).sum()))
    return np.asarray(mean + sd * np.random.default_rng([fit.seed, 13]).standard_normal(shape))
