"""What cells without the practice show beside what the model expects of such cells: discrepancies, each with its p.

Had every authority other shocks, a posterior draw would have given other counts. Replicates are drawn so: what is
shared from the posterior, an authority's own level and shocks anew, counts from the family (mixed predictive checks:
Gelman, Meng and Stern 1996; Marshall and Spiegelhalter 2007). Drawn with the shocks of the data they would fit always,
since every authority and period has one of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.fitting import Fit
from sos_bayes.predictive.given_authorities import given_authorities
from sos_bayes.predictive.new_authorities import anew
from sos_bayes.predictive.replicates import CellMaker

REPLICATES, FEWEST = 400, 60
CELLS = 4_000_000  # of all replicates together, above which there are fewer
LAGS = 4
TWO_SIDED = ("dispersion", "lag_1", "lag_2", "lag_3", "lag_4", "empty")
WORDS = {
    "dispersion": "how far authorities move",
    "authorities": "the authority that moves most",
    "periods": "the period in which authorities move most",
    "extremes": "the furthest single cell",
    **{f"lag_{k}": f"correlation over {k} period{'s' * (k > 1)}" for k in range(1, LAGS + 1)},
    "correlation": "movement that authorities share",
    "empty": "cells without an event",
}


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One discrepancy: what was seen, and what replicates of the model show.

    Attributes
    ----------
    name : str
        A key of `WORDS`.
    value : float
    low, middle, high : float
        5, 50 and 95 % of the replicates.
    p : float
        Posterior predictive probability of something as far out, to both sides where either would be odd.
    """

    name: str
    value: float
    low: float
    middle: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class Discrepancies:
    """All of them, and the probability that the oddest of so many is as odd.

    Attributes
    ----------
    each : tuple of Discrepancy
    p : float
        Share of data sets of the model whose own oddest discrepancy is at least as odd.
    replicates : int
    """

    each: tuple[Discrepancy, ...]
    p: float
    replicates: int

    @property
    def oddest(self) -> Discrepancy:
        """That with the smallest p."""
        return min(self.each, key=lambda one: one.p)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Panels:
    """Counts of R panels by authority and period: events (R, A, T), total (A, T), and which cells are looked at."""

    events: Floats
    total: Floats
    seen: Flags

    def __repr__(self) -> str:
        return shapes_only(self)


def looked_at(fit: Fit) -> Flags:
    """Cells (A, T) without the practice, with children and a known count."""
    layout = fit.layout
    seen = layout.untouched & (layout.cells.total.sum(axis=2) > 0)
    if layout.cells.intervals is not None:
        seen[layout.cells.intervals.authority, layout.cells.intervals.period] = False
    return np.asarray(seen)


