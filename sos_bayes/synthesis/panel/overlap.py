"""Overlap: do adopters lie within the range of their donors before the start? Flags with figures, and one refusal."""

from __future__ import annotations

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes.synthesis.estimators.point_estimators import synthetic_control
from sos_bayes.synthesis.panel.series import Series, unseen_donors
from sos_bayes.synthesis.panel.shrunk_cells import known_of

ENOUGH_BEFORE = 8  # periods before the start from which weights say more than their prior, and a grade may rest on them
FAR = 3.0  # times the donors' typical misfit


def misfits(series: Series, *, intercept: bool) -> tuple[Floats, Floats]:
    """Root mean square gap that the best weights leave before the start: of adopters (K,), of donors alike (J,)."""
    values = known_of(series).centre
    k, donors = series.adopters, values[series.adopters :].T
    own = [synthetic_control(values[a], donors, int(series.starts[a]), intercept=intercept).misfit for a in range(k)]
    start = int(series.starts.min())
    theirs = [
        synthetic_control(donors[:, j], np.delete(donors, j, axis=1), start, intercept=intercept).misfit
        for j in range(donors.shape[1])
    ]
    return np.array(own), np.array(theirs)


def few_periods(series: Series) -> tuple[str, ...]:
    """Say where periods before the start are few."""
    first = int((series.before & series.seen[: series.adopters]).sum(axis=1).min())
    if first >= ENOUGH_BEFORE:
        return ()
    return (
        f"There are {first} periods with data before the start; from {ENOUGH_BEFORE} on weights and loadings say more "
        "than their prior. Read this as a difference-in-differences by another name; it does not join a grade.",
    )


def notes_on_reach(series: Series, *, intercept: bool) -> tuple[str, ...]:
    """Say where an adopter lies outside its donors, and where periods before the start are few.

    Raises
    ------
    DesignError
        If an adopter lies outside all donors in every period before its start and has no intercept.
    """
    notes = [*few_periods(series), *unseen_donors(series.layout)]
    notes += _outside(series, intercept=intercept)
    own, theirs = misfits(series, intercept=intercept)
    usual = float(np.median(theirs)) + 1e-9
    far = [(series.names[a], m / usual) for a, m in enumerate(own) if m > FAR * usual]
    notes += [
        f"{name} is fitted {times:.1f} times worse before its start than the typical donor is by the others: it lies "
        "outside the donors' reach, and its effect rests on the residual's memory."
        for name, times in far[:5]
    ]
    return tuple(notes)


def _outside(series: Series, *, intercept: bool) -> list[str]:
    if intercept:
        return []
    donors, notes = known_of(series).centre[series.adopters :], []
    for a in range(series.adopters):
        start = int(series.starts[a])
        own, pool = series.value[a, :start], donors[:, :start]
        out = ((own > pool.max(axis=0)) | (own < pool.min(axis=0)))[series.seen[a, :start]]
        if out.all():
            raise DesignError(
                f"{series.names[a]} lies outside all donors in each of its {len(out)} periods before the start.",
                why="A weighted mean cannot leave the range of what it averages: the misfit would pass for an effect.",
                cure="Use SyntheticControl(intercept=True), or add donors like it.",
            )
        if out.mean() > 0.5:
            notes.append(
                f"{series.names[a]} lies outside all donors in {int(out.sum())} of {len(out)} periods before its start."
            )
    return notes
