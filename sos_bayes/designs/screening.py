"""The data's door: everything that is wrong with a table and its rollout in one message, and what must be known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.errors import DataError, SosBayesError, together
from sos_bayes._core.words import counted, listed
from sos_bayes.data import Cells, Rollout
from sos_bayes.data.cells.duplicate_series import copies
from sos_bayes.data.cells.totals import named_totals, summed_totals
from sos_bayes.data.cells.unsupplied_zeros import unsupplied
from sos_bayes.data.rollouts.doses import first_shares
from sos_bayes.designs.covariate_faults import covariate_faults
from sos_bayes.designs.layout import Layout, layout_of

SHOWN = 5


def screened(cells: Cells, rollout: Rollout) -> Layout:
    """Lay a rollout out on cells as `layout_of` does, after a look at what numbers may be in truth.

    Totals among the authorities, one series under several names, and covariates that are the practice or the outcome
    are errors; what is wrong with the rollout is in the same message. Zeros that cannot be chance, covariates that do
    nothing, starts inside a period, periods in which nobody is untreated and comparators without data before the
    first start become notes on the cells.

    Parameters
    ----------
    cells : Cells
    rollout : Rollout

    Returns
    -------
    Layout

    Raises
    ------
    DataError, RolloutError, DesignError
        All faults together.

    Examples
    --------
    >>> from sos_bayes.simulation import made_up_england
    >>> made = made_up_england(seed=1)
    >>> screened(made.cells, made.rollout)
    <Layout: 9 adopters, 31 comparators, 8 periods, 4 of them before the first start>
    """
    faults: list[SosBayesError] = [*area_faults(_kept(cells, rollout))]
    try:
        layout = layout_of(cells, rollout)
    except SosBayesError as fault:
        raise together([*faults, fault]) from None
    of_covariates, notes = covariate_faults(layout)
    faults += of_covariates
    if faults:
        raise together(faults)
    notes = [*inside_notes(layout, rollout), *zero_notes(layout), *untreated_notes(layout), *notes]
    return layout.noted(*notes)


def _kept(cells: Cells, rollout: Rollout) -> Cells:
    """The cells without excluded authorities and those without any observation; no name is refused here."""
    seen = cells.total.sum(axis=(1, 2)) > 0
    return cells.of(
        name for name, some in zip(cells.authorities, seen, strict=True) if some and name not in rollout.exclude
    )


def area_faults(cells: Cells) -> list[DataError]:
    """Totals among the authorities, and one series under several names."""
    faults, named, twins = [], named_totals(cells), copies(cells)
    further = [a for group in twins for a in group[1:]]
    sums = summed_totals(cells, (*named, *further))
    whole = [a for a in named if a not in {one for one, _ in sums}]
    if named or sums:
        said = [_quoted(cells, (a,)) for a in whole] + [_sum(cells, *one) for one in sums]
        count = len(said)
        faults.append(
            DataError(
                f"{counted(count, 'area is', 'areas are')} a total and no authority: {listed(said, SHOWN)}.",
                where=f'outcome "{cells.outcome.label}"',
                why="As a comparator a total counts adopters among the untreated, and everybody twice.",
                cure=f"Leave {'it' if count == 1 else 'them'} out: {_exclude(cells, [*whole, *(a for a, _ in sums)])}.",
            )
        )
    if twins:
        groups = [_quoted(cells, group) for group in twins]
        faults.append(
            DataError(
                f"{counted(len(groups), 'series stands', 'series stand')} under several names: "
                f"{'; '.join(groups[:SHOWN])}{'; ...' if len(groups) > SHOWN else '.'}",
                where=f'outcome "{cells.outcome.label}"',
                why="Counts that agree in every period are one authority, and would be counted as several.",
                cure=f"Keep one name of each: {_exclude(cells, further)}.",
            )
        )
    return faults


def _sum(cells: Cells, whole: int, parts: tuple[int, ...]) -> str:
    every = len(parts) >= len(cells.authorities) - 1
    of = "all others" if every else f"{counted(len(parts), 'other')}, {_quoted(cells, parts)}"
    return f'"{cells.names[whole]}" (the sum of {of})'


def _quoted(cells: Cells, positions: Sequence[int]) -> str:
    return listed([f'"{cells.names[a]}"' for a in positions], SHOWN)


def _exclude(cells: Cells, positions: Sequence[int]) -> str:
    names = ", ".join(f'"{cells.authorities[a]}"' for a in positions[:SHOWN])
    names += ", ..." if len(positions) > SHOWN else ","
    return f"exclude=({names}) in the rollout, or drop the rows before reading"


def zero_notes(layout: Layout) -> list[str]:
    """Zeros that cannot be chance, by authority, and adopters that say nothing of their own effect."""
    zero = unsupplied(layout.cells)
    notes = []
    held = np.flatnonzero(zero.any(axis=1))
    if len(held):
        said = [f"{layout.cells.names[a]} ({_periods(layout, zero[a])})" for a in held]
        notes.append(
            f"No events in {counted(int(zero.sum()), 'pair')} of authority and period where chance cannot explain it: "
            f"{listed(said, SHOWN)}. They may mean that numbers were not supplied: no grade rests on them. Leave them "
            'blank and say missing="drop" in the outcome, or leave the authority out with exclude=.'
        )
    seen = layout.cells.total.sum(axis=2) > 0
    silent = layout.cells.likely.sum(axis=2) == 0
    empty = {
        int(a)
        for a in layout.adopters
        for side in (layout.before[a], layout.treated[a])
        if (side & seen[a]).any() and (zero | ~seen)[a][side].all()
    }
    if empty:
        names = [layout.cells.names[a] for a in sorted(empty)]
        notes.append(
            f"Of {listed(names, SHOWN)} nothing but such zeros is left before the start or after it: what happened "
            "there is informed by others only."
        )
    never = [
        int(a) for a in layout.adopters if silent[a].all() and int(a) not in empty and not layout.cells.outcome.measured
    ]
    if never:
        notes.append(
            f"{counted(len(never), 'adopter has', 'adopters have')} too few events to inform an effect of their own: "
            "it is informed by others only."
        )
    return notes


def _periods(layout: Layout, flags: NDArray[np.bool_]) -> str:
    labels = [layout.cells.calendar.labels[t] for t in np.flatnonzero(flags)]
    positions = np.flatnonzero(flags)
    if len(labels) > 2 and int(positions[-1] - positions[0]) == len(positions) - 1:
        return f"{labels[0]} to {labels[-1]}"
    return listed(labels) if len(labels) <= SHOWN else f"{len(labels)} periods from {labels[0]}"


def inside_notes(layout: Layout, rollout: Rollout) -> list[str]:
    """Starts inside a period, and how that period was counted."""
    shares = first_shares(rollout, layout.cells)
    inside = np.flatnonzero(shares < 1)
    if not len(inside):
        return []
    days = {name: label for name, label in rollout.starts if isinstance(label, dt.date)}
    said = [f"{layout.cells.names[a]} ({days[layout.cells.authorities[a]].isoformat()})" for a in inside]
    how = {
        "whole": "That period counts as wholly exposed, its days before the start too, which draws the effect towards "
        'nothing: Exposure(inside="share") counts the days, inside="first_full" leaves the period out.',
        "share": "That period counts with the share of its days that were left.",
        "first_full": "That period is left out, and the next is the first.",
    }[rollout.exposure.inside]
    return [f"{counted(len(inside), 'adopter starts', 'adopters start')} inside a period: {listed(said, SHOWN)}. {how}"]


def untreated_notes(layout: Layout) -> list[str]:
    """Periods in which nobody is untreated, and comparators that are not seen before the first start."""
    seen = layout.cells.total.sum(axis=2) > 0
    notes, labels = [], layout.cells.calendar.labels
    exposed = (seen & layout.treated).any(axis=0)
    alone = np.flatnonzero(exposed & ~(seen & (layout.dose == 0)).any(axis=0))
    if len(alone):
        where = listed([labels[t] for t in alone], SHOWN)
        notes.append(
            f"Nobody is untreated in {where}: what the practice did there cannot be told from what changed everywhere, "
            "and rests on the model. What to do: end the data before, or add authorities that did not adopt."
        )
    first = int(layout.starts[layout.adopters].min())
    late = [int(a) for a in layout.comparators if seen[a].any() and not seen[a, :first].any()]
    if late:
        names = [f"{layout.cells.names[a]} (from {labels[int(seen[a].argmax())]})" for a in late]
        notes.append(
            f"{counted(len(late), 'comparator has', 'comparators have')} no data before the first start: "
            f"{listed(names, SHOWN)}. They say nothing of how things moved from before to after; donor weights and "
            "factors leave them out."
        )
    return notes
