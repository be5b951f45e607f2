"""Who there is to choose from: adopters, and the authorities that never adopt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sos_bayes._core.errors import DesignError
from sos_bayes.data import Cohort, Panel, Rollout, authorities_of
from sos_bayes.data.geography.unknown_names import unknown


@dataclass(frozen=True, slots=True)
class Pool:
    """Adopters and candidates of one rollout on one table.

    Attributes
    ----------
    rollout : Rollout
    adopters : tuple of str
        Sorted.
    candidates : tuple of str
        Authorities of the data that never adopt and are not excluded, sorted. Partial users are candidates.
    names : tuple of (str, str)
        Every authority of the data with its display name.
    """

    rollout: Rollout
    adopters: tuple[str, ...]
    candidates: tuple[str, ...]
    names: tuple[tuple[str, str], ...]

    @property
    def authorities(self) -> tuple[str, ...]:
        """Adopters and candidates, sorted."""
        return tuple(sorted((*self.adopters, *self.candidates)))

    def name_of(self, authority: str) -> str:
        """Display name of an authority."""
        return dict(self.names).get(authority, authority)


def pool_of(data: Cohort | Panel, rollout: Rollout) -> Pool:
    """Find adopters and candidates.

    Parameters
    ----------
    data : Cohort or Panel
    rollout : Rollout

    Returns
    -------
    Pool

    Raises
    ------
    RolloutError
        If an adopter or an excluded authority is not in the data.
    DesignError
        If there is no candidate.

    Examples
    --------
    >>> import pandas as pd
    >>> from sos_bayes.data import read_panel
    >>> table = pd.DataFrame({"la": ["Leeds", "York", "Kent"], "year": [2014] * 3})
    >>> pool_of(read_panel(table, authority="la", period="year"), Rollout({"York": 2015}, exclude=["Kent"])).candidates
    ('Leeds',)
    """
    names = authorities_of(data)
    for name in (*rollout.adopters, *rollout.exclude):
        check_known(name, names, "the rollout")
    out = {*rollout.adopters, *rollout.exclude}
    candidates = tuple(name for name in names if name not in out)
    if not candidates:
        raise DesignError(
            "There is nobody to choose comparators from: every authority of the data adopts or is excluded.",
            where="rollout",
            cure="Add authorities that did not adopt, or shorten exclude.",
        )
    return Pool(rollout, rollout.adopters, candidates, tuple(names.items()))


def check_known(name: str, authorities: Iterable[str], where: str) -> None:
    """Refuse an authority that the data do not have, and suggest the one that was meant."""
    fault = unknown(name, tuple(authorities), where)
    if fault is not None:
        raise fault
