"""Predictive draws of every cell: what the model would have expected to be counted, before the data or after."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats, Indices
from sos_bayes._core.errors import DesignError, nearest
from sos_bayes._core.sealed import sealed
from sos_bayes._core.seeds import check_seed
from sos_bayes._core.shapes import shapes_only
from sos_bayes.fitting.runs.fit_result import Fit
from sos_bayes.predictive.given_authorities import given_authorities
from sos_bayes.predictive.labels import INSIDE, labels_of
from sos_bayes.predictive.new_authorities import prior_draws
from sos_bayes.predictive.refusals import refuse_number, refuse_other_fits
from sos_bayes.predictive.replicates import CellMaker

if TYPE_CHECKING:
    import xarray as xr

KINDS = ("prior", "posterior")
DRAWS = 1000
LARGEST = 200_000_000  # bytes of all draws together


@sealed
def predict(
    fit: Fit, kind: Literal["prior", "posterior"] = "posterior", *, draws: int = DRAWS, seed: int | None = None
) -> xr.Dataset:
    """Draw the outcome of every cell anew, given the model's prior or its posterior.

    Trials, exposure and numbers of children are those that were counted; cells without any are left out. After the
    data, adopters' cells have the shocks of each posterior draw, and comparators' are drawn given the rest of it: what
    is drawn is what the same authority and period might have shown. Before the data all is drawn from the priors.

    **It stays in the secure setting**: small cells are drawn close to what was counted in them. It holds no observed
    count, and neither does what it prints.

    Parameters
    ----------
    fit : Fit
        Of a `DiD`.
    kind : {"posterior", "prior"}
    draws : int
        At most so many, and no more than 200 MB hold: of the posterior every so many-th, said so in ``attrs``.
    seed : int, optional
        That of the fit by default.

    Returns
    -------
    xarray.Dataset
        ``events`` (counts), ``ended`` (of a Duration, in each band among those that reach it), ``levels`` (of an
        Ordinal, children at each), or ``mean`` (of a Continuous, of each cell's children, in its own unit); dimensions
        ``chain``, ``draw``, ``cell`` and ``level``. Coordinates along ``cell`` are ``authority`` and ``period``, and
        ``pattern`` and ``band`` where there are several: ``set_index(cell=["authority", "period"]).unstack("cell")``
        makes dimensions of them. ``draw`` is the position in the fit's own draws.

    Raises
    ------
    DesignError
        If the fit is not of a `DiD`, the kind is not known, or the number of draws is no whole number from 1 on.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_england(sb.simulation.Scenario(authorities=6, adopters=2, periods=4), seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> fit = sb.fit(panel, made.rollout, made.outcome, method="fast")
    >>> drawn = sb.predict(fit, "posterior", draws=200)
    >>> dict(drawn.sizes)
    {'chain': 1, 'draw': 200, 'cell': 24}
    >>> float((drawn["events"].mean(("chain", "draw")).groupby("authority").sum() > 0).mean())
    1.0
    """
    _refuse(fit, kind, draws)
    seed = fit.seed if seed is None else seed
    check_seed(seed, DesignError)
    make = _before if kind == "prior" else _after
    drawn = make(fit, CellMaker.of(fit.problem), int(draws), seed)
    return _named(fit, drawn, {"kind": kind, "seed": seed, "draws_asked_for": int(draws)})


def _refuse(fit: object, kind: str, draws: object) -> None:
    refuse_other_fits(fit)
    if kind not in KINDS:
        raise DesignError(f"kind={kind!r} is not known.{nearest(str(kind), KINDS)}", cure='Use "prior" or "posterior".')
    refuse_number(draws)


class Drawn(NamedTuple):
    """Outcomes (chain, draw, M[, K]), their places among the fit's draws, and how these were thinned."""

    maker: CellMaker
    values: NDArray[Any]
    at: Indices
    thinned: str

    def __repr__(self) -> str:
        return shapes_only(self)


def _before(fit: Fit, maker: CellMaker, draws: int, seed: int) -> Drawn:
    rates = maker.whole and fit.outcome.family == "poisson"  # which nothing bounds before the data
    kind = np.float64 if rates else _kind(maker)
    size = _most(maker, draws, kind)
    prior = prior_draws(fit.problem, size, seed)
    drawn = maker.drawn(prior.cells, prior.beta, _root(fit, prior.scales.dispersion), seed, kind)
    return Drawn(maker, drawn[None], np.arange(size), "no: drawn from the prior")


def _after(fit: Fit, maker: CellMaker, draws: int, seed: int) -> Drawn:
    chains, had = fit.draws.shape
    step = -(-had // max(_most(maker, draws, _kind(maker)) // chains, 1))
    kept = fit.draws.every(step)
    given = given_authorities(fit.problem, kept, seed)
    root = _root(fit, given.scales.dispersion)
    drawn = maker.drawn(lambda a: given.cells(a, given.to(a)), given.beta, root, seed, _kind(maker))
    size = kept.shape[1]
    thinned = "no: every draw of the fit" if step == 1 else f"draws 1, {1 + step}, ... of {had:,} in each chain"
    return Drawn(maker, drawn.reshape(chains, size, *maker.shape), np.arange(size) * step, thinned)


def _kind(maker: CellMaker) -> type[np.generic]:
    return np.int32 if maker.whole else np.float32


def _most(maker: CellMaker, draws: int, kind: type[np.generic]) -> int:
    """How many draws are asked for, or held by `LARGEST`."""
    each = np.dtype(kind).itemsize * max(int(np.prod(maker.shape)), 1)
    return max(1, min(draws, LARGEST // each))


def _root(fit: Fit, dispersion: Floats) -> Floats | None:
    return None if fit.problem.model.dispersed_by is None else np.sqrt(dispersion)


def _named(fit: Fit, drawn: Drawn, said: Mapping[str, Any]) -> xr.Dataset:
    """Give the draws their dimensions and labels, and say what they are."""
    import xarray as xr

    cells = fit.layout.cells
    coords = {"chain": np.arange(len(drawn.values)), "draw": drawn.at, **labels_of(cells, drawn.maker.found)}
    dims: tuple[str, ...] = ("chain", "draw", "cell")
    if cells.levels is not None:
        dims, coords["level"] = (*dims, "level"), list(cells.outcome.names)
    attrs = {"outcome": cells.outcome.label, "route": fit.method, "version": version("sos_bayes")}
    attrs |= {"disclosure": INSIDE, "thinned": drawn.thinned}
    return xr.Dataset({drawn.maker.name: (dims, drawn.values)}, coords=coords, attrs=attrs | dict(said))
