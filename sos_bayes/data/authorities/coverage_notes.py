"""Where a panel has no observations: authorities that appear late or leave early, and holes between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sos_bayes.data.outcomes import Outcome
from sos_bayes.data.periods.calendar import Calendar
from sos_bayes.data.periods.period_forms import FIRST_MONTH

SHOWN = 5  # authorities named in a note


def gap_notes(total: npt.NDArray[np.float64], names: Sequence[str], calendar: Calendar) -> list[str]:
    """Notes on authorities and periods without observations; a map for as many as can be read.

    Parameters
    ----------
    total : ndarray, shape (A, T)
        Denominators; 0 is no observation.
    names : sequence of str
        Of the A authorities.
    calendar : Calendar
        The T periods.

    Examples
    --------
    >>> total = np.array([[5.0, 5, 5], [0, 0, 5], [5, 0, 5]])
    >>> for note in gap_notes(total, ["Leeds", "New Town", "York"], Calendar.of([2014, 2015, 2016])):
    ...     print(note)
    3 of 9 pairs of authority and period have no observation (2 of 3 authorities have such a gap).
    1 authority appears after the first period: New Town (2016).
    1 authority has holes between first and last period: York (2015).
    """
    seen = total > 0
    some = seen.any(axis=1)
    if seen.all() or not some.any():
        return []
    notes = [
        f"{int((~seen).sum()):,} of {seen.size:,} pairs of authority and period have no observation "
        f"({int((~seen).any(axis=1).sum()):,} of {len(seen):,} authorities have such a gap)."
    ]
    labels = np.array(calendar.labels)
    first, last = seen.argmax(axis=1), seen.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
    begun, ended = first[some].min(), last[some].max()
    late = {names[a]: labels[first[a]] for a in np.flatnonzero(some & (first > begun)).tolist()}
    gone = {names[a]: labels[last[a]] for a in np.flatnonzero(some & (last < ended)).tolist()}
    holes = {}
    anyone = seen.any(axis=0)  # what nobody has is said once
    for a in np.flatnonzero(some).tolist():
        empty = first[a] + np.flatnonzero((~seen[a] & anyone)[first[a] : last[a] + 1])
        if len(empty):
            holes[names[a]] = _periods(labels, empty)
    everywhere = [labels[t] for t in np.flatnonzero(~anyone)]
    notes += _note({names[a]: "" for a in np.flatnonzero(~some).tolist()}, "has", "have", "no observation at all")
    notes += _note(late, "appears", "appear", "after the first period")
    notes += _note(gone, "is", "are", "not seen after an earlier period")
    notes += _note(holes, "has", "have", "holes between first and last period")
    if everywhere:
        notes.append(f"No authority has an observation in {', '.join(everywhere[:SHOWN])}{_more(everywhere)}")
    return notes


def future_notes(calendar: Calendar, today: dt.date | None = None) -> list[str]:
    """A note on periods that have not begun: placeholders such as 2099-12-31, or forecasts.

    Examples
    --------
    >>> future_notes(Calendar.of([2024, 2025, 2099]), dt.date(2025, 6, 1))
    ['Periods after today (2025-06-01) are in the data, up to 2099: such dates are placeholders or forecasts.']
    """
    today = today or dt.date.today()
    months = {"month": 1, "quarter": 3}.get(calendar.kind, 12)
    begins = (calendar.first + len(calendar) - 1) * months + FIRST_MONTH.get(calendar.kind, 1) - 1
    if begins <= today.year * 12 + today.month - 1:
        return []
    return [
        f"Periods after today ({today.isoformat()}) are in the data, up to {calendar.labels[-1]}: such dates are "
        "placeholders or forecasts."
    ]


def cut_off_notes(outcome: Outcome, today: dt.date | None = None) -> list[str]:
    """A note on windows of follow-up that are said to be known up to a day that has not come.

    Examples
    --------
    >>> from sos_bayes.data import Aim, Binary, Window
    >>> window = Window("closed_on", 6, "2099-03-31")
    >>> outcome = Binary("again", aim=Aim.FEWER, worthwhile=0.01, label="re-referral", within=window)
    >>> cut_off_notes(outcome, dt.date(2025, 6, 1))
    ['The cut-off of the windows (2099-03-31) lies after today (2025-06-01): ...']
    """
    today = today or dt.date.today()
    window = outcome.within
    if window is None or window.last_day <= today:
        return []
    return [
        f"The cut-off of the windows ({window.last_day.isoformat()}) lies after today ({today.isoformat()}): nothing "
        "can have been recorded up to then, and rows whose windows are still open count as a no. Give the last day on "
        "which an event could have been recorded."
    ]


def _periods(labels: npt.NDArray[np.str_], empty: npt.NDArray[np.intp]) -> str:
    return str(labels[empty[0]]) if len(empty) == 1 else f"{len(empty)} periods from {labels[empty[0]]}"


def _note(names: dict[str, str], one: str, several: str, what: str) -> list[str]:
    if not names:
        return []
    shown = ", ".join(f"{name} ({label})" if label else name for name, label in list(names.items())[:SHOWN])
    who = f"1 authority {one}" if len(names) == 1 else f"{len(names)} authorities {several}"
    return [f"{who} {what}: {shown}{_more(names)}"]


def _more(names: Sequence[str] | dict[str, str]) -> str:
    return ", ..." if len(names) > SHOWN else "."
