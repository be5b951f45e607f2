"""Named tuples of arrays that the compiled loops read and write: the data, the prior at one point, and results."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.cellwise import CellwiseData


class Expansion(NamedTuple):
    """Taylor coefficients of the log-likelihood around one field, summed over patterns (`taylor_table`).

    Every array has no length where there is no expansion.

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


class BoundedCells(NamedTuple):
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
    bounded: BoundedCells
    single: CellwiseData

    def __repr__(self) -> str:
        return shapes_only(self)


class PriorAtPoint(NamedTuple):
    """The field's Gaussian prior at one point of hyperparameters.

    Shared columns (U, n, p) and their scale (p,), kinds (A,), own columns (A, n, q).

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
    """The latent Gaussian field: cells' predictors theta (A, T), shared coefficients z (p,) and covariates' beta (k,).

    z and beta are standardised: their prior is N(0, I).
    """

    theta: Floats
    z: Floats
    beta: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


class LikelihoodDerivatives(NamedTuple):
    """First and second derivatives of the log-likelihood, the second with their sign turned (curvatures).

    By theta, ``slope`` and ``curve`` (A, T), the diagonal of W; by theta and beta, ``cross`` (A, T, k), V; by beta,
    ``beta_slope`` (k,) and ``beta_curve`` (k, k).
    """

    slope: Floats
    curve: Floats
    cross: Floats
    beta_slope: Floats
    beta_curve: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


class KindSums(NamedTuple):
    """Sums over the authorities of each kind u: of N (U, T, T), of (I - W D) r (U, T) and of (I - W D) V (U, T, k)."""

    n: Floats
    r: Floats
    cross: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


class LaplaceFit(NamedTuple):
    """The Laplace approximation at one point of hyperparameters.

    ``log_ml`` is the log marginal likelihood (minus infinity without a mode), ``cov`` (A, T, T) holds D, the
    conditional covariance of theta, and ``root`` (p + k, p + k) is the lower Cholesky factor of the precision S.
    ``near`` says whether the remainder of the table's Taylor expansion is small enough there; where it is not, nothing
    may be read from the expansion.
    """

    log_ml: float
    cov: Floats
    root: Floats
    derivatives: LikelihoodDerivatives
    sums: KindSums
    near: bool

    def __repr__(self) -> str:
        return shapes_only(self)
