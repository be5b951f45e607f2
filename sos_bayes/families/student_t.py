"""A measured quantity with long tails: children around a centre by Student's t with known degrees of freedom.

With u = (value - eta) / s a child has the log-likelihood -log(s) - (n + 1) / 2 log(1 + u^2 / n). Far out its slope
falls to nothing, so that no single child decides; it is not concave there. No sums say as much as the values: loops
run over them, cell by cell.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes.data.cells.child_values import median
from sos_bayes.data.outcomes import Outcome
from sos_bayes.families.cellwise import CellwiseData, no_cellwise_data
from sos_bayes.families.compiled import FAST, STRICT
from sos_bayes.families.gaussian import Gaussian
from sos_bayes.families.protocol import Children, Counted, Observed, Replicate

STUDENT_T = 4  # the code of the family
FLOOR = 0.25


@dataclass(frozen=True, slots=True)
class StudentT(Gaussian):
    """Values around a centre with long tails; ``centre`` and ``scale`` turn the predictor into the quantity's own unit.

    Examples
    --------
    >>> float(StudentT(centre=20.0, scale=4.0).mean(np.array(0.5)))
    22.0
    """

    name: str = "student_t"
    code: int = STUDENT_T
    degrees: float = 4.0
    reads_cells: ClassVar[bool] = True

    def of(self, outcome: Outcome, centre: float, unit: float) -> StudentT:
        """The same with the unit of a measured outcome, and its degrees of freedom."""
        degrees = outcome.degrees if outcome.long_tails else self.degrees
        return StudentT(centre=centre, scale=unit, degrees=degrees)

    def margins(self, events: Floats, total: Floats) -> Floats:
        """Zeros: no margin says anything of values."""
        return np.zeros_like(events)

    def cellwise(
        self, events: Floats, total: Floats, children: Children | None, laid_out: Callable[[Floats], Floats]
    ) -> CellwiseData:
        """Children's standardised values, and where those of each cell begin and end."""
        if children is None:
            return no_cellwise_data()
        ends = children.ends
        begins = np.concatenate([[0], ends.ravel()[:-1]]).reshape(ends.shape)
        spans = np.stack([laid_out(x.astype(float)) for x in (begins, ends)], axis=3).astype(np.intp)
        return no_cellwise_data()._replace(
            values=(children.values - self.centre) / self.scale,
            number=children.times,
            spans=np.ascontiguousarray(spans),
            degrees=self.degrees,
        )

    def log_constant(self, seen: Observed, dispersion: Floats) -> Floats:
        """Of children's values in their own unit: what normalises a t of unit scale."""
        half, width = 0.5 * self.degrees, math.sqrt(self.degrees * math.pi) * self.scale
        one = math.lgamma(half + 0.5) - math.lgamma(half) - math.log(width)
        number = seen.total.sum(axis=-1)
        return np.broadcast_to(one * number, (len(dispersion), *number.shape))

    def middles(self, single: CellwiseData) -> Floats:
        """Medians of the children of every slot (A, n), zero without any: no gross error moves them."""
        out = np.zeros(single.spans.shape[:2])
        for place in np.ndindex(*out.shape):
            index = np.concatenate([np.arange(*span) for span in single.spans[place]])
            if len(index):
                index = index[np.argsort(single.values[index], kind="stable")]
                out[place] = median(single.values[index], single.number[index])
        return out

    def score(self, eta: Floats, counts: Counted, rows: NDArray[np.intp], root: float) -> tuple[Floats, Floats]:
        """Slope and curvature summed over children and patterns, at one residual scale."""
        single, slope, curve = counts.single, np.zeros(eta.shape), np.zeros(eta.shape)
        for k, a in enumerate(rows):
            for t, c in np.ndindex(*eta.shape[1:]):
                begin, end = single.spans[a, t, c]
                by, bent = score((single.values[begin:end] - eta[k, t, c]) / root, self.degrees)
                slope[k, t, c] = (single.number[begin:end] * by).sum() / root
                curve[k, t, c] = (single.number[begin:end] * bent).sum() / root**2
        return slope.sum(axis=2), curve.sum(axis=2)

    def replicated(self, rng: np.random.Generator, cells: Replicate) -> Floats:
        """Means of children with long tails around their cell's; ``noise`` is their scale."""
        size, out = cells.expected.shape[:-1], np.empty(cells.expected.shape)
        number = np.maximum(np.rint(cells.total), 1.0).astype(int)
        for m, n in enumerate(number.tolist()):  # given every child's own precision, a mean is normal
            variance = (self.degrees / rng.chisquare(self.degrees, (*size, n))).mean(axis=-1) / n
            out[..., m] = np.sqrt(variance) * rng.standard_normal(size)
        return np.asarray(cells.expected + cells.noise * out)

    def centres(self, children: Children, root: float) -> tuple[Floats, Floats]:
        """Likeliest centre of every cell's children, and its precision, at one residual scale."""
        return centres(children, root * self.scale, self.degrees)


def weights(u: Floats, degrees: float) -> Floats:
    """What a normal likelihood would weigh children by, at their deviations in units of the scale.

    Examples
    --------
    >>> weights(np.array([0.0, 1.0, 100.0]), 4.0).round(4).tolist()
    [1.25, 1.0, 0.0005]
    """
    return np.asarray((degrees + 1.0) / (degrees + u**2))


def score(u: Floats, degrees: float) -> tuple[Floats, Floats]:
    """Slope and curvature by eta, in units of the scale, at children's deviations."""
    left = 1.0 / (degrees + u**2)
    return np.asarray((degrees + 1.0) * u * left), np.asarray((degrees + 1.0) * (degrees - u**2) * left**2)


