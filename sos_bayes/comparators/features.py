"""What authorities were like before the rollout: the only numbers that a choice of comparators may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes._core.sealed import sealed
from sos_bayes._core.words import counted
from sos_bayes.comparators.attribute_tables import column_of
from sos_bayes.comparators.candidates import Pool, pool_of
from sos_bayes.comparators.outcome_levels import level_of
from sos_bayes.data import Cohort, Outcome, Panel, Rollout
from sos_bayes.data.outcomes import is_outcome


class Feature(NamedTuple):
    """One feature of every authority of a pool.

    Attributes
    ----------
    label, unit : str
    values : ndarray (A,)
        In the unit; nan where not known.
    outcome : Outcome or None
        Whose level it is.
    events, total : ndarray (A,) or None
        Counts behind a level, for small-number control.
    notes : tuple of str
    """

    label: str
    unit: str
    values: Floats
    outcome: Outcome | None = None
    events: Floats | None = None
    total: Floats | None = None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Feature {self.label!r} of {len(self.values)} authorities>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Features:
    """Features of adopters and candidates, from periods before the first start only; made by `features`.

    Attributes
    ----------
    pool : Pool
    columns : tuple of Feature
    """

    pool: Pool
    columns: tuple[Feature, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """What each feature is called."""
        return tuple(c.label for c in self.columns)

    @property
    def values(self) -> Floats:
        """All values (A, F): authorities of the pool, sorted; nan where not known."""
        return np.column_stack([c.values for c in self.columns])

    @property
    def notes(self) -> tuple[str, ...]:
        """What was noticed on the way."""
        return tuple(dict.fromkeys(note for c in self.columns for note in c.notes))

    @property
    def on_outcomes(self) -> bool:
        """Whether levels of outcomes are among them."""
        return any(c.outcome is not None for c in self.columns)

    def beside(self, other: Features) -> Features:
        """These features, then those of the other that are not here yet.

        Raises
        ------
        DesignError
            If the two describe different rollouts or data.
        """
        if self.pool != other.pool:
            raise DesignError("These features belong to two different pools.", cure="Make both from one rollout.")
        new = tuple(c for c in other.columns if c.label not in self.labels)
        return Features(self.pool, (*self.columns, *new))

    def __repr__(self) -> str:
        return f"<Features of {len(self.pool.authorities)} authorities: {', '.join(self.labels)}>"


@sealed
def features(
    data: Cohort | Panel,
    rollout: Rollout,
    on: Outcome | str | Sequence[Outcome | str],
    *,
    table: object = None,
    authority: str = "authority",
) -> Features:
    """Describe adopters and candidates by what was known before the first start.

    Parameters
    ----------
    data : Cohort or Panel
    rollout : Rollout
    on : outcome, str, or a sequence of them
        An outcome stands for its level: all its events over all its denominators, over the periods before the first
        adopter's start in which the authority was not exposed. A text names a column of numbers: of ``table``, or of
        the rows of a Panel, averaged over the periods before the first start.
    table : frame or path, optional
        One row for each authority, with what was known before the rollout; that it was is for the user to see to.
    authority : str
        Its column of authorities.

    Returns
    -------
    Features

    Raises
    ------
    DataError, RolloutError
        If a column is missing or holds no numbers, or the data and the rollout do not fit together.
    DesignError
        If nothing is named, something twice, an adopter has no value, or all authorities have the same.

    Examples
    --------
    >>> from sos_bayes.data import read_panel
    >>> from sos_bayes.simulation import made_up_england
    >>> made = made_up_england(seed=1)
    >>> panel = read_panel(made.panel, authority="authority", period="period")
    >>> features(panel, made.rollout, made.outcome).labels
    ('made-up outcome (synthetic)',)
    """
    wanted = tuple(on) if isinstance(on, Sequence) and not isinstance(on, str) else (on,)
    if not wanted:
        raise DesignError("There is nothing to compare authorities on.", cure="Name outcomes or columns: on=(...).")
    pool = pool_of(data, rollout)
    columns = tuple(
        Feature(*column_of(data, pool, one, table, authority)) if isinstance(one, str) else _level(data, pool, one)
        for one in wanted
    )
    labels = [f.label for f in columns]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise DesignError(f"{twice[0]!r} is named twice.", where="on", cure="Name each feature once.")
    for feature in columns:
        _check(feature, pool)
    return Features(pool, columns)


def _level(data: Cohort | Panel, pool: Pool, outcome: Outcome) -> Feature:
    if not is_outcome(outcome):
        raise DesignError(
            f"{type(outcome).__name__} is neither an outcome nor the name of a column.",
            where="on",
            cure='Give outcomes such as Binary(...), or texts such as "deprivation".',
        )
    level = level_of(data, pool, outcome)
    return Feature(outcome.label, level.unit, level.values, outcome, level.events, level.total)


def _check(feature: Feature, pool: Pool) -> None:
    known = np.isfinite(feature.values)
    adopting = np.isin(pool.authorities, pool.adopters)
    if not known[adopting].all():
        lost = [pool.name_of(a) for a, k in zip(pool.authorities, known | ~adopting, strict=True) if not k]
        raise DesignError(
            f"{counted(len(lost), 'adopter has', 'adopters have')} no value of {feature.label!r}: "
            f"{', '.join(lost[:5])}.",
            where="on",
            why="Nobody can be chosen as near to what is not known.",
            cure="Fill it in, leave the feature out, or exclude the adopter from the rollout.",
        )
    if not known[~adopting].any():
        raise DesignError(
            f"No candidate has a value of {feature.label!r}.", where="on", cure="Fill it in, or leave the feature out."
        )
    if np.ptp(feature.values[known]) == 0:
        raise DesignError(
            f"{feature.label!r} is the same in every authority.",
            where="on",
            why="A feature without spread tells nobody apart.",
            cure="Leave it out.",
        )
