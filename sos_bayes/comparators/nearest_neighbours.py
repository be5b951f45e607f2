"""Nearest neighbours on features before the rollout."""

from __future__ import annotations

from typing import get_args

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core import errors
from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes._core.sealed import sealed
from sos_bayes._core.words import counted, listed
from sos_bayes.comparators.comparator_set import REGRESSION, Comparators
from sos_bayes.comparators.distance import Distance, distances
from sos_bayes.comparators.features import Features
from sos_bayes.comparators.named_sets import whole_number

Places = list[list[int]]


@sealed
def nearest(
    features: Features,
    *,
    n: int = 10,
    distance: Distance = "mahalanobis",
    reuse: bool = True,
    caliper: float | None = None,
    label: str | None = None,
) -> Comparators:
    """Keep the candidates nearest to each adopter on features of the time before the rollout.

    Parameters
    ----------
    features : Features
        From `features`, which looks at nothing after the first start.
    n : int
        How many for each adopter.
    distance : {"mahalanobis", "standardised"}
        In standard deviations of the features over all authorities, with their correlations undone or not.
    reuse : bool
        Let a candidate serve several adopters (matching with replacement). Without, the total distance is smallest
        over all ways to give every adopter ``n`` of its own.
    caliper : float, optional
        Farthest distance that still counts as near.
    label : str, optional
        A few words that tell this set from others.

    Returns
    -------
    Comparators
        Chosen on outcomes' levels, it carries a warning of regression to the mean.

    Raises
    ------
    DesignError
        If there are fewer candidates than wanted, features repeat each other, or nobody lies within the caliper.

    Examples
    --------
    >>> import pandas as pd
    >>> from sos_bayes.comparators import features
    >>> from sos_bayes.data import Rollout, read_panel
    >>> panel = read_panel(pd.DataFrame({"la": list("ABCD"), "year": [2014] * 4}), authority="la", period="year")
    >>> table = pd.DataFrame({"la": list("ABCD"), "poverty": [20, 12, 19, 30]})
    >>> poverty = features(panel, Rollout({"A": 2014}), "poverty", table=table, authority="la")
    >>> nearest(poverty, n=2).of("A")
    ('C', 'B')
    """
    whole_number(n)
    _check(distance, caliper)
    pool, label = features.pool, label or f"nearest {n}"
    known = np.isfinite(features.values).all(axis=1)
    adopting = np.isin(pool.authorities, pool.adopters)
    usable = np.flatnonzero(known & ~adopting)
    _enough(n, len(usable), len(pool.adopters), reuse)
    gap = distances(features.values[adopting], features.values[usable], distance)
    within = np.ones_like(gap, dtype=bool) if caliper is None else gap <= caliper
    places = _each(gap, within, n) if reuse else _assigned(gap, within, n)
    names = np.array(pool.authorities)[usable]
    kept = tuple((a, tuple(names[chosen].tolist())) for a, chosen in zip(pool.adopters, places, strict=True))
    lost = int((~known & ~adopting).sum())
    notes = [*features.notes]
    if lost:
        notes.append(f"{counted(lost, 'candidate')} without a value of every feature passed over.")
    notes += _beyond(kept, features, n)
    if features.on_outcomes:
        notes.append(REGRESSION)
    rule = _rule(features, n, distance, reuse, caliper)
    return Comparators(pool, kept, label, rule, tuple(notes), features.on_outcomes, features)


def _each(gap: Floats, within: NDArray[np.bool_], n: int) -> Places:
    order = np.argsort(gap, axis=1, kind="stable")
    return [[int(c) for c in row if ok[c]][:n] for row, ok in zip(order, within, strict=True)]


def _assigned(gap: Floats, within: NDArray[np.bool_], n: int) -> Places:
    """As many pairs within the caliper as can be, and of these the smallest total distance."""
    from scipy.optimize import linear_sum_assignment

    never = 1.0 + gap.max() * gap.shape[0] * n  # more than all pairs together
    rows, columns = linear_sum_assignment(np.repeat(np.where(within, gap, never), n, axis=0))
    assigned: Places = [[] for _ in gap]
    for row, c in zip((rows // n).tolist(), columns.tolist(), strict=True):
        if within[row, c]:
            assigned[row].append(c)
    return [sorted(chosen, key=lambda c, a=a: (gap[a, c], c)) for a, chosen in enumerate(assigned)]  # type: ignore[misc]


def _enough(n: int, candidates: int, adopters: int, reuse: bool) -> None:
    wanted = n if reuse else n * adopters
    if candidates >= wanted:
        return
    each = candidates // adopters
    fewer = f"Ask for n={candidates if reuse else each} or fewer" if (reuse or each) else "Ask for fewer adopters"
    raise DesignError(
        f"{wanted:,} comparators were wanted and there are {counted(candidates, 'candidate')}.",
        where=f"n={n}" + ("" if reuse else f" for each of {adopters} adopters, each used once"),
        cure=f"{fewer}, or keep all of them." if reuse else f"{fewer}, or say reuse=True.",
    )


def _check(distance: object, caliper: float | None) -> None:
    allowed = get_args(Distance)
    if distance not in allowed:
        raise DesignError(
            f"distance={distance!r:.40} is not known.{errors.nearest(str(distance), allowed)}",
            cure=f"Use {' or '.join(allowed)}.",
        )
    if caliper is not None and not 0 < caliper < np.inf:
        raise DesignError(
            f"A caliper of {caliper!r:.40} is no distance.", cure="Give standard deviations, such as 1.0."
        )


def _beyond(kept: tuple[tuple[str, tuple[str, ...]], ...], features: Features, n: int) -> list[str]:
    name = features.pool.name_of
    none = [name(a) for a, chosen in kept if not chosen]
    few = [name(a) for a, chosen in kept if 0 < len(chosen) < n]
    notes = []
    if none:
        notes.append(
            f"{counted(len(none), 'adopter has', 'adopters have')} nobody within the caliper: {listed(none)}. There is "
            "nobody like them; widen the caliper, or exclude them, which changes whose effect it is."
        )
    if few:
        notes.append(f"{counted(len(few), 'adopter has', 'adopters have')} fewer than {n} within the caliper.")
    return notes


def _rule(features: Features, n: int, distance: str, reuse: bool, caliper: float | None) -> str:
    how = "with replacement" if reuse else "each used once, by the smallest total distance"
    within = "" if caliper is None else f", none farther than {caliper:g}"
    kind = (
        "" if len(features.columns) == 1 else f" ({'Mahalanobis' if distance == 'mahalanobis' else distance} distance)"
    )
    on = listed([f"“{label}”" for label in features.labels])
    return f"the {n} nearest to each adopter on {on} before the rollout{kind}, {how}{within}"
