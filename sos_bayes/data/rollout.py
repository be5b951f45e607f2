"""Who adopted the practice, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sos_bayes._core.errors import RolloutError, nearest
from sos_bayes._core.sealed import sealed
from sos_bayes.data.cells import Cells
from sos_bayes.data.exposure import Exposure
from sos_bayes.data.names import alike
from sos_bayes.data.periods import PeriodLabel, as_text
from sos_bayes.data.sources import open_table
from sos_bayes.data.tables import keys_of


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
    source: object, *, authority: str, start: str, exclude: Iterable[str] = (), exposure: Exposure | None = None
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

    Raises
    ------
    DataError
        If a column is missing.
    RolloutError
        If an authority is blank or appears twice, or no row has a start.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"la": ["Wakefield", "Leeds"], "start": ["2014Q4", None]})
    >>> read_rollout(table, authority="la", start="start").adopters
    ('Wakefield',)
    """
    table = open_table(source).need({"authority": authority, "start": start})
    names, labels = keys_of(table, (authority, start))
    if any(name is None for name in names):
        raise RolloutError("An authority is blank.", where=f'column "{authority}"', cure="Fill it in or drop the row.")
    doubled = sorted({str(name) for name in names if names.count(name) > 1})
    if doubled:
        raise RolloutError(
            f'"{doubled[0]}" appears more than once.',
            where=f'column "{authority}"',
            cure="Keep one row per authority: its first start.",
        )
    starts = {str(name): label for name, label in zip(names, labels, strict=True) if label is not None}
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
    for name in rollout.exclude:
        check_known(name, cells, "exclude")
    observed = cells.total.sum(axis=(1, 2)) > 0
    adopters = set(rollout.adopters)
    kept, empty = [], []
    for name, seen in zip(cells.authorities, observed, strict=True):
        if name in rollout.exclude:
            continue
        if seen:
            kept.append(name)
        elif name in adopters:
            raise RolloutError(
                f'"{name}" adopts the practice but has no observation of "{cells.outcome.label}".',
                cure=f'Leave it out for this outcome: exclude=("{name}",).',
            )
        else:
            empty.append(name)
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
    for name, label in rollout.starts:
        if name in rollout.exclude:
            continue
        check_known(name, cells, "starts")
        try:
            position = cells.calendar.position(label)
        except RolloutError as error:
            raise RolloutError(
                error.what, where=f'start of "{name}"; {error.where}', why=error.why, cure=error.cure
            ) from None
        if position == 0:
            raise RolloutError(
                f'"{name}" is treated from the first period.',
                where=f"start {cells.calendar.labels[0]}",
                why="Without a period before the start there is nothing to compare with.",
                cure=f'Add earlier periods, or leave it out: exclude=("{name}",).',
            )
        starts[cells.authorities.index(name)] = position
    return starts


def check_known(name: str, cells: Cells, argument: str) -> None:
    """Refuse an authority that the data do not have, and suggest the one that was meant."""
    if name in cells.authorities:
        return
    similar = alike(name, cells.authorities)
    if similar:
        hint = f' The data write it "{similar}".'
    elif name in cells.names:
        hint = f' The data know it by the code "{cells.authorities[cells.names.index(name)]}".'
    else:
        hint = nearest(name, cells.authorities)
    raise RolloutError(
        f'"{name}" is not among the {len(cells.authorities)} authorities of the data.{hint}',
        where=f"argument {argument} of the rollout",
        cure="Write it exactly as in the data; codes of authorities (E0...) are safest.",
    )


def _authority(name: object) -> str:
    if isinstance(name, int) and not isinstance(name, bool):
        return str(name)
    if not isinstance(name, str) or not name.strip():
        raise RolloutError(f"{name!r:.40} is not the name of an authority.", cure="Write it as in the data.")
    return name


def _start(name: object, label: object) -> PeriodLabel:
    text = as_text(label)
    if text is None or text == "":
        raise RolloutError(
            f'The start of "{name}" is missing or no period: {label!r:.40}.',
            cure="Give the first period with the practice; leave out authorities that never adopted it.",
        )
    return text
