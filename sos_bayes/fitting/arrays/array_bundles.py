"""Flat arrays that the compiled loops read and write, bundled by what they are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.cellwise import CellwiseData


class Expansion(NamedTuple):
    """Sums over patterns of the cost's derivatives at one field (`taylor_table`); of no length where there is none.

    ``theta`` (A, T) and ``beta`` (k,) are the field; ``own`` (A, T, 7) has orders 0 to 6, ``cross`` (A, T, 3, k)
    orders 2 to 4 times the covariates, ``bent`` (A, T, k (k + 1) / 2) order 3 times their products, ``skew`` (C,) order
    3 of every pattern; ``slope`` (k,), ``curve`` (k, k) and ``constant`` are of the log-likelihood by beta.
    """

    theta: Floats
    beta: Floats
    own: Floats
    cross: Floats
    bent: Floats
    slope: Floats
    curve: Floats
    skew: Floats
    constant: float

    def __repr__(self) -> str:
        return shapes_only(self)


def no_expansion() -> Expansion:
    """The expansion of a table that is read itself."""
    shapes = ((0, 0), (0,), (0, 0, 0), (0, 0, 0, 0), (0, 0, 0), (0,), (0, 0), (0,))
    theta, beta, own, cross, bent, slope, curve, skew = (np.empty(shape) for shape in shapes)
    return Expansion(theta, beta, own, cross, bent, slope, curve, skew, 0.0)


class Bounded(NamedTuple):
    """Cells whose events are known by bounds: m positions, by authority and period, and what is known (m,).

    Counts above ``sure`` are withheld with probability ``chance`` only.
    """

    authority: NDArray[np.intp]
    period: NDArray[np.intp]
    low: Floats
    high: Floats
    sure: Floats
    chance: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


class Counts(NamedTuple):
    """The data: events by cell (A, T) and by pattern (C,), totals (A, T, C), covariate columns (k, C).

    Cells known by bounds have no events here; they are in ``bounded``, and their totals are in the table.
    ``gaps`` (M, k) and ``between`` (M,) are those of an ordinal outcome's cutpoints (`add_gaps`), else of no length.
    Of a measured outcome, ``fixed`` is what no predictor touches of its log-likelihood and ``filled`` the number of
    places with children: both count once the residual variance is not one.
    ``single`` is of families that read every cell.
    """

    code: int
    by_cell: Floats
    by_pattern: Floats
    total: Floats
    patterns: Floats
    around: Expansion
    gaps: Floats
    between: Floats
    fixed: float
    filled: float
    bounded: Bounded
    single: CellwiseData

    def __repr__(self) -> str:
        return shapes_only(self)


class PriorAtPoint(NamedTuple):
    """The prior at one point: shared columns (U, n, p) and their scale (p,), kinds (A,), own columns (A, n, q).

    The n slots of an authority are chains of ``chain`` periods, one for each stream. ``dispersion`` is the residual
    variance of a measured outcome, or the variance of what multiplies the rates of a negative binomial's cells; one for
    others. ``noise`` (A,) is the variance of what every slot has for itself beside its chain, zero without.
    """

    columns: Floats
    scale: Floats
    kind: NDArray[np.intp]
    own: Floats
    rho: float
    start: float
    shocks: Floats
    chain: int
    dispersion: float
    noise: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


class LatentField(NamedTuple):
    """Latent values: cells' theta (A, T), shared z (p,) and covariates' beta (k,), both standardised."""

    theta: Floats
    z: Floats
    beta: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


class Bend(NamedTuple):
    """Slope and curvature of the log-likelihood by theta (A, T), across (A, T, k) and by beta (k,), (k, k)."""

    slope: Floats
    curve: Floats
    cross: Floats
    beta_slope: Floats
    beta_curve: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


class Sums(NamedTuple):
    """Sums over authorities of one kind: of N (U, T, T), of r - W D r (U, T), of the same for the cross (U, T, k)."""

    n: Floats
    r: Floats
    cross: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


class LaplaceFit(NamedTuple):
    """What was found: log marginal likelihood (minus infinity without a mode), D and the Cholesky factor of S.

    ``near`` says whether the table's expansion is good enough there; where it is not, nothing may be read from it.
    """

    log_ml: float
    cov: Floats
    root: Floats
    bend: Bend
    sums: Sums
    near: bool

    def __repr__(self) -> str:
        return shapes_only(self)
