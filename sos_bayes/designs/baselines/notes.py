"""What was taken of authorities' numbers before the first start, and what must be known of it, in words."""

from __future__ import annotations

import numpy as np

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes._core.words import counted, listed
from sos_bayes.designs.baselines.numbers import spread
from sos_bayes.designs.layout import Layout

MOVED, SEEN = 0.25, 3.0  # sds that adopters' numbers moved further than comparators'; standard errors of it
FAR = 4.0  # sds from the mean of all, from which one authority decides a slope
EACH = 5  # comparators for each number, below which they say little
SAME = 0.98  # correlation between two numbers, from which on the second adds nothing
SHOWN = 5


def window_of(layout: Layout) -> Flags:
    """Cells (A, T) whose numbers are taken: before the first start, and without any exposure."""
    first = int(layout.starts[layout.adopters].min())
    return np.asarray((np.arange(layout.shape[1]) < first)[None, :] & (layout.dose == 0))


def means(numbers: Floats, cells: Flags) -> tuple[Floats, Flags]:
    """Means (A, k) of numbers (A, T, k) over some cells (A, T), zero where nothing is known; and where something is."""
    known = np.isfinite(numbers) & cells[:, :, None]
    n = known.sum(axis=1)
    return np.where(known, numbers, 0.0).sum(axis=1) / np.maximum(n, 1), n > 0


def baseline_notes(layout: Layout, columns: tuple[str, ...], numbers: Floats, before: Floats) -> list[str]:
    """What was taken, and what of it moved later, stands far out or rests on few.

    Parameters
    ----------
    layout : Layout
    columns : tuple of str, length k
    numbers : ndarray (A, T, k)
    before : ndarray (A, k)
        Means over `window_of`.
    """
    sd = spread(before)
    notes = [_taken(layout, columns, numbers)]
    for j, column in enumerate(columns):
        notes += _moved(layout, column, numbers[..., j : j + 1], before[:, j : j + 1] / sd[j], sd[j])
        notes += _far(layout, column, (before[:, j] - before[:, j].mean()) / sd[j])
        notes += _beyond(layout, column, before[:, j])
    return notes + _doubled(columns, before) + _few(layout, columns)


def _taken(layout: Layout, columns: tuple[str, ...], numbers: Floats) -> str:
    window, labels = window_of(layout), layout.cells.calendar.labels
    periods = np.flatnonzero(window.any(axis=0))
    span = labels[periods[0]] if len(periods) == 1 else f"{labels[periods[0]]} to {labels[periods[-1]]}"
    gaps = (np.isnan(numbers) & window[:, :, None]).any(axis=1).any(axis=1).sum()
    some = f" ({counted(int(gaps), 'authority', 'authorities')} by what is recorded of it)" if gaps else ""
    names = listed([f'"{column}"' for column in columns])
    many = len(columns) > 1
    return (
        f"Adjusted for {names} as {'they were' if many else 'it was'} before the first start, the mean over {span}"
        f"{some}: every period may shift authorities in proportion to {'them' if many else 'it'}. What lasts of "
        f"{'them' if many else 'it'} is in authorities' levels, and what came later is not used."
    )


def _moved(layout: Layout, column: str, numbers: Floats, before: Floats, sd: float) -> list[str]:
    """A number that adopters' start moved: said, as what came later is left out on purpose."""
    first = int(layout.starts[layout.adopters].min())
    after = layout.treated.copy()
    after[layout.comparators, first:] = True
    later, seen = means(numbers / sd, after)
    change = np.where(seen, later - before, np.nan)[:, 0]
    ours, theirs = (change[who][np.isfinite(change[who])] for who in (layout.adopters, layout.comparators))
    if min(len(ours), len(theirs)) < 2:
        return []
    gap = float(ours.mean() - theirs.mean())
    error = float(np.sqrt(ours.var(ddof=1) / len(ours) + theirs.var(ddof=1) / len(theirs)))
    if abs(gap) < MOVED or abs(gap) < SEEN * error:
        return []
    return [
        f'"{column}" moved with the practice: adopters\' went {"up" if gap > 0 else "down"} by {abs(gap):.1f} sds more '
        "than comparators' after the start. Only what was recorded before is used: what the practice did by way of it "
        "is part of the effect, and adjusting for it would take that away."
    ]


def _far(layout: Layout, column: str, distance: Floats) -> list[str]:
    far = np.flatnonzero(np.abs(distance) > FAR)
    if not len(far):
        return []
    names = [layout.cells.names[a] for a in far]
    return [
        f'"{column}" of {listed(names, SHOWN)} lies more than {FAR:.0f} sds from the mean of all: slopes rest on '
        f"{'it' if len(far) == 1 else 'them'}. Take logs of what is counted, or leave "
        f"{'it' if len(far) == 1 else 'them'} out with exclude=."
    ]


def _beyond(layout: Layout, column: str, before: Floats) -> list[str]:
    others = before[layout.comparators]
    if not len(others):
        return []
    ours = before[layout.adopters]
    outside = int(((ours < others.min()) | (ours > others.max())).sum())
    if 3 * outside < len(ours):
        return []
    return [
        f'"{column}" of {outside} of {counted(len(ours), "adopter", "adopters")} lies beyond that of all comparators: '
        "there the adjustment is a straight line drawn further. Take comparators that are more like them."
    ]


def _doubled(columns: tuple[str, ...], before: Floats) -> list[str]:
    alike = np.abs(np.corrcoef(before.T)) if len(columns) > 1 else np.eye(1)
    pairs = [(i, j) for j in range(len(columns)) for i in range(j) if alike[i, j] >= SAME]
    return [f'"{columns[j]}" says nothing that "{columns[i]}" does not: name one of them.' for i, j in pairs]


def _few(layout: Layout, columns: tuple[str, ...]) -> list[str]:
    others = len(layout.comparators)
    if others >= EACH * len(columns):
        return []
    what = counted(len(columns), "number of the authorities rests", "numbers of the authorities rest")
    return [
        f"{what} on {counted(others, 'comparator', 'comparators')}: how periods go with "
        f"{'it' if len(columns) == 1 else 'them'} is told by few, and intervals are wide or hang on the prior."
    ]
