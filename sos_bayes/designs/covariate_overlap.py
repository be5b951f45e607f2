"""What covariates share with the practice, the outcome, the authorities, the periods and each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes.designs.layout import Layout


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Mix:
    """How children spread over the levels of one covariate.

    Attributes
    ----------
    column : str
    levels : tuple of str
        The L levels.
    counts : ndarray, shape (A, T, L)
        Children, or exposure, at each.
    """

    column: str
    levels: tuple[str, ...]
    counts: Floats

    @property
    def by_authority(self) -> float:
        """Share of the mix that the authority tells, from 0 to 1."""
        return _told(self.counts.sum(axis=1))

    @property
    def by_period(self) -> float:
        """Share of the mix that the period tells."""
        return _told(self.counts.sum(axis=0))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Move:
    """How adopters' mix of levels moved at their start.

    Attributes
    ----------
    share : float
        Of adopters' children, how many changed level beyond what comparators' did: 0 none, 1 all.
    noise : float
        What chance alone makes of it, about.
    new, gone : tuple of str
        Levels that are seen with the practice only, and those that end in adopters at their start and not elsewhere.
    """

    share: float
    noise: float
    new: tuple[str, ...]
    gone: tuple[str, ...]


def mixes_of(layout: Layout) -> tuple[Mix, ...]:
    """The mix of every covariate.

    Examples
    --------
    >>> from sos_bayes.designs import layout_of
    >>> from sos_bayes.simulation import made_up_england
    >>> made = made_up_england(seed=1)
    >>> mixes_of(layout_of(made.cells, made.rollout))
    ()
    """
    cells, mixes = layout.cells, []
    for j, column in enumerate(cells.columns):
        at = [pattern[j] for pattern in cells.patterns]
        levels = tuple(dict.fromkeys(at))
        holds = np.array([[level == one for one in levels] for level in at], dtype=float)
        mixes.append(Mix(column, levels, cells.counted @ holds))
    return tuple(mixes)


def told_by_outcome(layout: Layout, mix: Mix) -> float:
    """Share of the outcome's variance between children that the levels of a covariate tell, from 0 to 1.

    Of a count, for which children's variance is not known, the share of expected events at levels without any.
    """
    cells = layout.cells
    events, total = _by_level(layout, mix)
    rate, mean = events / np.maximum(total, 1e-300), events.sum() / max(total.sum(), 1e-300)
    between = float((total * (rate - mean) ** 2).sum())
    if cells.outcome.proportion:
        whole = float(total.sum() * mean * (1 - mean))
    elif cells.outcome.measured:
        assert cells.squares is not None
        inside = np.divide(cells.events, cells.total, out=np.zeros_like(cells.events), where=cells.total > 0)
        whole = float((cells.squares + cells.total * (inside - mean) ** 2).sum())
    else:
        without = (events == 0) & (total * mean > FEW)
        return float(total[without].sum() / total.sum())
    return between / whole if whole > 0 else 0.0


def decided(layout: Layout, mix: Mix) -> tuple[str, ...]:
    """Levels of a covariate without any event, or with nothing but events, where many children say otherwise."""
    events, total = _by_level(layout, mix)
    outcome = layout.cells.outcome
    if outcome.measured or not total.any():
        return ()
    rate = events.sum() / total.sum()
    sure = (events == 0) & (total * rate > FEW)
    if outcome.proportion:
        sure |= (events == total) & (total * (1 - rate) > FEW)
    return tuple(np.array(mix.levels)[sure].tolist())


def _by_level(layout: Layout, mix: Mix) -> tuple[Floats, Floats]:
    """Events and denominators at each level, (L,), as they were counted."""
    cells, j = layout.cells, layout.cells.columns.index(mix.column)
    at = np.array([mix.levels.index(pattern[j]) for pattern in cells.patterns])
    effect = np.ones((*layout.shape[:2], 1)) if cells.design_effect is None else cells.design_effect[:, :, None]
    events = np.bincount(at, (cells.events * effect).sum(axis=(0, 1)), len(mix.levels))
    return events, np.bincount(at, cells.counted.sum(axis=(0, 1)), len(mix.levels))


FEW = 50  # expected events without which a level's lack of them says nothing


def move_of(layout: Layout, mix: Mix) -> Move:
    """Compare adopters' levels with the practice to theirs before, less what comparators' moved meanwhile."""
    k = mix.counts
    exposed, before = layout.treated, layout.before
    with_it, without = (k * mask[:, :, None] for mask in (exposed, before))
    free = k * (layout.dose == 0)[:, :, None]
    untreated = free.copy()
    if len(layout.comparators):
        untreated[layout.adopters] = 0.0
    change = _shares(with_it.sum(axis=(0, 1))) - _shares(without.sum(axis=(0, 1)))
    if untreated.any():
        change = change - (_over_time(with_it, untreated) - _over_time(without, untreated))
    few = min(with_it.sum(), without.sum())
    noise = float(np.sqrt(len(mix.levels) / max(few, 1.0)))
    return Move(min(float(np.abs(change).sum() / 2), 1.0), noise, *_ends(mix, with_it, without, free, exposed))


def _ends(
    mix: Mix, with_it: Floats, without: Floats, free: Floats, exposed: NDArray[np.bool_]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Levels that begin, and levels that end, with the practice; too many children for chance."""
    now, then, ever = with_it.sum(axis=(0, 1)), without.sum(axis=(0, 1)), free.sum(axis=(0, 1))
    during = free[:, exposed.any(axis=0)].sum(axis=(0, 1))
    portion = now.sum() / max(now.sum() + then.sum(), 1e-300)
    several = (with_it.sum(axis=1) > 0).sum(axis=0) > 1  # a level of one authority may be its own
    new = (ever == 0) & (portion**now < RARE) & (several | (now > MANY * now.sum()))
    gone = (now == 0) & (during > 0) & ((1 - portion) ** then < RARE) & (then > MANY * then.sum())
    return tuple(np.array(mix.levels)[new].tolist()), tuple(np.array(mix.levels)[gone].tolist())


