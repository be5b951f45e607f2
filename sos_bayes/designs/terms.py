"""What a linear predictor is made of: plain data, read alike by the sampler and by the fast route.

For authority a, period t and covariate pattern c the predictor is

    eta[a, t, c] = theta[a, t] + patterns[c] . beta
    theta[a, t]  = sum of shared[a, t] . coefficients  +  sum of by_authority[a, t] * coefficient[a]  +  shock[a, t]

With several streams (`streams`) an authority's periods are repeated for each: t then counts slots, stream after stream.
Coefficients are independent normals whose sd is a number or the name of a scalar (`Model.scalars`); a random
walk or a zero-sum block is a choice of columns (see ``basis``). The shocks are the one residual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.designs.priors import Hyper
from sos_bayes.designs.residual_scale import Residual
from sos_bayes.designs.stationary import spread_over
from sos_bayes.families.gaussian import residual_sd

Role = Literal["background", "effect", "lead"]


class Slots(Protocol):
    """How cells (..., T, C) are laid out on the model's slots and its patterns, (..., S T, R)."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the S streams."""
        ...

    def laid_out(self, values: Floats) -> Floats:
        """Lay out values of cells."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """Coefficients that all authorities share.

    Attributes
    ----------
    name : str
    columns : ndarray (A, T, k)
    sd : float or str
    basis : ndarray (m, k)
        What is reported: ``basis @ coefficients`` (period effects, lag profile); the identity elsewhere.
    labels : tuple of str, length m
    role : str
        ``"effect"`` where the term is switched off in the world without the rollout.
    chain : int
        Of shocks that authorities share: how many periods one chain has. The coefficients are then the innovations of
        chains, one after the other, which fade as authorities' own shocks do (``sd`` is a year's); the columns and what
        is reported belong to the shocks. 0 for coefficients that are what they are.
    """

    name: str
    columns: Floats
    sd: float | str
    basis: Floats
    labels: tuple[str, ...]
    role: Role = "background"
    chain: int = 0

    def __repr__(self) -> str:
        return shapes_only(self)


@dataclass(frozen=True, slots=True, eq=False)
class ByAuthority:
    """One coefficient an authority, normal around zero with sd ``sd``.

    Attributes
    ----------
    name : str
    weights : ndarray (A, T)
        What the authority's coefficient is multiplied by; rows of zeros have no coefficient.
    sd : Hyper
    around : tuple of str
        Shared terms, constant within an authority, that the coefficient departs from: the sampler may integrate
        the coefficient out, or centre it there.
    role : str
    """

    name: str
    weights: Floats
    sd: str
    around: tuple[str, ...] = ()
    role: Role = "background"

    def __repr__(self) -> str:
        return shapes_only(self)

    @property
    def members(self) -> NDArray[np.intp]:
        """Positions of the authorities that have a coefficient."""
        return np.flatnonzero(np.any(self.weights != 0, axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class ByPattern:
    """Coefficients of covariates: ``columns`` has a row for each covariate pattern, shape (C, k)."""

    name: str
    columns: Floats
    sd: float
    labels: tuple[str, ...]

    def __repr__(self) -> str:
        return shapes_only(self)


@dataclass(frozen=True, slots=True, eq=False)
class Cutpoints:
    """Where an ordinal outcome's K levels begin on the log-odds scale, counted from their mean.

    Minus the cutpoints are ``basis @ coefficients``, the coefficients normal with sd ``sd`` on the cone where
    cutpoints rise: those of K - 1 independent normals, sorted. Every gap between neighbours has the factor
    ``(1 - exp(-gap)) ** apart`` besides, as if ``apart`` children more had each level between.

    Attributes
    ----------
    basis : ndarray (K - 1, K - 2)
    sd : float
    apart : float
    """

    basis: Floats
    sd: float
    apart: float = 1.0

    def __repr__(self) -> str:
        return shapes_only(self)


@dataclass(frozen=True, slots=True, eq=False)
class Shocks:
    """First-order autoregressive shocks of every authority in every period: the residual.

    The scalars are ``sd_shock``, the sd of one year's innovation; ``rho``, the correlation over one year; and
    ``log_adopter_scale``, the log of what the sd of authorities in ``own_scale`` is multiplied by. A period of
    ``years`` has ``rho ** years`` and the innovation that keeps the same stationary sd. A ``walk`` has rho 1
    and is started by one innovation. With several ``streams`` each has shocks of its own, with innovation sd
    ``sd_stream`` and the same correlation, beside those that an authority's streams share. Where they are ``noisy``,
    every period has a shock of sd ``sd_noise`` beside, which is gone in the next; streams share it, too.
    """

    walk: bool
    own_scale: NDArray[np.bool_]
    years: float
    streams: int = 1
    noisy: bool = False

    def __repr__(self) -> str:
        return shapes_only(self)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A linear predictor with its family, complete: what `fitting` needs and no more.

    Of a measured outcome, ``residual`` is the coordinate of its residual sd. ``dispersed_by`` names the scalar whose
    square is the family's dispersion, where it has one.
    """

    family: str
    shared: tuple[Shared, ...]
    by_authority: tuple[ByAuthority, ...]
    patterns: ByPattern | None
    shocks: Shocks
    hypers: tuple[Hyper, ...]
    slots: Slots
    cutpoints: Cutpoints | None = None
    residual: Residual | None = None
    dispersed_by: str | None = None

    def scalars(self, values: dict[str, Any], xp: Any) -> dict[str, Any]:
        """Add to the hyperparameters what follows from them; ``xp`` is numpy or pytensor.tensor.

        ``spread`` is divided into authorities' lasting levels and shocks that fade (`spread_over`), unless the
        shocks are a walk, which has no stationary spread: the levels then take all of it. A measured outcome's residual
        sd follows from its score and from ``residual``, which a value of this name replaces.
        """
        if self.residual is not None:
            known = values.get("residual", self.residual.values)
            values = values | {"sd_within": residual_sd(values["within"], known, xp)}
        if self.shocks.walk:
            return values | {"sd_authority": values["spread"], "rho": 1.0}
        sd, rho = spread_over(values["spread"], values["sd_shock"], values["memory"], xp)
        return values | {"sd_authority": sd, "rho": rho}

    def shared_columns(self) -> Floats:
        """Columns of all shared terms side by side, (A, T, p)."""
        return np.concatenate([t.columns for t in self.shared], axis=2)


def zero_sum_basis(size: int) -> Floats:
    """Orthonormal (size, size - 1) basis of vectors that sum to zero.

    Independent N(0, s) coefficients on it are the zero-sum normal with scale s, the same for every order.

    Examples
    --------
    >>> bool(np.allclose(zero_sum_basis(4).sum(axis=0), 0))
    True
    """
    basis = np.zeros((size, max(size - 1, 0)))
    for j in range(size - 1):
        basis[: j + 1, j] = 1.0
        basis[j + 1, j] = -(j + 1.0)
    return basis / np.sqrt((basis**2).sum(axis=0))


def centred_walk_basis(weights: Floats) -> Floats:
    """(L, L - 1) basis of a random walk over L lags whose ``weights``-average is zero.

    Examples
    --------
    >>> bool(np.allclose(np.array([0.2, 0.3, 0.5]) @ centred_walk_basis(np.array([0.2, 0.3, 0.5])), 0))
    True
    """
    size = len(weights)
    walk = np.tril(np.ones((size, size)))[:, 1:]
    share = weights / weights.sum()
    return np.asarray(walk - share @ walk)
