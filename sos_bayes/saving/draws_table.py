"""Draws as a table for R and whatever else reads Parquet: a row a draw, a column a quantity."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError, FileError
from sos_bayes._core.sealed import sealed
from sos_bayes._core.whole_files import written_whole
from sos_bayes.disclosure.levels import IN_WORDS, Level, refuse_silent_name
from sos_bayes.estimands import Effect, Effects, estimate
from sos_bayes.estimands.released_fit import ReleasedFit
from sos_bayes.fitting import Fit
from sos_bayes.saving.released import over_all, released_effect
from sos_bayes.saving.released_fits import WHOLE, released_fit
from sos_bayes.synthesis import ImputedFit

Columns = dict[str, Floats]


@sealed
def to_parquet(
    found: Fit | ImputedFit | ReleasedFit | Effect | Effects,
    path: str | Path,
    *,
    cells: bool = False,
    overwrite: bool = False,
) -> Path:
    """Write draws as a Parquet table that R's ``posterior::as_draws_df`` takes as it is.

    A row is a draw, with ``.chain``, ``.iteration`` and ``.draw`` counted from 1; every other column is a quantity.
    Rows are joint: what stands in one row was drawn together.

    Parameters
    ----------
    found : Fit, Effect or Effects
        A fit gives its hyperparameters and its effects over all adopters, in the effects' natural unit: ``satt``,
        ``satt_authorities`` (authorities weighted equally), ``patt``, ``next_authority`` and ``satt_ratio``.
    path : str or Path
        Ends in ``.parquet``. Missing folders are made.
    cells : bool
        Of a fit also the effects by lag and by authority, and effects of parts at all: draw by draw beside the headline
        they tell weights, which are numbers of children. The name must say so then: ``"draws.cells.parquet"``.
    overwrite : bool
        Replace what is there.

    Returns
    -------
    Path

    Raises
    ------
    FileError
        If the object is none of these, the name does not fit, something is there already, draws would tell what is
        withheld, or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import pandas as pd
    >>> import sos_bayes as sb
    >>> from sos_bayes.estimands.effect import effect_from_draws
    >>> outcome = sb.Binary("again", aim=sb.Aim.FEWER, worthwhile=0.01, label="re-referral (made up)")
    >>> effect = effect_from_draws(np.full((2, 2), -0.25), outcome)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pd.read_parquet(sb.to_parquet(effect, f"{folder}/draws.parquet"))
       .chain  .iteration  .draw  satt
    0       1           1      1 -0.25
    1       1           2      2 -0.25
    2       2           1      3 -0.25
    3       2           2      4 -0.25
    """
    place = Path(path)
    if place.suffix != ".parquet":
        raise FileError(
            f"{place.suffix!r:.20} is not the suffix of a Parquet file.",
            where=f"{place.name!r:.80}",
            cure='End the name in ".parquet"; save writes what load reads back.',
        )
    refuse_silent_name(place, cells=cells)
    columns = _joint(_columns(found, cells=cells))
    level: Level = "cells" if cells else "released"
    return written_whole(place, lambda held: _write(held, columns, level), FileError, overwrite=overwrite)


def _columns(found: Any, *, cells: bool) -> Columns:
    """Quantities by name, (chain, draw) each."""
    if isinstance(found, ReleasedFit) and not cells:
        return {**found.hyper, **_named(found.effects)}
    if isinstance(found, Fit | ImputedFit):
        if not cells:
            return _columns(released_fit(found), cells=False)
        by_lag, by_authority = (_parts(estimate(found, by=by)) for by in ("event_time", "authority"))
        return {**found.draws.hyper, **_named(_whole(found)), **by_lag, **by_authority}
    if isinstance(found, Effect):
        return _named([found if cells else released_effect(found)])
    if isinstance(found, Effects) and cells:
        return _parts(found)
    raise _refusal(found)


def _refusal(found: object) -> FileError:
    if isinstance(found, Effects):
        return FileError(
            "Effects of parts are not written beside each other without their cells.",
            where=f"effects by {found.by}",
            why="Draw by draw they tell, beside the headline, the weights of the parts, which are numbers of children.",
            cure="Write each by itself, to_parquet(effects[label], ...), or say cells=True inside the secure setting.",
        )
    if isinstance(found, ReleasedFit):
        return FileError("This fit was loaded from a file without cells, and has none.", cure="Leave cells=True out.")
    return FileError(
        f"A {type(found).__name__} has no draws to write.", cure="Give a fit, an effect or effects: estimate(fit)."
    )


def _whole(fit: Any) -> Iterable[Effect]:
    for estimand, weight, scale in WHOLE:
        try:
            yield estimate(fit, estimand=estimand, weight=weight, scale=scale)
        except DesignError:
            continue


def _named(effects: Iterable[Effect]) -> Columns:
    return {_name(effect): effect.draws for effect in effects}


def _name(effect: Effect) -> str:
    """The estimand, and whatever is not its default."""
    usual = "children" if effect.estimand == "satt" else "authorities"
    parts: list[str] = [effect.estimand, *([] if effect.weight == usual else [effect.weight])]
    parts += [] if effect.scale == "difference" else [effect.scale]
    whose = "" if over_all(effect) else f"[{effect.label}]"
    return "_".join(parts) + whose


def _parts(effects: Effects) -> Columns:
    return {f"{effects.by}[{effect.label}]": effect.draws for effect in effects}


def _joint(columns: Columns) -> Columns:
    """The columns, if they were drawn together."""
    if len({values.shape for values in columns.values()}) > 1:
        raise FileError(
            "These effects were not drawn together: each has a number of draws of its own.",
            why="A file without cells keeps the distribution of each part alone; rows would say they are joint.",
            cure="Write each by itself, or take the effects of the fit where its cells are.",
        )
    if not columns:
        raise FileError("There is no effect to write.", cure="Give effects that are not empty.")
    return columns


def _write(path: Path, columns: Columns, level: Level) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    chains, draws = next(iter(columns.values())).shape
    counted = {
        ".chain": np.repeat(np.arange(1, chains + 1, dtype=np.int32), draws),
        ".iteration": np.tile(np.arange(1, draws + 1, dtype=np.int32), chains),
        ".draw": np.arange(1, chains * draws + 1, dtype=np.int32),
    }
    table = pa.table({**counted, **{name: np.ascontiguousarray(v).ravel() for name, v in columns.items()}})
    told = json.dumps({"format": "sos_bayes draws", "disclosure": f"This file is {IN_WORDS[level]}"})
    with open(path, "xb") as out:  # with the rights that the caller's umask leaves
        pq.write_table(table.replace_schema_metadata({"sos_bayes": told}), out)