@nb.njit(cache=True, **FAST)
def student_t_cell(eta, values, times, degrees, scale):  # type: ignore[no-untyped-def]
    """Log-likelihood of one cell's children, its slope and curvature by eta, and its derivative by the log scale.

    The curvature is at least `FLOOR` of that of the normal likelihood that touches it from below, so that Newton's
    steps are those of a concave function; around the centre of a handful of children it is the true one.
    """
    inverse = 1.0 / scale
    value, slope, curve, lower, number = 0.0, 0.0, 0.0, 0.0, 0.0
    squared = 0.0
    for i in range(values.size):
        u = (values[i] - eta) * inverse
        square = u * u
        left = times[i] / (degrees + square)  # the child's number over n + u^2
        value += times[i] * math.log1p(square / degrees)
        slope += left * u
        lower += left
        curve += left * (degrees - square) / (degrees + square)
        squared += left * square
        number += times[i]
    # slope (n + 1) u / (s (n + u^2)) and curvature (n + 1) (n - u^2) / (s^2 (n + u^2)^2) of a child;
    # by log s (n + 1) u^2 / (n + u^2) - 1
    most = degrees + 1.0
    value = -0.5 * most * value - number * math.log(scale)
    curve = max(curve, FLOOR * lower)
    return value, most * slope * inverse, most * curve * inverse * inverse, most * squared - number


@nb.njit(cache=True, **FAST)
def student_t_cumulants(eta, values, times, degrees, scale):  # type: ignore[no-untyped-def]
    """Third and fourth derivatives by eta of minus one cell's log-likelihood."""
    inverse = 1.0 / scale
    third, fourth = 0.0, 0.0
    for i in range(values.size):
        u = (values[i] - eta) * inverse
        square = u * u
        left = 1.0 / (degrees + square)
        third += times[i] * u * (3.0 * degrees - square) * left * left * left
        fourth += times[i] * (degrees * degrees - 6.0 * degrees * square + square * square) * (left * left) ** 2
    most = degrees + 1.0
    return 2.0 * most * third * inverse**3, -6.0 * most * fourth * inverse**4


@nb.njit(cache=True, **STRICT)
def student_t_row(theta, shift, single, a, t, dispersion, by_shift, curve, row):  # type: ignore[no-untyped-def]
    """One row of a table whose children are read one by one; as `binomial_curved`."""
    value, slope, curvature, scale = 0.0, 0.0, 0.0, np.sqrt(dispersion)
    for c in range(row.size):
        begin, end = single.spans[a, t, c]
        one, by, bent, _ = student_t_cell(
            theta + shift[0, c], single.values[begin:end], single.number[begin:end], single.degrees, scale
        )
        value += one
        slope += by
        by_shift[c] += by
        row[c] = bent
        curvature += bent
        curve[c] += bent
    return value, -slope, curvature


@nb.njit(cache=True, **STRICT)
def student_t_row_cumulants(theta, shift, single, a, t, dispersion, skews):  # type: ignore[no-untyped-def]
    """Third and fourth derivatives of minus one row's log-likelihood; fills ``skews`` as `binomial_cumulants` does."""
    third, fourth = 0.0, 0.0
    for c in range(skews.size):
        begin, end = single.spans[a, t, c]
        three, four = student_t_cumulants(
            theta + shift[0, c], single.values[begin:end], single.number[begin:end], single.degrees,
            np.sqrt(dispersion),
        )  # fmt: skip
        skews[c], third, fourth = three, third + three, fourth + four
    return third, fourth


@nb.njit(cache=True, **STRICT)
def student_t_table(single, theta, shift, scale, by_theta, by_shift):  # type: ignore[no-untyped-def]
    """Log-likelihood of a table whose children are read one by one, and its derivative by the log scale.

    ``theta`` (B,), ``shift`` (C,); fills ``by_theta`` and ``by_shift``.
    """
    value, by_log = 0.0, 0.0
    by_shift[:] = 0.0
    for b in range(theta.size):
        by_theta[b] = 0.0
        for c in range(shift.size):
            begin, end = single.spans[b, c]
            one, slope, _, more = student_t_cell(
                theta[b] + shift[c], single.values[begin:end], single.number[begin:end], single.degrees, scale
            )
            value += one
            by_theta[b] += slope
            by_shift[c] += slope
            by_log += more
    return value, by_log


def centres(children: Children, scale: float, degrees: float) -> tuple[Floats, Floats]:
    """Centre of every cell's children, the likeliest, and how precisely they tell it; zero and zero of an empty cell.

    Iteratively reweighted means (the EM algorithm for a t distribution) from the median on; ``scale`` is known. The
    precision is the one expected, (n + 1) / (n + 3) of a normal's with the same scale.
    """
    cell, size = children.cell, children.ends.size
    number = np.bincount(cell, children.times, size)
    centre = np.nan_to_num(children.medians().ravel())
    for _ in range(100):
        w = children.times * weights((children.values - centre[cell]) / scale, degrees)
        moved = np.bincount(cell, w * children.values, size) / np.maximum(np.bincount(cell, w, size), 1e-300)
        done = bool(np.abs(moved - centre).max(initial=0.0) < 1e-6 * scale)
        centre = moved
        if done:
            break
    precision = number * (degrees + 1.0) / (degrees + 3.0) / scale**2
    return centre.reshape(children.ends.shape), precision.reshape(children.ends.shape)
