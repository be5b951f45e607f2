"""One series under several names."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import numpy.typing as npt

from sos_bayes._core.array_types import Floats
from sos_bayes.data.cells.cells import Cells

RARE = 1e-4  # expected number of pairs of honest series that agree so far, in a table of this size
FEWEST = 2  # periods with data in common


def copies(cells: Cells) -> tuple[tuple[int, ...], ...]:
    """Positions of authorities whose numbers are the same in every period that they share, group by group.

    Two honest counts agree by chance now and then, small ones often: a pair is a copy where that many agreements, of
    events and of denominators, could not be expected once in ten thousand tables of this size. A series that never
    changes is evidence of nothing.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from sos_bayes.simulation import made_up_england
    >>> cells = made_up_england(seed=1).cells
    >>> copies(cells)
    ()
    >>> events, total = cells.events.copy(), cells.total.copy()
    >>> events[20], total[20] = events[11], total[11]
    >>> copies(replace(cells, events=events, total=total))
    ((11, 20),)
    """
    events, total = cells.likely.sum(axis=2), cells.total.sum(axis=2)
    seen = total > 0
    chance = _log_chances(events, total, seen, measured=cells.outcome.measured)
    n = len(events)
    limit = math.log(RARE) - math.log(max(n * (n - 1) / 2, 1))
    groups: dict[int, list[int]] = defaultdict(list)
    first = np.arange(n)
    for a in range(n):
        if first[a] == a:
            for b in _same(a, events, total, seen, chance, limit):
                first[b] = min(first[b], a)
        groups[int(first[a])].append(a)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _same(
    a: int, events: Floats, total: Floats, seen: npt.NDArray[np.bool_], chance: Floats, limit: float
) -> list[int]:
    """Later authorities that are copies of one."""
    shared = seen & seen[a]
    equal = ~shared | ((events == events[a]) & (total == total[a]))
    twins = np.flatnonzero(equal.all(axis=1) & (shared.sum(axis=1) >= FEWEST))
    return [int(b) for b in twins if b > a and chance[a, shared[b]].sum() < limit and np.ptp(events[a, shared[b]]) > 0]


def _log_chances(events: Floats, total: Floats, seen: npt.NDArray[np.bool_], *, measured: bool) -> Floats:
    """Log probability that another authority like it has the same events and denominator, (A, T)."""
    below = _log_shares(total, seen)
    if measured:
        return _log_shares(events, seen) + below
    rest = np.where(total > events, 1 - events / np.maximum(total, 1e-300), 1.0)
    spread = 2 * np.sqrt(np.pi * np.maximum(events * rest, 1e-3)) / _unit(events[seen])
    return -np.log(np.maximum(spread, 1.0)) + below


def _log_shares(values: Floats, seen: npt.NDArray[np.bool_]) -> Floats:
    """Log share of authorities with the same value, or nearly; nothing where it repeats that of the period before."""
    logs = np.zeros(values.shape)
    for t in range(values.shape[1]):
        there = np.sort(values[seen[:, t], t])
        if not len(there):
            continue
        own, near = values[:, t], np.sqrt(np.abs(values[:, t]))
        same = np.searchsorted(there, own, side="right") - np.searchsorted(there, own)
        around = np.searchsorted(there, own + near, side="right") - np.searchsorted(there, own - near)
        share = np.maximum(same, around / np.maximum(near, 1.0)) / len(there)
        changed = np.ones(len(own), dtype=bool) if t == 0 else own != values[:, t - 1]
        logs[:, t] = np.where(changed & seen[:, t], np.log(np.clip(share, 1e-12, 1.0)), 0.0)
    return logs


def _unit(values: Floats) -> float:
    """What all counts are multiples of, such as 5 where a publisher rounds."""
    whole = values[np.isfinite(values) & (values % 1 == 0)].astype(np.int64)
    return float(max(np.gcd.reduce(whole), 1)) if len(whole) else 1.0
