"""An exposure laid out on cells: doses by authority and period, and which cells are left out."""

from __future__ import annotations

import datetime as dt

import numpy as np

from sos_bayes._core.array_types import Flags, Floats, Integers
from sos_bayes._core.errors import RolloutError
from sos_bayes.data.cells.cells import Cells
from sos_bayes.data.periods.period_forms import FIRST_MONTH, Kind
from sos_bayes.data.rollouts.exposure import Exposure
from sos_bayes.data.rollouts.rollout import Rollout, check_known, starts_on


def doses_on(rollout: Rollout, cells: Cells) -> tuple[Integers, Floats, Flags]:
    """Lay a rollout and its exposure out on cells.

    Parameters
    ----------
    rollout : Rollout
    cells : Cells

    Returns
    -------
    starts : ndarray of int (A,)
        Position of each adopter's first period with the practice, T for the others.
    dose : ndarray (A, T)
        Share of full exposure, 0 to 1.
    left_out : ndarray of bool (A, T)
        Cells that are neither with nor without the practice.

    Raises
    ------
    RolloutError
        If a name or a period is not in the data, or doses contradict each other.
    """
    exposure, n_t = rollout.exposure, len(cells.calendar)
    starts = starts_on(rollout, cells)
    dose, left_out = np.zeros((len(starts), n_t)), np.zeros((len(starts), n_t), dtype=bool)
    shares = first_shares(rollout, cells)
    for a in np.flatnonzero(starts < n_t).tolist():
        begin = int(starts[a])
        if exposure.inside == "first_full" and shares[a] < 1:
            left_out[a, begin] = True
            begin += 1
            if begin == n_t:
                raise RolloutError(
                    f'"{cells.authorities[a]}" has no whole period with the practice.',
                    where=f"start inside {cells.calendar.labels[-1]}, the last period",
                    cure='Leave it out with exclude=, or say inside="share".',
                )
        starts[a] = begin
        dose[a, begin:] = 1.0
        ramp = exposure.ramp[: n_t - begin]
        dose[a, begin : begin + len(ramp)] = ramp
        if exposure.inside == "share":
            dose[a, begin] *= shares[a]
        left_out[a, begin : begin + exposure.wash_out] = True
    _end(exposure, cells, starts, dose, left_out)
    _contaminate(exposure, cells, starts, dose)
    for name, first, last in exposure.earlier:
        a, since, end = _place(name, cells), cells.calendar.position(first), cells.calendar.position(last)
        if not since <= end < starts[a]:
            raise RolloutError(
                f'The earlier round of "{name}" does not lie before its start.',
                where=f"{cells.calendar.labels[since]} to {cells.calendar.labels[end]}",
                cure="Give its first and last period, both before the start.",
            )
        dose[a, since : end + 1] = 1.0
    return starts, dose, left_out


def _end(exposure: Exposure, cells: Cells, starts: Integers, dose: Floats, left_out: Flags) -> None:
    for name, label in exposure.ends:
        a, end = _place(name, cells), cells.calendar.position(label)
        if end <= starts[a]:
            raise RolloutError(
                f'"{name}" ends the practice in or before its first period with it, or never started.',
                where="exposure, ends",
                cure="Give the first period without the practice, after the start.",
            )
        if exposure.after_end != "exposed":
            dose[a, end:] = 0.0
        if exposure.after_end == "left_out":
            left_out[a, end:] = True


def _contaminate(exposure: Exposure, cells: Cells, starts: Integers, dose: Floats) -> None:
    first = int(starts.min())
    for name, share, label in exposure.partial:
        a, begin = _place(name, cells), first if label is None else cells.calendar.position(label)
        if starts[a] < len(cells.calendar):
            raise RolloutError(
                f'"{name}" adopts the practice and is named as a partial user as well.',
                where="exposure, partial",
                cure="Name comparators there; an adopter's dose is a ramp.",
            )
        dose[a, begin:] = share


def _place(name: str, cells: Cells) -> int:
    check_known(name, cells, "exposure")
    return cells.authorities.index(name)


def first_shares(rollout: Rollout, cells: Cells) -> Floats:
    """Share of the days of the first period that each adopter had the practice; one where it is named by its period."""
    shares = np.ones(len(cells.authorities))
    for name, label in rollout.starts:
        if isinstance(label, dt.date) and name in cells.authorities:
            first, last = _days(cells.calendar.first + cells.calendar.position(label), cells.calendar.kind)
            shares[cells.authorities.index(name)] = (last - label).days / (last - first).days
    return shares


def _days(number: int, kind: Kind) -> tuple[dt.date, dt.date]:
    """First day of a period, and of the one after it."""
    months = {"month": 1, "quarter": 3}.get(kind, 12)
    offset = FIRST_MONTH.get(kind, 1) - 1
    begin, end = (n * months + offset for n in (number, number + 1))
    return dt.date(begin // 12, begin % 12 + 1, 1), dt.date(end // 12, end % 12 + 1, 1)
