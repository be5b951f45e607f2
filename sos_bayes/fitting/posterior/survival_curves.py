"""Waiting averaged over cells: what share of episodes is still open at the end of each band.

The hazards of a cell's bands multiply to the share still open; shares are averaged over cells, and what is asked (done
by a day, mean or median days) is read from the averaged curve, in the world with the rollout and without it alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes.data.outcomes import Outcome
from sos_bayes.families.compiled import FAST, LARGEST
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.posterior.marginal_means import Packed

Day = int | str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Curves:
    """Averages the share still open over each group's cells, draw by draw: as `Averager`, the ends of bands fastest."""

    problem: Problem
    packed: Packed

    def __call__(self, theta: Floats, beta: Floats) -> Floats:
        """Average draws of the predictor (n, K B T) and of beta (n, k): (n, group (B + 1))."""
        packed, n_b = self.packed, self.problem.model.shocks.streams
        n_t = self.problem.chain
        out = np.zeros((len(theta), len(packed.row_ends), n_b + 1))
        shift = beta @ self.problem.patterns.T
        _average(
            np.exp(np.clip(theta, -LARGEST, LARGEST)).reshape(len(theta), -1, n_b, n_t),
            np.exp(np.clip(shift, -LARGEST, LARGEST)),
            packed.rows, packed.row_ends, packed.patterns, packed.pattern_ends, packed.values, out,
        )  # fmt: skip
        return out.reshape(len(theta), -1)


@nb.njit(cache=True, nogil=True, **FAST)
def _average(theta, shift, rows, row_ends, patterns, pattern_ends, values, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (n, group, B + 1) with survival curves: the share open at the start and at the end of each band.

    A cell's curve is S_b = S_(b-1) (1 - h_b), its hazard h_b the risk at log-odds theta + shift, so that 1 - h_b is
    1 / (1 + exp(theta) exp(shift)). ``theta`` (n, K, B, T) and ``shift`` (n, C) are the exponentials.
    """
    n_b, n_t = theta.shape[2], theta.shape[3]
    for n in range(len(theta)):
        first_row, first_pattern, at = 0, 0, 0
        for g in range(row_ends.size):
            for r in range(first_row, row_ends[g]):
                k, t = rows[r] // n_t, rows[r] % n_t
                for c in range(first_pattern, pattern_ends[g]):
                    still = values[at]
                    grown = shift[n, patterns[c]]
                    out[n, g, 0] += still
                    for b in range(n_b):
                        still /= 1.0 + theta[n, k, b, t] * grown
                        out[n, g, b + 1] += still
                    at += 1
            first_row, first_pattern = row_ends[g], pattern_ends[g]


def read(outcome: Outcome, curves: Floats, day: Day | None) -> Floats:
    """Read averaged curves (..., B + 1) of the share still open at the start and at the end of each band.

    Parameters
    ----------
    outcome : Outcome
        One whose time is cut into bands.
    curves : ndarray (..., B + 1)
        Of weights that sum to one, or to a number of episodes.
    day : int, "mean" or "median", optional
        The last day of a band: the share done by then (the outcome's own by default). Mean days are counted up to the
        last band's end; the median is that of the averaged curve, and the horizon where more than half are still
        open there. Within a band episodes end evenly.

    Raises
    ------
    DesignError
        If the outcome has no such reading.
    """
    day = outcome.bands[outcome.reached] if day is None else day
    ends = np.array(outcome.bands, dtype=float)
    if day == "mean":
        return np.asarray((np.diff(ends, prepend=0.0) * (curves[..., :-1] + curves[..., 1:]) / 2).sum(axis=-1))
    if day == "median":
        return _median(curves, ends)
    if day not in outcome.bands:
        known = ", ".join(map(str, outcome.bands))
        raise DesignError(
            f"day={day!r} is not something that can be read.", cure=f'Use one of {known}, "mean" or "median".'
        )
    return np.asarray(curves[..., 0] - curves[..., 1 + outcome.bands.index(int(day))])


def _median(curves: Floats, ends: Floats) -> Floats:
    """Day on which half are done: S = 1/2, by linear interpolation between the ends of bands."""
    share = curves / curves[..., :1]
    half = share[..., 1:] <= 0.5
    first = np.argmax(half, axis=-1)[..., None]
    high, low = (np.take_along_axis(x, first, axis=-1)[..., 0] for x in (share[..., :-1], share[..., 1:]))
    last = ends[first[..., 0]]
    width = np.diff(ends, prepend=0.0)[first[..., 0]]
    day = last - width * (0.5 - low) / np.where(high > low, high - low, 1.0)
    return np.asarray(np.where(half.any(axis=-1), day, ends[-1]))
