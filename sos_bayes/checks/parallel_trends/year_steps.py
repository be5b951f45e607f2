"""How far authorities step apart from one year to the next, and whether further at the starts than at other times."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.data.cells.within_cell_units import pooled
from sos_bayes.designs import Layout
from sos_bayes.families import FAMILIES

DEGREES = 5.0  # of the t that steps are read by, so that one authority's jump is not everybody's
USUAL, EXTRA = 0.5, 0.4  # half-normal scales of the usual step's sd and of what a start adds, on the model's scale
GRID = 48


class Steps(NamedTuple):
    """Comparators' steps around their median, with the variance of counting: (boundary, comparator)."""

    size: Floats
    variance: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


class Extra(NamedTuple):
    """Posterior of the sd that a start adds to authorities' steps, where it adds any, and P(it adds any)."""

    sd: Floats
    weight: Floats
    chance: float
    usual: float

    def __repr__(self) -> str:
        return shapes_only(self)


def boundaries(layout: Layout) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First periods of years that begin with a start, and of other years that share no period with these.

    The year right after a start's is neither: what shook it may last for a year and end with a second step.
    """
    year, n_t = round(1 / layout.cells.calendar.years), layout.shape[1]
    starts = np.unique(layout.starts[layout.adopters])
    able = np.arange(year, n_t - year + 1)
    gap = able[:, None] - starts[None, :]
    at = able[(gap == 0).any(axis=1)]
    apart = ((gap <= -year) | (gap >= 2 * year)).all(axis=1) & ((gap % year) == 0).any(axis=1)
    return at, able[apart]


def steps_at(layout: Layout, first: NDArray[np.intp]) -> Steps:
    """Change of every comparator from the year before a period to the year that begins with it."""
    year = round(1 / layout.cells.calendar.years)
    steps = [_step(layout, slice(t - year, t), slice(t, t + year)) for t in first.tolist()]
    size, variance = (np.array(each).reshape(len(first), -1) for each in zip(*steps, strict=True)) if steps else (
        np.empty((0, 0)), np.empty((0, 0))
    )  # fmt: skip
    return Steps(size, variance)


def _step(layout: Layout, before: slice, after: slice) -> tuple[Floats, Floats]:
    (y0, v0), (y1, v1) = (_levels(layout, when) for when in (before, after))
    change = y1 - y0
    if np.isnan(change).all():  # a year in which nobody has data
        return change, v0 + v1
    return change - np.nanmedian(change), v0 + v1


def levels_at(layout: Layout) -> tuple[Floats, Floats]:
    """Level of each comparator in each period on the model's scale, and its variance of counting, (C, T) each."""
    levels = [_levels(layout, slice(t, t + 1)) for t in range(layout.shape[1])]
    level, variance = (np.stack(each, axis=1) for each in zip(*levels, strict=True))
    return level, variance


def _levels(layout: Layout, when: slice) -> tuple[Floats, Floats]:
    """Level of each comparator over some periods on the model's scale, and its variance of counting."""
    there, cells = layout.comparators, layout.cells
    events, total = (x[there, when].sum(axis=(1, 2)) for x in (cells.likely, cells.total))
    with np.errstate(divide="ignore", invalid="ignore"):
        if cells.outcome.measured:
            return (events / total - pooled(cells).mean) / pooled(cells).sd, 1 / total
    variance = 1 / (events + 0.5)  # by the delta method; of a share's log-odds both parts of the trials err
    if cells.outcome.proportion:
        variance = variance + 1 / (total - events + 0.5)
    return np.where(total > 0, FAMILIES[cells.outcome.family].start(events, total), np.nan), variance


def extra_at(start: Steps, other: Steps) -> Extra:
    """What a start adds to authorities' steps: none with probability one half before looking.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> usual = Steps(0.15 * rng.standard_normal((5, 30)), np.full((5, 30), 0.01))
    >>> calm, shaken = (Steps(sd * rng.standard_normal((1, 30)), np.full((1, 30), 0.01)) for sd in (0.15, 0.5))
    >>> extra_at(calm, usual).chance < 0.3 < 0.95 < extra_at(shaken, usual).chance
    True
    """
    usual = _half_normal(USUAL)
    sd = np.concatenate([[0.0], _half_normal(EXTRA)])
    prior = np.concatenate([[0.5], np.full(GRID, 0.5 / GRID)])
    at_others = np.array([_log_density(other, u**2) for u in usual])
    at_start = np.array([[_log_density(start, u**2 + s**2) for s in sd] for u in usual])
    log_weight = at_others[:, None] + at_start + np.log(prior)
    weight = np.exp(log_weight - log_weight.max())
    weight = weight / weight.sum()
    by_sd = weight.sum(axis=0)
    return Extra(sd, by_sd, float(by_sd[1:].sum()), float(weight.sum(axis=1) @ usual))


def _half_normal(scale: float) -> Floats:
    return np.asarray(scale * stats.halfnorm.ppf((np.arange(GRID) + 0.5) / GRID))


def _log_density(steps: Steps, variance: float) -> float:
    """Log density of steps with a common variance beside that of counting."""
    seen = np.isfinite(steps.size)
    total = variance + steps.variance[seen]
    return float((-0.5 * np.log(total) - 0.5 * (DEGREES + 1) * np.log1p(steps.size[seen] ** 2 / total / DEGREES)).sum())
