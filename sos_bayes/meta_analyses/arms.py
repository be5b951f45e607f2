"""Events and trials of both arms of every study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes._core.errors import DataError
from sos_bayes._core.words import listed


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Arms:
    """Events and trials with the practice and without it, (n,) each.

    Examples
    --------
    >>> Arms(np.array([4.0]), np.array([11.0]), np.array([123.0]), np.array([139.0])).approximate[0].round(2).tolist()
    [-0.87]
    """

    events_with: Floats
    events_without: Floats
    trials_with: Floats
    trials_without: Floats

    @property
    def approximate(self) -> tuple[Floats, Floats]:
        """Log odds ratios and standard errors with half an event added to each cell, (n,) each: for figures only."""
        a, b = self.events_with + 0.5, self.events_without + 0.5
        c, d = self.trials_with - self.events_with + 0.5, self.trials_without - self.events_without + 0.5
        return np.log(a) - np.log(c) - np.log(b) + np.log(d), np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)

    @property
    def pooled_error(self) -> Floats:
        """Standard errors that the log odds ratios would have at the rate of all arms together, (n,)."""
        events = self.events_with.sum() + self.events_without.sum()
        trials = self.trials_with.sum() + self.trials_without.sum()
        rate = (events + 0.5) / (trials + 1.0)
        return np.asarray(np.sqrt((1 / self.trials_with + 1 / self.trials_without) / (rate * (1 - rate))))

    def picked(self, keep: Flags) -> Arms:
        """Some of the comparisons."""
        return Arms(
            self.events_with[keep], self.events_without[keep], self.trials_with[keep], self.trials_without[keep]
        )

    def __repr__(self) -> str:
        return f"<Arms of {len(self.events_with)} comparisons>"


def arm_faults(arms: Arms, columns: tuple[Sequence[str], Sequence[str]], names: Sequence[str]) -> list[DataError]:
    """What is impossible about counts; the messages name studies and no count."""
    faults = []
    pairs = [(arms.events_with, arms.trials_with), (arms.events_without, arms.trials_without)]
    for (events, trials), *asked in zip(pairs, *columns, strict=True):
        where = f'columns "{asked[0]}" and "{asked[1]}"'
        lacking = np.isnan(events) | np.isnan(trials)
        known = ~lacking
        cases = [
            (lacking, "Events or trials are missing for", "Give them, or leave the study out and say so."),
            (known & ((events < 0) | (events % 1 != 0) | (trials % 1 != 0)), "Events or trials are no whole numbers in",
             "Give counts, not rates or percentages."),
            (known & (trials <= 0), "An arm without anybody in", "Leave the study out: it compares nothing."),
            (known & (events > trials), "More events than trials in",
             "Check that the columns are not exchanged, and that a person is counted once."),
        ]  # fmt: skip
        faults += [
            DataError(f"{what} {_some(names, bad)}.", where=where, cure=cure) for bad, what, cure in cases if bad.any()
        ]
    return faults


def arms_notes(arms: Arms, names: Sequence[str]) -> tuple[str, ...]:
    """Say which studies have no event in either arm, or nothing else: they say next to nothing on the ratio."""
    events = arms.events_with + arms.events_without
    without = (arms.trials_with - arms.events_with) + (arms.trials_without - arms.events_without)
    notes = []
    for bad, what in ((events == 0, "no event"), (without == 0, "nothing but events")):
        if bad.any():
            notes.append(
                f"{_some(names, bad)}: {what} in either arm. Kept, without a correction: such a study says next to "
                "nothing on the odds ratio."
            )
    return tuple(notes)


def _some(names: Sequence[str], flags: object) -> str:
    return listed([f'"{name}"' for name, flag in zip(names, np.asarray(flags), strict=True) if flag], 3)
