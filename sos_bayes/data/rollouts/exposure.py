"""How much of the practice children met: from nothing to all of it, by authority and period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Literal, get_args

from sos_bayes._core.errors import RolloutError, nearest
from sos_bayes.data.periods.moments import WHY, moment
from sos_bayes.data.periods.period_forms import PeriodLabel, as_text

Inside = Literal["whole", "first_full", "share"]
AfterEnd = Literal["exposed", "unexposed", "left_out"]
type Spans = tuple[tuple[str, PeriodLabel, PeriodLabel], ...]


@dataclass(frozen=True, slots=True, init=False)
class Exposure:
    """What "with the practice" means, period by period.

    By default an authority is fully exposed from its first period on, and nobody else is. The effect of a cell is its
    dose times the effect of full exposure.

    Parameters
    ----------
    inside : {"whole", "first_full", "share"}
        A start given as a day inside a period: that period counts as exposed, is left out and the next is the
        first, or has the share of its days that were left as its dose.
    ramp : sequence of float
        Doses of the first periods, above 0 and up to 1; full exposure follows.
    wash_out : int
        Number of periods from the start on that are left out: neither before nor after.
    ends : mapping from authority to period
        The first period in which an adopter no longer had the practice.
    after_end : {"exposed", "unexposed", "left_out"}
        What the periods after an end are: exposed still (intention to treat), as if it had never been (per protocol,
        where nothing lasts), or left out (per protocol, where something may).
    partial : mapping from authority to dose, or to (dose, first period)
        Comparators that took up part of the practice: 0.5 for half of it, from the first adopter's start on where no
        period is given. What it did there is taken out of the comparison at that dose.
    earlier : mapping from authority to (first, last) period
        An earlier round of the practice, fully exposed; these periods are not "before".

    Raises
    ------
    RolloutError
        If a word, a dose or a number of periods is not one of those allowed.

    Examples
    --------
    >>> Exposure(ramp=(0.25, 0.5)).ramp
    (0.25, 0.5)
    """

    inside: Inside
    ramp: tuple[float, ...]
    wash_out: int
    ends: tuple[tuple[str, PeriodLabel], ...]
    after_end: AfterEnd
    partial: tuple[tuple[str, float, PeriodLabel | None], ...]
    earlier: Spans = field(default=())

    def __init__(
        self,
        *,
        inside: Inside = "whole",
        ramp: tuple[float, ...] | list[float] = (),
        wash_out: int = 0,
        ends: Mapping[str, PeriodLabel] | None = None,
        after_end: AfterEnd = "exposed",
        partial: Mapping[str, float | tuple[float, PeriodLabel]] | None = None,
        earlier: Mapping[str, tuple[PeriodLabel, PeriodLabel]] | None = None,
    ):
        _word("inside", inside, get_args(Inside))
        _word("after_end", after_end, get_args(AfterEnd))
        if isinstance(wash_out, bool) or not isinstance(wash_out, int) or wash_out < 0:
            raise RolloutError(f"wash_out={wash_out!r} is not a number of periods.", cure="Give 0, 1, 2, ...")
        users = {name: given if isinstance(given, tuple) else (given, None) for name, given in (partial or {}).items()}
        for name, dose in [*(("ramp", dose) for dose in ramp), *((name, dose) for name, (dose, _) in users.items())]:
            _dose(name, dose)
        rounds = sorted((earlier or {}).items())
        values = {
            "inside": inside,
            "ramp": tuple(float(dose) for dose in ramp),
            "wash_out": wash_out,
            "ends": tuple((name, _label(name, label)) for name, label in sorted((ends or {}).items())),
            "after_end": after_end,
            "partial": tuple(
                (name, float(dose), None if first is None else _label(name, first))
                for name, (dose, first) in sorted(users.items())
            ),
            "earlier": tuple((name, _label(name, first), _label(name, last)) for name, (first, last) in rounds),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def plain(self) -> bool:
        """Whether everybody is fully exposed from the start on, and nobody else is."""
        return self == Exposure()

    def without(self, names: Iterable[str]) -> Exposure:
        """What being exposed means where these authorities are no longer in the comparison.

        Examples
        --------
        >>> Exposure(partial={"Leeds": 0.5, "York": 0.2}).without(["York"]).partial
        (('Leeds', 0.5, None),)
        """
        gone = set(names)
        return Exposure(
            inside=self.inside,
            ramp=self.ramp,
            wash_out=self.wash_out,
            ends={name: label for name, label in self.ends if name not in gone},
            after_end=self.after_end,
            partial={n: dose if since is None else (dose, since) for n, dose, since in self.partial if n not in gone},
            earlier={name: (first, last) for name, first, last in self.earlier if name not in gone},
        )


def _word(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        words = ", ".join(f'"{word}"' for word in allowed)
        raise RolloutError(f"{name}={value!r} is not known.{nearest(str(value), allowed)}", cure=f"Use {words}.")


def _dose(name: str, dose: object) -> None:
    if not isinstance(dose, (int, float)) or isinstance(dose, bool) or not isfinite(dose) or not 0 < dose <= 1:
        raise RolloutError(
            f"A dose of {dose!r:.40} does not lie above 0 and up to 1.",
            where=f'exposure, "{name}"',
            cure="Give the share of full exposure: 0.5 for half.",
        )


def _label(name: object, label: object) -> PeriodLabel:
    if moment(label) is not None:
        raise RolloutError(
            f'A day of "{name}" is a moment with a time zone.', where="exposure", why=WHY, cure="Give the day."
        )
    text = as_text(label)
    if text is None or text == "":
        raise RolloutError(
            f'A period of "{name}" is missing or no period: {label!r:.40}.',
            where="exposure",
            cure="Write it as the data do.",
        )
    return text if isinstance(text, dt.date) else str(text)
