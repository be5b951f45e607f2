"""Zeros that cannot be chance, and so may mean that a number was not supplied."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes.data.cells.cells import Cells

SCATTER = 1 / 8  # squared coefficient of variation of an authority's rate from period to period, at least
APART = 1 / 2  # the same between authorities, for those that never have an event
RARE = 0.05  # expected number of false alarms in a table of honest counts
SURE = 23.0  # expected events of which a fall by four fifths would still leave one, with probability .99
FAR = 3.0  # times its largest step, that a measured series falls to reach exactly zero
PASSES = 3
RESTLESS = 0.9


def unsupplied(cells: Cells) -> Flags:
    """Which authorities and periods have no event although chance cannot explain it, (A, T).

    An authority's own rate, moved as everybody's moves, says how many events to expect in a run of periods without
    any. The run is flagged where a negative binomial count with that mean, scattering as rates do in this table, is
    zero too rarely for any table of this size, and where even a fall by four fifths would have left an event.
    Authorities that never have one are held against all others. Of a measured outcome, a mean of exactly zero is
    flagged where the authority's other means never came near.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from sos_bayes.simulation import made_up_england
    >>> cells = made_up_england(seed=1).cells
    >>> bool(unsupplied(cells).any())
    False
    >>> events = cells.events.copy()
    >>> events[3, 4:] = 0
    >>> np.argwhere(unsupplied(replace(cells, events=events))).tolist()
    [[3, 4], [3, 5], [3, 6], [3, 7]]
    """
    total = cells.counted.sum(axis=2)
    seen = total > 0
    if cells.outcome.measured:
        means = np.divide(cells.events.sum(axis=2), total, out=np.zeros_like(total), where=seen)
        return _measured(means, seen)
    events = cells.likely.sum(axis=2)
    if cells.design_effect is not None:
        events = events * cells.design_effect
    return unlikely_zeros(events, total)


def unlikely_zeros(events: Floats, total: Floats) -> Flags:
    """Which zeros among counts (A, T) out of totals, or exposures, cannot be chance; see `unsupplied`."""
    zero: Flags = (total > 0) & (events == 0)
    unlikely: Flags = np.zeros_like(zero)
    if not _possible(events, total, zero):
        return unlikely
    for _ in range(PASSES):  # what is flagged must not set what others are held against
        expected = _expected(np.where(unlikely, 0.0, events), np.where(unlikely, 0.0, total), total)
        again = _flagged(events, expected, zero, unlikely)
        if (again == unlikely).all():
            break
        unlikely = again
    return unlikely


def _possible(events: Floats, total: Floats, zero: Flags) -> bool:
    """Whether any authority's zeros stand where events enough are expected: most tables end here."""
    if not zero.any() or not events.any():
        return False
    overall = events.sum() / total.sum()
    other = np.where(zero, 0.0, total).sum(axis=1)
    rate = np.divide(events.sum(axis=1), other, out=np.full(len(other), overall), where=other > 0)
    return bool((np.where(zero, total, 0.0).sum(axis=1) * rate > SURE / 4).any())


def _expected(events: Floats, known: Floats, total: Floats) -> Floats:
    """Events that the rate of each period would give every authority, (A, T); a period without any has the mean."""
    rate = events.sum(axis=0) / np.maximum(known.sum(axis=0), 1e-300)
    overall = events.sum() / max(float(known.sum()), 1e-300)
    return np.asarray(total * np.where(rate > 0, rate, overall))


def _flagged(events: Floats, expected: Floats, zero: Flags, known: Flags) -> Flags:
    flagged = np.zeros_like(zero)
    cells, authorities, anyone = int((expected > 0).sum()), len(events), (expected > 0).any(axis=0)
    scatter, apart = _scatter(events, np.where(known, 0.0, expected))
    for a in np.flatnonzero(zero.any(axis=1)):
        if not events[a].any():
            chance = authorities * _no_event(float(expected[a].sum()), apart)
            flagged[a] = zero[a] & (chance < RARE)
            continue
        for run in _runs(zero[a], expected[a] > 0):
            ratio, behind = _own(events[a], expected[a], run, anyone)
            chance = cells * _no_event(ratio * float(expected[a, run].sum()), scatter + 1 / max(behind, 1.0))
            flagged[a, run] = chance < RARE
    return flagged


def _no_event(mean: float, scatter: float) -> float:
    """Chance of no event where `mean` are expected and rates scatter; one where a large fall could explain it."""
    return 1.0 if mean < SURE else float((1 + mean * scatter) ** (-1 / scatter))


def _runs(zero: Flags, seen: Flags) -> Iterator[npt.NDArray[np.intp]]:
    """Positions of each run of zeros; periods without data do not break one."""
    run: list[int] = []
    for t in np.flatnonzero(seen):
        if zero[t]:
            run.append(int(t))
        elif run:
            yield np.array(run)
            run = []
    if run:
        yield np.array(run)


def _own(events: Floats, expected: Floats, run: npt.NDArray[np.intp], anyone: Flags) -> tuple[float, float]:
    """An authority's rate relative to everybody's, the lower of all its periods and of those beside the run.

    A period without its number may have been left blank because the number was small: it counts as one without events.
    """
    blank = anyone & (expected == 0)
    expected = np.where(blank, expected[expected > 0].mean(), expected)
    other = np.ones(len(events), dtype=bool)
    other[run] = False
    some = np.flatnonzero(other & ((events > 0) | blank))
    beside = np.concatenate([some[some < run[0]][-2:], some[some > run[-1]][:2]])
    choices = [(events[at].sum() / max(float(expected[at].sum()), 1e-300), events[at].sum()) for at in (other, beside)]
    ratio, behind = min(choices)
    return float(ratio), float(behind)


def _scatter(events: Floats, expected: Floats) -> tuple[float, float]:
    """Squared coefficients of variation beyond counting: of rates from period to period, and between authorities.

    From period to period that of the most restless tenth of the authorities, zeros in question left out.
    """
    mean = expected.sum(axis=1)
    whole = np.flatnonzero((mean > 0) & events.any(axis=1))
    if len(whole) < 3:
        return SCATTER, APART
    ratio = events.sum(axis=1)[whole] / mean[whole]
    some = np.where(events > 0, expected, 0.0)[whole]
    each = some * (events[whole].sum(axis=1) / some.sum(axis=1))[:, None]
    within = (((events[whole] - each) ** 2 - each) * (each > 0)).sum(axis=1) / (each**2).sum(axis=1)
    between = (np.var(ratio) - np.mean(ratio / mean[whole])) / np.mean(ratio) ** 2
    return max(SCATTER, float(np.quantile(within, RESTLESS))), max(APART, float(between))


def _measured(means: Floats, seen: Flags) -> Flags:
    flagged = np.zeros_like(seen)
    for a in np.flatnonzero((seen & (means == 0)).any(axis=1)):
        some = means[a][seen[a] & (means[a] != 0)]
        if len(some) < 3 or (np.sign(some) != np.sign(some[0])).any():
            continue
        flagged[a] = seen[a] & (means[a] == 0) & (np.abs(some).min() > FAR * np.abs(np.diff(some)).max())
    return flagged