RARE = 1e-6  # chance that children of one level all happen to fall on one side of a start
MANY = 0.02  # share of adopters' children below which a level that ends moves nothing


def _over_time(weights: Floats, counts: Floats) -> Floats:
    """Comparators' shares (L,), periods weighted as these children are."""
    by_period = counts.sum(axis=0)
    seen = by_period.sum(axis=1) > 0
    share = weights.sum(axis=(0, 2)) * seen
    return np.asarray(share @ _shares(by_period) / max(float(share.sum()), 1e-300))


def _shares(counts: Floats) -> Floats:
    whole = counts.sum(axis=-1, keepdims=True)
    return np.divide(counts, whole, out=np.zeros_like(counts), where=whole > 0)


def _told(counts: Floats) -> float:
    """Share of the variance of levels that lies between rows (R, L)."""
    n, whole = counts.sum(axis=1), _shares(counts.sum(axis=0))
    apart = 1 - float((whole**2).sum())
    within = float((n * (1 - (_shares(counts) ** 2).sum(axis=1) * (n > 0))).sum() / max(float(n.sum()), 1e-300))
    return 1 - within / apart if apart > 0 else 0.0


def told_by_others(layout: Layout, mixes: tuple[Mix, ...], j: int, others: tuple[int, ...]) -> float:
    """Share of the variance of one covariate's levels that others' levels, added up, tell: from 0 to 1."""
    weight = layout.cells.counted.sum(axis=(0, 1))
    root = np.sqrt(weight / max(float(weight.sum()), 1e-300))[:, None]

    def indicators(column: int) -> Floats:
        at = [pattern[column] for pattern in layout.cells.patterns]
        return np.array([[level == one for one in mixes[column].levels] for level in at], dtype=float)

    own = indicators(j)
    own = (own - (root[:, 0] ** 2) @ own) * root
    given = np.concatenate([np.ones((len(own), 1)), *(indicators(k) for k in others)], axis=1) * root
    left = own - given @ np.linalg.lstsq(given, own, rcond=None)[0]
    whole = float((own**2).sum())
    return 1 - float((left**2).sum()) / whole if whole > 0 else 0.0
