"""Who adopted the practice, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sos_bayes._core.errors import RolloutError, together
from sos_bayes._core.sealed import sealed
from sos_bayes.data.cells.cells import Cells
from sos_bayes.data.frames.keys import authority_text
from sos_bayes.data.frames.moment_columns import in_zone, refuse_moments
from sos_bayes.data.frames.sources import open_table
from sos_bayes.data.frames.table import keys_of
from sos_bayes.data.geography.authority_names import doubles
from sos_bayes.data.geography.unknown_names import unknown
from sos_bayes.data.periods.moments import WHY, day_in, moment
from sos_bayes.data.periods.period_forms import PeriodLabel, as_text
from sos_bayes.data.rollouts.duplicate_names import twin_faults
from sos_bayes.data.rollouts.exposure import Exposure


@dataclass(frozen=True, slots=True, init=False)
class Rollout:
    """The first period of the practice in each authority that adopted it.

    Parameters
    ----------
    starts : mapping from str to int, str or date
        Authority, written as in the data, to its first period with the practice. Authorities of the data that are
        not named never adopted it.
    exclude : iterable of str
        Authorities to leave out altogether: neither adopters nor comparators.
    exposure : Exposure, optional
        What being exposed means: ramps, starts inside a period, ends, partial users, earlier rounds.

    Raises
    ------
    RolloutError
        If there is no adopter, or a start is missing.

    Examples
    --------
    >>> rollout = Rollout({"Wakefield": "2014Q4", "Suffolk": "2015Q1"}, exclude=["Norfolk"])
    >>> rollout.adopters
    ('Suffolk', 'Wakefield')
    """

    starts: tuple[tuple[str, PeriodLabel], ...]
    exclude: tuple[str, ...]
    exposure: Exposure

    def __init__(
        self,
        starts: Mapping[str, PeriodLabel],
        *,
        exclude: Iterable[str] = (),
        exposure: Exposure | None = None,
    ):
        if not isinstance(starts, Mapping):
            raise RolloutError(
                "starts is not a mapping from authority to first period.",
                cure='Write Rollout({"Wakefield": "2014Q4"}).',
            )
        if isinstance(exclude, str):
            raise RolloutError("exclude is one text.", cure=f'Write exclude=("{exclude}",), a tuple of authorities.')
        pairs = sorted((_authority(name), _start(name, label)) for name, label in starts.items())
        object.__setattr__(self, "starts", tuple(pairs))
        object.__setattr__(self, "exclude", tuple(sorted({_authority(name) for name in exclude})))
        object.__setattr__(self, "exposure", exposure or Exposure())
        if not self.adopters:
            raise RolloutError(
                "No authority adopts the practice.", cure="Name at least one authority with its first period."
            )

    @property
    def adopters(self) -> tuple[str, ...]:
        """Authorities with a start that are not excluded, sorted."""
        return tuple(name for name, _ in self.starts if name not in self.exclude)


@sealed
def read_rollout(
    source: object,
    *,
    authority: str,
    start: str,
    exclude: Iterable[str] = (),
    exposure: Exposure | None = None,
    timezone: str | None = None,
) -> Rollout:
    """Read who adopted the practice when from a table with one row per authority.

    Parameters
    ----------
    source : frame or path
        Any source that `read_cohort` takes.
    authority : str
        The column of authorities, written as in the data.
    start : str
        The column of first periods; blank where an authority never adopted the practice.
    exclude : iterable of str
        Authorities to leave out altogether.
    exposure : Exposure, optional
        What being exposed means.
    timezone : str, optional
        Where starts are kept as moments with a zone: the zone whose days are meant, such as "Europe/London".

    Raises
    ------
    DataError
        If a column is missing, or starts are moments and no zone is said.
    RolloutError
        If an authority is blank or appears twice, or no row has a start.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"la": ["Wakefield", "Leeds"], "start": ["2014Q4", None]})
    >>> read_rollout(table, authority="la", start="start").adopters
    ('Wakefield',)
    """
    table = in_zone(open_table(source).need({"authority": authority, "start": start}), timezone)
    refuse_moments(table, start)
    names, labels = keys_of(table, (authority, start))
    labels = [day_in(label, timezone) for label in labels]
    if any(name is None for name in names):
        raise RolloutError("An authority is blank.", where=f'column "{authority}"', cure="Fill it in or drop the row.")
    texts = [authority_text(name, authority) for name in names]
    doubled = sorted({text for text in texts if texts.count(text) > 1} | {b for _, b in doubles(sorted(set(texts)))})
    if doubled:
        raise RolloutError(
            " ".join(f'"{name}" appears more than once.' for name in doubled),
            where=f'column "{authority}"',
            cure="Keep one row per authority: its first start.",
        )
    starts = {name: label for name, label in zip(texts, labels, strict=True) if label is not None}
    return Rollout(starts, exclude=exclude, exposure=exposure)  # type: ignore[arg-type]


@sealed
def comparable(cells: Cells, rollout: Rollout) -> Cells:
    """The cells without excluded authorities and without comparators that have no observation.

    Parameters
    ----------
    cells : Cells
        Counts of all authorities.
    rollout : Rollout
        Who adopted, and whom to exclude.

    Raises
    ------
    RolloutError
        If an excluded authority is not in the data, or an adopter has no observation of this outcome.
    """
    faults = faults_of(rollout, cells)
    observed = cells.total.sum(axis=(1, 2)) > 0
    adopters = set(rollout.adopters)
    kept, empty = [], []
    for name, seen in zip(cells.authorities, observed, strict=True):
        if name in rollout.exclude:
            continue
        if seen:
            kept.append(name)
        elif name in adopters:
            faults.append(
                RolloutError(
                    f'"{name}" adopts the practice but has no observation of "{cells.outcome.label}".',
                    cure=f'Leave it out for this outcome: exclude=("{name}",).',
                )
            )
        else:
            empty.append(name)
    if faults:
        raise together(faults)
    notes = cells.notes
    if empty:
        notes = (*notes, f"{len(empty)} comparators have no observation of this outcome and were left out.")
    return replace(cells.of(kept), notes=notes)


@sealed
def starts_on(rollout: Rollout, cells: Cells) -> npt.NDArray[np.int64]:
    """The index of each authority's first period with the practice.

    Parameters
    ----------
    rollout : Rollout
        Who adopted when; excluded authorities count as never adopting.
    cells : Cells
        The data whose authorities and calendar decide.

    Returns
    -------
    ndarray of int, shape (A,)
        From 1 to T - 1 for adopters, T for authorities that never adopt.

    Raises
    ------
    RolloutError
        If an adopter is not in the data, or its start is off the calendar or the first period.
    """
    starts = np.full(len(cells.authorities), len(cells.calendar), dtype=np.int64)
    faults: list[RolloutError] = []
    for name, label in rollout.starts:
        if name in rollout.exclude:
            continue
        fault = _unknown(name, cells, "starts")
        position = fault or _position(name, label, cells)
        if isinstance(position, RolloutError):
            faults.append(position)
        else:
            starts[cells.authorities.index(name)] = position
    if faults:
        raise together(faults)
    return starts


def _position(name: str, label: PeriodLabel, cells: Cells) -> int | RolloutError:
    """The index of a start, or what is wrong with it."""
    try:
        position = cells.calendar.position(label)
    except RolloutError as error:
        return RolloutError(error.what, where=f'start of "{name}"; {error.where}', why=error.why, cure=error.cure)
    if position == 0:
        return RolloutError(
            f'"{name}" is treated from the first period.',
            where=f"start {cells.calendar.labels[0]}",
            why="Without a period before the start there is nothing to compare with.",
            cure=f'Add earlier periods, or leave it out: exclude=("{name}",).',
        )
    return position


def faults_of(rollout: Rollout, cells: Cells) -> list[RolloutError]:
    """All that does not fit between a rollout and the data: names, starts, places under two names."""
    faults = [_unknown(name, cells, "exclude") for name in rollout.exclude]
    for name, label in rollout.starts:
        if name not in rollout.exclude:
            errors = _unknown(name, cells, "starts") or _position(name, label, cells)
            faults.append(errors if isinstance(errors, RolloutError) else None)
    adopters = [name for name in rollout.adopters if name in cells.authorities]
    return [fault for fault in faults if fault is not None] + twin_faults(cells, adopters, rollout.exclude)


def check_known(name: str, cells: Cells, argument: str) -> None:
    """Refuse an authority that the data do not have, and say how they write the one that was meant."""
    fault = _unknown(name, cells, argument)
    if fault is not None:
        raise fault


def _unknown(name: str, cells: Cells, argument: str) -> RolloutError | None:
    where = f"argument {argument} of the rollout"
    return unknown(name, cells.authorities, where, cells.names, dict(cells.carried))


def _authority(name: object) -> str:
    if isinstance(name, int) and not isinstance(name, bool):
        return str(name)
    if not isinstance(name, str) or not name.strip():
        raise RolloutError(f"{name!r:.40} is not the name of an authority.", cure="Write it as in the data.")
    return name


def _start(name: object, label: object) -> PeriodLabel:
    if moment(label) is not None:
        raise RolloutError(
            f'The start of "{name}" is a moment with a time zone.',
            why=WHY,
            cure='Give the day, or read the starts with read_rollout(..., timezone="Europe/London").',
        )
    text = as_text(label)
    if text is None or text == "":
        raise RolloutError(
            f'The start of "{name}" is missing or no period: {label!r:.40}.',
            cure="Give the first period with the practice; leave out authorities that never adopted it.",
        )
    return text
