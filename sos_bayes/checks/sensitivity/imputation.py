"""The effect without a model of the effect: fit untreated cells only, predict the treated ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes.checks.fit_under_test import FitRequest, FitUnderTest, Part, directional, members
from sos_bayes.checks.scheduling import Asking
from sos_bayes.checks.sensitivity.suppressed_cells import Unknown, drawn_counts, unknown
from sos_bayes.data.cells.within_cell_units import pooled
from sos_bayes.designs import Layout
from sos_bayes.estimands.effect import Effect
from sos_bayes.estimands.estimation import estimate
from sos_bayes.estimands.weights import child_weights, treated_cells
from sos_bayes.families import Replicate
from sos_bayes.fitting import Fit

NAME, TITLE = "imputation", "Imputation from untreated cells"
AT_ONCE = 64  # cells that are predicted together


def check_imputation(tested: FitUnderTest) -> Asking:
    """Report observed minus predicted, with no prior on the effect (Borusyak, Jaravel and Spiess 2024)."""
    (effect,) = yield [imputed(tested)]
    return directional(NAME, TITLE, effect, "Observed outcomes against those predicted from untreated cells only")


def imputed(tested: FitUnderTest) -> FitRequest:
    """Ask for a fit of untreated cells only, and for observed minus predicted.

    Treated counts that are known by bounds only are drawn within them, by the headline fit.
    """
    layout = tested.fit.layout
    see = partial(_against_observed, layout=layout, part=tested.part, suppressed=unknown(tested.fast_refit))
    return tested.request(layout=tested.untreated, see=see)


def _against_observed(fit: Fit, layout: Layout, part: Part | None, suppressed: Unknown | None) -> Effect:
    cells = layout.cells
    here = members(cells, part)
    events, total = cells.events[layout.adopters] * here, cells.total[layout.adopters] * here
    weights = (child_weights(layout) * here).sum(axis=2) * (treated_cells(layout) & (total.sum(axis=2) > 0))
    weights = weights / weights.sum()
    share = np.divide(total, total.sum(axis=2, keepdims=True), out=np.zeros_like(total), where=total > 0)
    if cells.values is not None:
        whole = weights[:, :, None] * share
        without = fit.contrast(whole[None]).without[..., 0]
        apart = _observed_centres(fit, layout, (weights[:, :, None] > 0) & (here > 0), whole, without.shape) - without
    else:
        rates = _known(events.sum(axis=2), total.sum(axis=2), weights, suppressed, fit)
        apart = rates - _predicted(fit, total.sum(axis=2), weights, share)
    effect = replace(estimate(fit), draws=float(cells.outcome.per) * apart)
    return effect if part is None else replace(effect, subgroup_of=part[0], label=part[1])


def _known(counts: Floats, total: Floats, weights: Floats, suppressed: Unknown | None, fit: Fit) -> Floats:
    """Weighted mean of what treated cells (K, T) really had: one number, or (chain, draw) where counts have bounds."""
    scale = np.divide(weights, total, out=np.zeros_like(weights), where=weights > 0).ravel()
    if suppressed is None:
        return np.asarray(counts.ravel() @ scale)
    size = fit.draws.shape[0] * fit.draws.shape[1]
    drawn = drawn_counts(fit.problem.family.code, suppressed, size, fit.seed)
    known = np.delete(counts.ravel(), suppressed.where) @ np.delete(scale, suppressed.where)
    return np.asarray(known + drawn @ scale[suppressed.where]).reshape(fit.draws.shape)


def _predicted(fit: Fit, total: Floats, weights: Floats, share: Floats) -> Floats:
    """Weighted mean (chain, draw) of what treated cells would have had, drawn cell by cell with children's own noise.

    What was observed is a fact, and takes no prior: the noise is that of the prediction, whose mean it leaves alone.
    """
    rng = np.random.default_rng([fit.seed, 13])
    used = np.argwhere(weights > 0)
    out = np.zeros(fit.draws.shape)
    for first in range(0, len(used), AT_ONCE):
        places = used[first : first + AT_ONCE]
        k, t = places.T
        expected = fit.contrast(_one_by_one(places, share)).without
        out += _replicated(fit, rng, expected, total[k, t], (share[k, t] ** 2).sum(axis=1)) @ weights[k, t]
    return out


def _one_by_one(places: NDArray[np.intp], share: Floats) -> Iterator[Floats]:
    """Each cell's own patterns, as weights (K, T, C)."""
    for k, t in places:
        alone = np.zeros_like(share)
        alone[k, t] = share[k, t]
        yield alone


def _replicated(fit: Fit, rng: np.random.Generator, expected: Floats, total: Floats, joint: Floats) -> Floats:
    """Shares, rates or means (chain, draw, m) that as many children would have shown, around those expected.

    ``joint`` (m,) is how far the patterns of a cell are one: the sum of their squared shares.
    """
    model, cells = fit.problem.model, fit.layout.cells
    root = None if model.dispersed_by is None else fit.draws.hyper[model.dispersed_by]
    noise = 0.0 if model.residual is None else pooled(cells, fit.layout.untouched).noise
    return fit.problem.family.replicated(rng, Replicate(expected, total, joint, root, noise))


def _observed_centres(
    fit: Fit, layout: Layout, here: NDArray[np.bool_], whole: Floats, shape: tuple[int, ...]
) -> Floats:
    """Weighted mean of treated cells' own centres where tails are long, each with the noise of its children alone.

    ``here`` (K, T, C) marks the cells that count, ``whole`` (K, T, C) how much: patterns of a cell by their children.
    """
    cells = layout.cells
    assert cells.values is not None
    used = cells.values.positions[layout.adopters]
    children = cells.values.taken(np.where(here, used, -1))
    centre, precision = fit.problem.family.centres(children, float(fit.draws.hyper["sd_within"].mean()))
    seen = precision > 0
    mean = float((whole * centre)[seen].sum())
    sd = float(np.sqrt((whole[seen] ** 2 / precision[seen]).sum()))
    return np.asarray(mean + sd * np.random.default_rng([fit.seed, 13]).standard_normal(shape))
