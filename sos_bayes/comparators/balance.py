"""Are the comparators like the adopters? Means, differences and spreads, before and after choosing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.errors import DesignError
from sos_bayes._core.sealed import sealed

if TYPE_CHECKING:
    from sos_bayes.comparators.comparator_set import Comparators
    from sos_bayes.comparators.features import Feature, Features
    from sos_bayes.data import Outcome

NEAR = 0.1  # sds: a convention of the field for a difference that hardly matters


class Group(NamedTuple):
    """One group of authorities on one feature: known values, their mean and variance, and the counts behind them.

    ``variance`` is nan for fewer than two; ``events`` and ``total`` are None where no outcome is behind.
    """

    n: int
    mean: float
    variance: float
    events: float | None
    total: float | None

    def __repr__(self) -> str:
        return f"<Group of {self.n} authorities>"


@dataclass(frozen=True, slots=True, repr=False)
class BalanceRow:
    """One feature, in adopters and in comparators before and after choosing.

    Attributes
    ----------
    feature, unit : str
    outcome : Outcome or None
        Whose level the feature is.
    adopters, everybody, chosen, others : Group
        Adopters; all candidates; those chosen; those not chosen.
    """

    feature: str
    unit: str
    outcome: Outcome | None
    adopters: Group
    everybody: Group
    chosen: Group
    others: Group

    @property
    def difference_before(self) -> float:
        """Adopters' mean minus that of all candidates, in sds of all candidates."""
        return self._difference(self.everybody)

    @property
    def difference(self) -> float:
        """Adopters' mean minus that of the comparators, in the same sds."""
        return self._difference(self.chosen)

    @property
    def ratio_before(self) -> float:
        """Variance of adopters over that of all candidates; nan where either is not known."""
        return _ratio(self.adopters.variance, self.everybody.variance)

    @property
    def ratio(self) -> float:
        """Variance of adopters over that of the comparators; nan where either is not known."""
        return _ratio(self.adopters.variance, self.chosen.variance)

    def __repr__(self) -> str:
        return (
            f"<BalanceRow {self.feature!r}: {self.difference_before:.2f} sd, {self.difference:.2f} sd after choosing>"
        )

    def _difference(self, other: Group) -> float:
        sd = np.sqrt(self.everybody.variance)
        return float((self.adopters.mean - other.mean) / sd) if sd > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class Balance:
    """Balance of one set of comparators.

    The numbers describe the set as the model uses it: every authority once, whatever it was chosen for.

    Attributes
    ----------
    comparators : Comparators
    rows : tuple of BalanceRow
    """

    comparators: Comparators
    rows: tuple[BalanceRow, ...]

    @property
    def farthest(self) -> BalanceRow:
        """Feature with the largest difference left."""
        return max(self.rows, key=lambda row: abs(np.nan_to_num(row.difference)))

    def __getitem__(self, feature: str) -> BalanceRow:
        for row in self.rows:
            if row.feature == feature:
                return row
        known = ", ".join(row.feature for row in self.rows)
        raise DesignError(f"There is no feature {feature!r}.", where=f"features: {known}")

    def __iter__(self) -> Iterator[BalanceRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def describe(self) -> str:
        """Say how far apart the two groups were with all candidates, and are with those chosen."""
        before = max((abs(r.difference_before) for r in self.rows if np.isfinite(r.difference_before)), default=np.nan)
        far = self.farthest
        said = f"largest difference from adopters before the rollout {abs(far.difference):.2f} sd ({far.feature})"
        if self.comparators.everyone:
            return f"Nobody is left out: {said}."
        overlap, n = self.comparators.effective, len(self.comparators.authorities)
        shared = f", and some serve several adopters: worth {overlap:.0f} used equally" if overlap < n - 0.5 else ""
        return f"{said[:1].upper()}{said[1:]}, against {before:.2f} sd with all candidates{shared}."


@sealed
def balance(comparators: Comparators, features: Features | None = None) -> Balance:
    """Compare adopters with all candidates and with the comparators, feature by feature.

    Differences are in standard deviations of all candidates, the same before and after, so that they also exist for
    one adopter and a narrower set cannot look better by its own narrowness.

    Parameters
    ----------
    comparators : Comparators
    features : Features, optional
        What to compare on; by default what the choice was made on.

    Returns
    -------
    Balance

    Raises
    ------
    DesignError
        If there are no features, or they belong to another rollout or other data.

    Examples
    --------
    >>> import pandas as pd
    >>> from sos_bayes.comparators import features, named
    >>> from sos_bayes.data import Rollout, read_panel
    >>> panel = read_panel(pd.DataFrame({"la": list("ABCD"), "year": [2014] * 4}), authority="la", period="year")
    >>> rollout = Rollout({"A": 2014})
    >>> table = pd.DataFrame({"la": list("ABCD"), "poverty": [20, 12, 19, 29]})
    >>> poverty = features(panel, rollout, "poverty", table=table, authority="la")
    >>> row = balance(named(panel, rollout, ["C"]), poverty)["poverty"]
    >>> row.adopters.mean, row.everybody.mean, row.chosen.mean
    (20.0, 20.0, 19.0)
    """
    features = comparators.features if features is None else features
    if features is None:
        raise DesignError(
            "There is nothing to compare on.", cure="Give features(data, rollout, on=(...)) as the second argument."
        )
    if features.pool != comparators.pool:
        raise DesignError(
            "The features and the comparators belong to different rollouts or data.", cure="Make both from the same."
        )
    return Balance(comparators, tuple(_row(feature, comparators) for feature in features.columns))


def _row(feature: Feature, comparators: Comparators) -> BalanceRow:
    pool = comparators.pool
    sets = (pool.adopters, pool.candidates, comparators.authorities, comparators.left_out)
    groups = [_group(feature, np.isin(pool.authorities, names)) for names in sets]
    return BalanceRow(feature.label, feature.unit, feature.outcome, *groups)


def _group(feature: Feature, inside: NDArray[np.bool_]) -> Group:
    known = inside & np.isfinite(feature.values)
    values = feature.values[known]
    mean = float(values.mean()) if len(values) else float("nan")
    variance = float(values.var(ddof=1)) if len(values) > 1 else float("nan")
    counts = [None if x is None else float(x[known].sum()) for x in (feature.events, feature.total)]
    return Group(len(values), mean, variance, counts[0], counts[1])


def _ratio(one: float, other: float) -> float:
    return one / other if other > 0 else float("nan")
