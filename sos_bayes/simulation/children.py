"""From cells to rows: one made-up child each, adding up exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


def made_up_ids(count: int) -> NDArray[np.object_]:
    """Identifiers that no register holds: "synthetic-0000001" and on."""
    return np.array([f"synthetic-{i:07d}" for i in range(1, count + 1)], dtype=object)


def expand(panel: pd.DataFrame, total: str, seed: int) -> pd.DataFrame:
    """One shuffled row per child of a panel; sums by authority and period are the panel's.

    `total` names the column of the number of children: ``"trials"`` shares the events out one to a child,
    ``"exposure"`` lets a child have several.
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    size = panel[total].to_numpy()
    events = panel["events"].to_numpy()
    cell = np.repeat(np.arange(len(panel)), size)
    first = np.cumsum(size) - size
    if total == "trials":
        outcome = (np.arange(len(cell)) - first[cell] < events[cell]).astype(np.int64)
    else:
        lucky = np.repeat(first, events) + (rng.random(events.sum()) * np.repeat(size, events)).astype(np.int64)
        outcome = np.bincount(lucky, minlength=len(cell))
    order = rng.permutation(len(cell))
    rows = panel.iloc[cell[order]]
    columns = {
        "child": made_up_ids(len(cell)),
        "authority": rows["authority"].to_numpy(),
        "period": rows["period"].to_numpy(),
        "events": outcome[order],
    }
    if total == "exposure":
        columns["exposure"] = np.ones(len(cell), dtype=np.int64)
    return pd.DataFrame(columns)
