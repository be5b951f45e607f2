"""Whether a change as large as the worthwhile one can happen at all, and whether it could be missed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sos_bayes._core.words import amount, number
from sos_bayes.data.outcomes.aim import Aim

if TYPE_CHECKING:
    from sos_bayes.data.outcomes import Outcome

NODES = np.linspace(-4.0, 4.0, 161)  # standard normal


class Impossible(NamedTuple):
    """A worthwhile change beyond what the outcome can move by: what is wrong, why, and both readings."""

    what: str
    why: str
    cure: str


def impossible(outcome: Outcome, base: float, slack: float = 1.0) -> Impossible | None:
    """Say that the worthwhile change cannot happen in the aim's direction from a level without the rollout.

    Parameters
    ----------
    outcome : Binary, Count, Ordinal, Continuous or Duration
    base : float
        Level without the rollout, natural scale: a share, or events per the outcome's ``per``.
    slack : float
        How many times the largest possible change is let pass, where the level is only an estimate.

    Returns
    -------
    Impossible or None
        None where it can happen, where the level is not known, where nothing or everything happens, and for a
        measured outcome.

    Examples
    --------
    >>> from sos_bayes.data import Binary
    >>> outcome = Binary("y", aim=Aim.FEWER, worthwhile=0.5, label="re-referral")
    >>> impossible(outcome, 0.2).what
    'worthwhile=0.5 means 50.0 percentage points fewer, of a level of 20 %.'
    >>> impossible(outcome, 0.6) is None
    True
    """
    share = outcome.proportion
    if outcome.measured or not 0 < base < (1.0 if share else np.inf):
        return None
    room = base if outcome.aim is Aim.FEWER else (1.0 - base if share else np.inf)
    if outcome.worthwhile < slack * room:
        return None
    level = f"{number(100 * base)} %" if share else amount(base, outcome.level_unit)
    return Impossible(
        f"worthwhile={outcome.worthwhile:g} means {_asked(outcome)} {outcome.aim.value}, of a level of {level}.",
        "A change that cannot happen is never found, and its absence is no finding.",
        _readings(outcome, base, share=share),
    )


def _asked(outcome: Outcome) -> str:
    return amount(outcome.factor * outcome.worthwhile, outcome.change_unit)


def _readings(outcome: Outcome, base: float, *, share: bool) -> str:
    """Both readings of the number: as it was read, and as it may have been meant."""
    value = f"{outcome.worthwhile:g}"
    if share:
        meant = f"{value} percentage points were meant, write worthwhile={outcome.worthwhile / 100:g}"
    else:
        meant = f"{value} % of that level was meant, write worthwhile={base * outcome.worthwhile / 100:.3g}"
    return f"As it stands {value} is read as {_asked(outcome)}; if {meant}."


def could_be_missed(outcome: Outcome, base: float, spread: float, sure: float = 0.95) -> bool:
    """Whether an effect might have exceeded the worthwhile change, before anything was seen.

    Parameters
    ----------
    outcome : Binary, Count, Ordinal, Continuous or Duration
    base : float
        Level without the rollout, natural scale.
    spread : float
        Prior sd of the effect, log-odds or log-rate.
    sure : float
        Probability of a smaller one from which it could not.

    Examples
    --------
    >>> from sos_bayes.data import Binary
    >>> small, large = (Binary("y", aim=Aim.MORE, worthwhile=w, label="staying") for w in (0.01, 0.5))
    >>> could_be_missed(small, 0.2, 0.5), could_be_missed(large, 0.2, 0.5)
    (True, False)
    """
    if outcome.measured or not np.isfinite(base) or base <= 0:
        return True
    if outcome.proportion:
        odds = base / max(1.0 - base, 1e-12) * np.exp(spread * NODES)
        level = odds / (1.0 + odds)
    else:
        level = base * np.exp(spread * NODES)
    weight = np.exp(-0.5 * NODES**2)
    within = np.abs(level - base) < outcome.worthwhile
    return bool((weight * within).sum() / weight.sum() < sure)
