"""How observations scatter around what a design expects: the likelihood, and its dispersion where it has one."""

from __future__ import annotations

from typing import NamedTuple

from sos_bayes._core.errors import DesignError
from sos_bayes.data import Cells
from sos_bayes.designs.priors import HalfNormal, Hyper, Normal, Priors
from sos_bayes.designs.residual_scale import Residual
from sos_bayes.designs.streams import Streams
from sos_bayes.families import FAMILIES


class Scatter(NamedTuple):
    """A likelihood: ``root`` names the scalar whose square is its dispersion, ``hypers`` are those behind it."""

    family: str
    root: str | None = None
    hypers: tuple[Hyper, ...] = ()


def scatter_of(cells: Cells, streams: Streams, residual: Residual | None, priors: Priors) -> Scatter:
    """Choose the likelihood of cells; ``residual`` is of a measured outcome.

    Raises
    ------
    DesignError
        If counts are to be overdispersed and nothing could tell that from shocks (`_refuse`).
    """
    if residual is not None:
        return Scatter(cells.outcome.likelihood, "sd_within", (Hyper("within", Normal(1.0)),))
    scatter = FAMILIES[cells.outcome.likelihood].overdispersion
    if scatter is None:
        return Scatter(cells.outcome.likelihood)
    _refuse(cells, streams)
    hyper = Hyper(scatter.name, HalfNormal(getattr(priors, scatter.prior)))
    return Scatter(cells.outcome.likelihood, hyper.name, (hyper,))


def _refuse(cells: Cells, streams: Streams) -> None:
    """Refuse counts that are not whole and known, or whose scatter shocks hold already."""
    where, cure = f'outcome "{cells.outcome.label}"', "Leave overdispersed out."
    if cells.intervals is not None:
        raise DesignError(
            "Counts known by bounds cannot be overdispersed.",
            where=where,
            why="They have one cell for each authority and period, whose shock holds its over-dispersion already.",
            cure=cure,
        )
    if cells.design_effect is not None:
        raise DesignError(
            "Counts that were divided by a design effect cannot be overdispersed.",
            where=where,
            why="The design effect has allowed for scatter already, and they are no longer whole numbers.",
            cure=f'{cure} Or read the rows with episodes="first".',
        )
    if not ((streams.laid_out(cells.total) > 0).sum(axis=2) > 1).any():
        part = ", period and subgroup" if len(streams) > 1 else " and period"
        raise DesignError(
            f"Overdispersed counts need several cells for each authority{part}, and there is one.",
            where=where,
            why="The shock of an authority and period is its over-dispersion; with one cell nothing can tell the two "
            "apart.",
            cure=f"{cure} Or adjust for a covariate of child rows, such as bands of age.",
        )
