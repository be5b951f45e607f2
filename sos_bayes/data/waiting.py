"""Episodes by what is known of their end: done in a band, done later, or open since."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import numpy.typing as npt

from sos_bayes.data.outcomes import Duration

type Floats = npt.NDArray[np.float64]
LONGEST = 2**31


def kinds_of(outcome: Duration, days: nw.Expr, done: nw.Expr | None) -> dict[str, nw.Expr]:
    """Truth values, of which exactly one holds for every good row.

    In order: done in each band, done after the last; then open, having lived through no band, the first, the first
    two, and so on to all.
    """
    closed, still = (days >= 0, None) if done is None else (done == 1, done == 0)
    fine = (days >= 0) & (days <= LONGEST)
    edges = outcome.bands
    kinds = {}
    for b, last in enumerate(edges):
        first = fine if b == 0 else fine & (days > edges[b - 1])
        kinds[f"__done{b}"] = closed & first & (days <= last)
    kinds["__late"] = closed & fine & (days > edges[-1])
    if still is None:
        return kinds
    for b in range(len(edges) + 1):
        inside = fine if b == 0 else fine & (days >= edges[b - 1])
        kinds[f"__open{b}"] = still & (inside if b == len(edges) else inside & (days < edges[b]))
    return kinds


def bands_of(parts: list[np.ndarray], outcome: Duration) -> tuple[Floats, Floats, Floats]:
    """From episodes by kind (A, T, C) each: done by `by_day`, known at `by_day`, and (A, T, C, B, 2) by band.

    The last axis holds those done in a band, and those that reached it and are known at its end.
    """
    n = len(outcome.bands)
    done, late = np.stack(parts[:n], axis=3).astype(np.float64), parts[n].astype(np.float64)
    still = np.zeros((*late.shape, n + 1))
    if len(parts) > n + 1:
        still = np.stack(parts[n + 1 :], axis=3).astype(np.float64)
    later = np.cumsum(done[..., ::-1], axis=3)[..., ::-1] + late[..., None]  # done in this band or after it
    lived = np.cumsum(still[..., ::-1], axis=3)[..., ::-1][..., 1:]  # open, having lived through this band
    bands = np.stack([done, later + lived], axis=4)
    at = outcome.reached
    events = done[..., : at + 1].sum(axis=3)
    return events, events + (bands[..., at, 1] - bands[..., at, 0]), bands