def discrepancies(fit: Fit) -> Discrepancies:
    """Compare a fit's cells with replicates of them.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    Discrepancies
    """
    maker = CellMaker.of(fit.problem)
    size = int(np.clip(CELLS // max(int(np.prod(maker.shape)), 1), FEWEST, REPLICATES))
    chains, had = fit.draws.shape
    picked = np.linspace(0, chains * had - 1, size).astype(np.intp)
    given = given_authorities(fit.problem, fit.draws.kept(picked), fit.seed)
    root = None if fit.problem.model.dispersed_by is None else np.sqrt(given.scales.dispersion)
    drawn = maker.drawn(anew(given).cells, given.beta, root, fit.seed, float)
    panels = _summed(fit, maker, np.concatenate([_counted(maker)[None], drawn]))
    return _judged(_statistics(fit, panels))


def _counted(maker: CellMaker) -> Floats:
    """What was seen of the cells that are drawn anew; zero where only bounds are known."""
    cells, places = maker.problem.cells, maker.found
    place = (places.authority, places.period, places.pattern)
    if cells.levels is not None:
        return cells.levels[place]
    if cells.bands is not None:
        return cells.bands[(*place, places.stream)][:, 0]
    events = np.nan_to_num(cells.events[place])
    return events if maker.problem.model.residual is None else np.asarray(events / cells.total[place])


def _summed(fit: Fit, maker: CellMaker, outcomes: Floats) -> Panels:
    """Sum outcomes (R, M) over the patterns, bands and levels of each authority and period."""
    cells, places = fit.layout.cells, maker.found
    place = (places.authority, places.period, places.pattern)
    number = cells.total[place]
    if cells.bands is not None:
        number = cells.bands[(*place, places.stream)][:, 1]
    if cells.levels is not None:
        outcomes = outcomes[..., fit.outcome.reached :].sum(axis=2)
    if fit.problem.model.residual is not None:
        outcomes = outcomes * number
    n_a, n_t = fit.layout.shape[:2]
    cell = places.authority * n_t + places.period
    total = np.bincount(cell, number, n_a * n_t).reshape(n_a, n_t)
    order = np.argsort(cell, kind="stable")
    filled, first = np.unique(cell[order], return_index=True)
    events = np.zeros((len(outcomes), n_a * n_t))
    events[:, filled] = np.add.reduceat(outcomes[:, order], first, axis=1)
    return Panels(events.reshape(-1, n_a, n_t), total, looked_at(fit))


def _statistics(fit: Fit, panels: Panels) -> dict[str, Floats]:
    """Every discrepancy of every panel, (R,)."""
    z, away = _standardised(fit, panels)
    seen, squares = panels.seen, z**2
    by_authority = squares.sum(axis=2) / np.maximum(seen.sum(axis=1), 1)
    by_period = squares.sum(axis=1) / np.maximum(seen.sum(axis=0), 1)
    whole = squares.sum(axis=(1, 2))
    statistics = {
        "dispersion": np.sqrt((away**2).sum(axis=(1, 2)) / seen.sum()),
        "authorities": by_authority.max(axis=1),
        "periods": by_period.max(axis=1),
        "extremes": np.abs(z).max(axis=(1, 2)),
    }
    for k in range(1, min(LAGS, z.shape[2] - 2) + 1):
        statistics[f"lag_{k}"] = (z[:, :, k:] * z[:, :, :-k]).sum(axis=(1, 2)) / whole
    statistics["correlation"] = np.linalg.eigvalsh(np.swapaxes(z, 1, 2) @ z)[:, -1] / whole
    if fit.problem.model.residual is None:
        statistics["empty"] = ((panels.events == 0) & seen).sum(axis=(1, 2)) / seen.sum()
    return statistics


def _standardised(fit: Fit, panels: Panels) -> tuple[Floats, Floats]:
    """Levels with authorities' and periods' means taken out, (R, A, T), in sds of counting and moving, and as they are.

    Zero where a cell is not looked at.
    """
    family, seen = fit.problem.family, panels.seen
    total = np.where(seen, panels.total, 1.0)
    level = family.working(np.where(seen, panels.events, 0.0), total)
    if family.affine is not None:
        level, variance = (level - family.affine[0]) / family.affine[1], np.broadcast_to(1.0 / total, level.shape)
    else:
        mean = family.mean(level)
        variance = family.variance(mean) / (total * family.slope(mean) ** 2)
    away = np.where(seen, level, 0.0)
    away = np.where(seen, away - away.sum(axis=2, keepdims=True) / np.maximum(seen.sum(axis=1), 1)[:, None], 0.0)
    away = np.where(seen, away - away.sum(axis=1, keepdims=True) / np.maximum(seen.sum(axis=0), 1), 0.0)
    usual = np.median((away**2).sum(axis=2) / np.maximum(seen.sum(axis=1), 1), axis=1)
    return np.where(seen, away / np.sqrt(variance + usual[:, None, None]), 0.0), away


def _judged(statistics: dict[str, Floats]) -> Discrepancies:
    """Where the first panel stands among all, by each discrepancy and by the oddest."""
    odd = {name: _odd(values, two_sided=name in TWO_SIDED) for name, values in statistics.items()}
    least = np.min(list(odd.values()), axis=0)
    each = []
    for name, values in statistics.items():
        low, middle, high = np.quantile(values[1:], [0.05, 0.5, 0.95])
        each.append(Discrepancy(name, float(values[0]), float(low), float(middle), float(high), float(odd[name][0])))
    return Discrepancies(tuple(each), float((least <= least[0]).mean()), len(least) - 1)


def _odd(values: Floats, *, two_sided: bool) -> Floats:
    """Share of all panels that are at least as far out as each."""
    ordered = np.sort(values)
    above = 1.0 - np.searchsorted(ordered, values, side="left") / len(values)
    if not two_sided:
        return np.asarray(above)
    below = np.searchsorted(ordered, values, side="right") / len(values)
    return np.asarray(np.minimum(1.0, 2.0 * np.minimum(above, below)))
