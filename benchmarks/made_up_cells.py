"""Made-up cells and children of the size asked for: synthetic data for the benchmarks, which describe nobody."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sos_bayes.data import Cells
from sos_bayes.designs import DiD, Layout, layout_of
from sos_bayes.simulation import Scenario, made_up_england

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a made-up England is; ``levels`` holds the number of levels of each covariate."""

    authorities: int
    adopters: int
    periods: int
    children: int
    levels: tuple[int, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the covariates."""
        return tuple(f"x{i}" for i in range(len(self.levels)))

    @property
    def design(self) -> DiD:
        """The default design, adjusted for all covariates."""
        return DiD(adjust=self.columns)


SMALL = Size(30, 9, 8, 100_000, (4, 2, 4))
BIG = Size(150, 40, 8, 10_000_000, (5, 2, 5, 6))


def made_up_layout(size: Size, seed: int = 1) -> Layout:
    """Draw cells: risks by authority and period from a made-up England, shifted by covariates; no effect.

    Parameters
    ----------
    size : Size
        The number of children is met on average.
    seed : int
    """
    made = made_up_england(
        Scenario(authorities=size.authorities, adopters=size.adopters, periods=size.periods), seed=seed
    )
    rng = np.random.default_rng(seed)
    share, shift = np.ones(1), np.zeros(1)
    for levels in size.levels:
        share = np.outer(share, rng.dirichlet(np.full(levels, 5.0))).ravel()
        shift = (shift[:, None] + 0.4 * rng.normal(size=levels)).ravel()
    total = rng.poisson(made.total[:, :, None] * (size.children / made.total.sum()) * share)
    risk = 1 / (1 + np.exp(-(made.predictor[:, :, None] + shift)))
    cells = replace(
        made.cells, columns=size.columns, patterns=tuple(product(*([str(i) for i in range(n)] for n in size.levels))),
        events=rng.binomial(total, risk).astype(float), total=total.astype(float),
    )  # fmt: skip
    return layout_of(cells, made.rollout)


def children_of(cells: Cells, seed: int = 1) -> tuple[Ints, Ints, Ints]:
    """One shuffled row a child: position of its authority and period, of its pattern, and whether the event came."""
    total, events = cells.total.astype(np.int64).ravel(), cells.events.astype(np.int64).ravel()
    flat = np.repeat(np.arange(total.size), total)
    within = np.arange(flat.size) - np.repeat(np.cumsum(total) - total, total)
    happened = within < events[flat]
    order = np.random.default_rng(seed).permutation(flat.size)
    cell, pattern = np.divmod(flat[order], cells.total.shape[2])
    return cell, pattern, happened[order].astype(np.int64)


def write_children(folder: Path, size: Size, seed: int = 1) -> Path:
    """Write ``children.parquet`` and ``rollout.json``, which hold the children behind a made-up layout.

    Columns: authority, period (a year), the covariates as strings, and ``again``, which is 0 or 1.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    layout = made_up_layout(size, seed)
    cells = layout.cells
    cell, pattern, again = children_of(cells, seed)
    authority, period = np.divmod(cell, len(cells.calendar))
    years = [int(str(label)) for label in cells.calendar.labels]
    table = {
        "authority": _named(authority, cells.authorities),
        "period": pa.array(np.array(years)[period]),
    }
    for j, column in enumerate(cells.columns):
        levels = tuple(dict.fromkeys(p[j] for p in cells.patterns))
        place = np.array([levels.index(p[j]) for p in cells.patterns])
        table[column] = _named(place[pattern], levels)
    table["again"] = pa.array(again.astype(np.int8))
    pq.write_table(pa.table(table), folder / "children.parquet", row_group_size=1_000_000)
    starts = {cells.authorities[a]: years[layout.starts[a]] for a in layout.adopters}
    (folder / "rollout.json").write_text(json.dumps({"starts": starts, "adjust": size.columns}))
    return folder


def _named(place: Ints, names: tuple[str, ...]) -> Any:
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(place.astype(np.int32), list(names)).cast(pa.string())
