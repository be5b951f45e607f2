"""Draws as an xarray Dataset with named dimensions, for readers who bring their own tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sos_bayes.designs import Layout
from sos_bayes.fitting.posterior.draws import Draws

if TYPE_CHECKING:
    import xarray as xr


def dataset(layout: Layout, draws: Draws, streams: tuple[str, ...] = ("all",)) -> xr.Dataset:
    """Name every draw: hyperparameters, shared terms, adopters' own coefficients and effects.

    Parameters
    ----------
    layout : Layout
    draws : Draws
    streams : tuple of str
        Labels of the design's streams, where it has several.

    Returns
    -------
    xarray.Dataset
        Dimensions ``chain``, ``draw``, ``adopter``, ``period``, with several streams ``stream``, and one for each
        shared term with several values.
    """
    import xarray as xr

    adopters = [layout.cells.names[a] for a in layout.adopters]
    chains, size = draws.shape
    base = ("chain", "draw")
    variables: dict[str, tuple[tuple[str, ...], object]] = {name: (base, v) for name, v in draws.hyper.items()}
    for name, value in draws.shared.items():
        if value.shape[2] == 1:
            variables[name] = (base, value[..., 0])
        elif name == "period":  # a variable and a dimension may not share a name
            variables["period_effect"] = ((*base, "period"), value)
        else:
            variables[name] = ((*base, f"{name}_index"), value)
    for name, value in draws.own.items():
        variables[name] = ((*base, "adopter"), value)
    for name, slots in ((f"adopter_{layout.cells.outcome.predictor}", draws.theta), ("effect", draws.effect)):
        apart = slots.reshape(*slots.shape[:3], len(streams), -1)
        whole = len(streams) == 1
        dims = (*base, "adopter", "period") if whole else (*base, "adopter", "stream", "period")
        variables[name] = (dims, slots if whole else apart)
    variables["level_gap"] = (base, draws.level_gap)
    coords: dict[str, object] = {
        "chain": range(chains),
        "draw": range(size),
        "adopter": adopters,
        "period": list(layout.cells.calendar.labels),
    }
    if len(streams) > 1:
        coords["stream"] = list(streams)
    return xr.Dataset(variables, coords=coords)
