"""Authorities' numbers before the first start, and what is wrong with them as something to adjust for."""

from __future__ import annotations

import numpy as np

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes._core.errors import DesignError, together
from sos_bayes._core.words import counted, listed
from sos_bayes.designs.baselines.notes import baseline_notes, means, window_of
from sos_bayes.designs.baselines.numbers import Baselines, spread
from sos_bayes.designs.layout import Layout

SAME = 0.99  # share of a number's variance that something else tells, from which on it is that
OUTCOME = 0.999  # the same of the outcome: numbers that follow it closely are common, and fine
SHOWN = 5


def with_baselines(layout: Layout, columns: tuple[str, ...], numbers: Floats) -> Layout:
    """Put numbers of the authorities on a layout: their means over the periods before the first start.

    What they become later is not used, as practice may have moved it.

    Parameters
    ----------
    layout : Layout
    columns : tuple of str, length k
    numbers : ndarray (A, T, k)
        NaN where nothing is known.

    Returns
    -------
    Layout
        With `Baselines`, and notes of what was taken and what must be known of it.

    Raises
    ------
    DesignError
        A number is not known before the start, is the same everywhere, is the practice or the outcome under another
        name, or there are too many for the comparators: all faults together.

    Examples
    --------
    >>> import numpy as np
    >>> from sos_bayes.designs import layout_of
    >>> from sos_bayes.simulation import made_up_england
    >>> made = made_up_england(seed=1)
    >>> poverty = np.random.default_rng(1).normal(20, 5, (40, 1, 1)) * np.ones((1, 8, 1))
    >>> with_baselines(layout_of(made.cells, made.rollout), ("poverty",), poverty).baselines
    <Baselines: 1 number of 40 authorities>
    """
    window = window_of(layout)
    before, seen = means(numbers, window)
    needed = layout.cells.total.sum(axis=(1, 2)) > 0
    faults = _missing(layout, columns, seen, needed)
    if not faults:
        before = np.where(seen, before, np.nanmean(np.where(seen & needed[:, None], before, np.nan), axis=0))
        faults = [*_each(layout, columns, numbers, before[needed]), *_together(layout, columns, before, needed)]
    if faults:
        raise together(faults)
    notes = baseline_notes(layout, columns, numbers, before)
    return layout.noted(*notes).with_numbers(Baselines(columns, before))


def _missing(layout: Layout, columns: tuple[str, ...], seen: Flags, needed: Flags) -> list[DesignError]:
    """Numbers that some authority does not have before the first start."""
    faults = []
    for j, column in enumerate(columns):
        lost = [layout.cells.names[a] for a in np.flatnonzero(needed & ~seen[:, j])]
        if lost:
            who = counted(len(lost), "authority has", "authorities have")
            faults.append(
                DesignError(
                    f'{who} no "{column}" before the first start: {listed(lost, SHOWN)}.',
                    where=f'baseline, column "{column}"',
                    why="What is recorded later the practice may have moved, and a number that is guessed adjusts for "
                    "the guess.",
                    cure="Fill the column in the periods before the first start (what hardly changes, such as an index "
                    "of one year, in all of them), leave these authorities out with exclude=, or leave the column out.",
                )
            )
    return faults


def _each(layout: Layout, columns: tuple[str, ...], numbers: Floats, before: Floats) -> list[DesignError]:
    """Numbers that are the exposure, the outcome or the period, or the same everywhere."""
    told = spread(before)
    faults = []
    for j, column in enumerate(columns):
        values = numbers[..., j]
        if _share(values, layout.dose) >= SAME:
            faults.append(_practice(column, "is the exposure under another name"))
        elif told[j] > 0 and _is_outcome(layout, column, values):
            faults.append(_outcome(column))
        elif not told[j] > 0:
            faults.append(_constant(column, values))
    return faults


def _together(layout: Layout, columns: tuple[str, ...], before: Floats, needed: Flags) -> list[DesignError]:
    """Numbers that tell who adopts, and more numbers than comparators can carry."""
    adopts = np.zeros(layout.shape[0])
    adopts[layout.adopters] = 1.0
    others = int((needed & (adopts == 0)).sum()) or int(needed.sum()) - 1  # later adopters where nobody stays without
    if len(columns) > others - 2:
        few = counted(others, "comparator", "comparators")
        return [
            DesignError(
                f"{len(columns)} numbers of the authorities are too many for {few}.",
                where=f"baseline={columns!r:.120}",
                why="Comparators alone say how periods go with these numbers; so few fit any.",
                cure="Name the one or two in which adopters differ most, or take more comparators.",
            )
        ]
    found = [j for j in range(len(columns)) if _share(before[needed, j], adopts[needed]) >= SAME]
    if found:
        return [_practice(columns[j], "tells who adopts") for j in found]
    design = np.column_stack([np.ones(needed.sum()), before[needed]])
    fitted = design @ np.linalg.lstsq(design, adopts[needed], rcond=None)[0]
    if len(columns) > 1 and _share(fitted, adopts[needed]) >= SAME:
        return [_practice(" + ".join(columns), "tell together who adopts")]
    return []


def _practice(column: str, what: str) -> DesignError:
    return DesignError(
        f'The number "{column}" {what}.' if " tell " not in f" {what}" else f'The numbers "{column}" {what}.',
        where=f'baseline, column "{column}"',
        why="Shifts of periods that go with it are the effect itself.",
        cure="Leave it out of baseline: name what adopters and comparators both have more or less of.",
    )


def _outcome(column: str) -> DesignError:
    return DesignError(
        f'The number "{column}" is the outcome under another name.',
        where=f'baseline, column "{column}"',
        why="Authorities' levels hold it already; high ones fall back by chance, and adjusting for that makes a bias.",
        cure="Leave it out of baseline.",
    )


def _constant(column: str, values: Floats) -> DesignError:
    by_period = bool(np.nanmax(values) > np.nanmin(values))
    what = "is the period under another name" if by_period else "has one value only"
    return DesignError(
        f'The number "{column}" {what}: authorities do not differ in it before the first start.',
        where=f'baseline, column "{column}"',
        why="Period effects hold what is the same everywhere: it adjusts for nothing.",
        cure="Leave it out of baseline.",
    )


def _is_outcome(layout: Layout, column: str, values: Floats) -> bool:
    """Whether a column is the outcome's events, or goes with their number or share cell by cell."""
    cells = layout.cells
    if column == cells.outcome.events:
        return True
    events, total = cells.likely.sum(axis=2), cells.total.sum(axis=2)
    filled = total > 0
    given = np.where(filled, values, np.nan)
    rate = np.divide(events, total, out=np.zeros_like(events), where=filled)
    return max(_share(given, rate), _share(given, events)) >= OUTCOME


def _share(values: Floats, other: Floats) -> float:
    """Share of variance that two arrays have in common, over what is known of the first."""
    known = np.isfinite(values)
    x, y = values[known], other[known]
    if x.size < 3 or not (np.ptp(x) > 0 and np.ptp(y) > 0):
        return 0.0
    return float(np.corrcoef(x, y)[0, 1] ** 2)
