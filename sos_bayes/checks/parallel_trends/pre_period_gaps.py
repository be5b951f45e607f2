"""Averages over adopters' cells before their start: what a level gap or a lead amounts to on the natural scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes.designs.observed_periods import seen
from sos_bayes.estimands.effect import Effect
from sos_bayes.estimands.weights import child_weights
from sos_bayes.fitting import Fit
from sos_bayes.fitting.posterior.marginal_contrasts import average


def gap_effects(fit: Fit, shift: Floats, labels: tuple[str, ...], masks: NDArray[np.bool_]) -> tuple[Effect, ...]:
    """Average what ``shift`` adds to adopters' cells, for each group of cells before the start.

    Parameters
    ----------
    fit : Fit
    shift : ndarray (chain, draw, K, T)
        On the log-odds or log-rate scale; part of theta already.
    labels : tuple of str
    masks : ndarray of bool (group, K, T)
    """
    layout, outcome = fit.layout, fit.outcome
    raw = child_weights(layout)
    weights = (raw * mask[:, :, None] / (raw * mask[:, :, None]).sum() for mask in masks)
    contrast = average(fit.problem, replace(fit.draws, effect=shift), weights, "own", fit.seed)
    per = float(outcome.per)
    baseline = per * contrast.without.mean(axis=(0, 1))
    total, observed = layout.cells.counted[layout.adopters].sum(axis=2), seen(layout)
    return tuple(
        Effect(
            label=label, draws=per * (contrast.with_rollout - contrast.without)[..., g], outcome=outcome,
            estimand="gap", weight="children", scale="difference", baseline=float(baseline[g]),
            n_children=int(total[masks[g]].sum()), n_adopters=int(masks[g].any(axis=1).sum()),
            n_comparators=observed.comparators, n_pre=observed.periods_before,
            k_effective=float(masks[g].any(axis=1).sum()), selected=outcome.selected, method=fit.method,
            health=fit.health, years_before=observed.years_before,
        )
        for g, label in enumerate(labels)
    )  # fmt: skip


def before_start(fit: Fit) -> NDArray[np.bool_]:
    """Adopters' cells before their start that have data, (K, T)."""
    layout = fit.layout
    seen = layout.cells.total[layout.adopters].sum(axis=2) > 0
    return np.asarray(seen & layout.before[layout.adopters])
