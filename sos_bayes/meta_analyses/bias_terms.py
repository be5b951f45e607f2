"""Small-study effects and selection: what each adds to the model, and what it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from scipy.special import ndtr, ndtri

from sos_bayes._core.array_types import Floats, Indices
from sos_bayes._core.errors import StudyError, nearest
from sos_bayes.meta_analyses.study_table import SMALL_STUDY, Studies

BiasName = Literal["pet", "peese", "selection"]
SLOPE_SD = 1.0  # prior sd of the coefficient of the standard error: effects shift by as many errors
STEPS = (0.025, 0.5)
FUNNEL = {
    "pet": "regression on the standard error",
    "peese": "regression on the squared standard error",
    "selection": "selection by one-sided p",
}


@dataclass(frozen=True, slots=True)
class Bias:
    """Which model of small-study bias is fitted.

    Attributes
    ----------
    kind : {"pet", "peese", "selection"}
    sign : int
        +1 where results above zero are thought likelier to be published, -1 where those below.
    steps : tuple of float
        One-sided p at which the chance of publication steps down.
    """

    kind: BiasName
    sign: int
    steps: tuple[float, ...]

    @property
    def intervals(self) -> tuple[str, ...]:
        """Intervals of p in words."""
        ends = ("0", *(f"{step:g}" for step in self.steps), "1")
        return tuple(f"{low} to {high}" for low, high in pairwise(ends))


def bias_of(kind: str | None, sign: int, steps: Sequence[float], studies: Studies) -> Bias | None:
    """The model of bias that was asked for.

    Raises
    ------
    StudyError
        If it is not known, has impossible steps, or does not go with these studies.
    """
    if kind is None:
        return None
    known = get_args(BiasName)
    if kind not in known:
        raise StudyError(
            f"bias={kind!r:.40} is not known.{nearest(str(kind), known)}", cure=f"Use one of {', '.join(known)}."
        )
    if sign == 0:
        raise StudyError(
            f'bias="{kind}" needs to know which results were likelier to be published.',
            where="meta_analysis(aim=)",
            cure="Give aim=sb.Aim.FEWER or sb.Aim.MORE: results towards the aim are.",
        )
    if kind == "selection":
        _refuse_selection(studies)
    given = steps if isinstance(steps, (tuple, list)) else ()
    ordered = tuple(float(step) for step in given if isinstance(step, (int, float)))
    if (
        not ordered
        or len(ordered) < len(given)
        or list(ordered) != sorted(set(ordered))
        or not 0 < ordered[0] <= ordered[-1] < 1
    ):
        raise StudyError(
            f"steps={steps!r:.60} are no rising one-sided p-values between 0 and 1.", cure="Give such as (0.025, 0.5)."
        )
    return Bias(kind, sign, ordered)  # type: ignore[arg-type]


def _refuse_selection(studies: Studies) -> None:
    where = 'meta_analysis(bias="selection")'
    if studies.arms is not None:
        raise StudyError(
            "Selection is modelled of effects with standard errors, not of events and trials.",
            where=where,
            why="The p-value that selects belongs to a published effect.",
            cure='Give effect= and se=, or use bias="pet".',
        )
    if studies.several:
        raise StudyError(
            "Selection is modelled of one effect a study.",
            where=where,
            why="It is a study that is published, and its effects are not selected one by one.",
            cure='Keep one effect a study, or use bias="pet" or "peese".',
        )


def bias_notes(bias: Bias | None, studies: Studies) -> tuple[str, ...]:
    """Say where a test of small studies has too little power, and where an interval of p is empty."""
    if bias is None:
        return ()
    notes = []
    if len(studies) < SMALL_STUDY:
        notes.append(
            f"{len(studies)} studies, fewer than {SMALL_STUDY}: the power to see small-study bias is too low, and that "
            "none is seen says nothing."
        )
    if bias.kind == "selection":
        held = np.bincount(interval_of(bias, studies), minlength=len(bias.steps) + 1)
        empty = [f"p {name}" for name, n in zip(bias.intervals, held, strict=True) if n == 0]
        notes += [f"No study has {' or '.join(empty)}: their weights are the prior's."] if empty else []
    return tuple(notes)


def regressor(bias: Bias, studies: Studies) -> Floats:
    """What the effect is regressed on, (n,), in the unit of the effects and towards the aim.

    For the precision-effect estimate with standard error (PEESE) the squared errors over their median, so that both
    coefficients are without a unit (Stanley and Doucouliagos 2014).
    """
    error = studies.size_error
    return np.asarray(bias.sign * (error if bias.kind == "pet" else error**2 / np.median(error)))


def thresholds(bias: Bias, error: Floats) -> Floats:
    """Effects towards the aim at which p passes a step, (step, n): p is smaller above them."""
    return np.asarray(-ndtri(np.array(bias.steps))[:, None] * error)


def interval_of(bias: Bias, studies: Studies) -> Indices:
    """In which interval of p each study lies, (n,) from 0."""
    return np.asarray((bias.sign * studies.effect < thresholds(bias, studies.error)).sum(axis=0), dtype=np.intp)


def log_selection(bias: Bias, studies: Studies, parts: Floats, mean: Floats, sd: Floats) -> Floats:
    """Log of each study's weight over the chance that any result of such a study is published, (..., n).

    Parameters
    ----------
    bias : Bias
    studies : Studies
    parts : ndarray (..., step + 1)
        Steps by which the weight falls, last what is left: they sum to 1, the weight of the smallest p.
    mean, sd : ndarray (..., n)
        Of the effect before selection.
    """
    weights = np.cumsum(parts[..., ::-1], axis=-1)[..., ::-1]
    chance = np.zeros(mean.shape) + parts[..., -1:]
    for j, at in enumerate(thresholds(bias, studies.error)):
        chance = chance + parts[..., j : j + 1] * ndtr((bias.sign * mean - at) / sd)
    return np.asarray(np.log(weights[..., interval_of(bias, studies)]) - np.log(chance))
