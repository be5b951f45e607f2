"""A synthetic control's posterior, whole processes: ours against CausalPy's, and against mlsynth's point estimate.

A made-up panel of the size of California's tobacco programme: one adopter, 38 donors, 19 periods before the start and
12 after. Each peer lives in an environment of its own; where one cannot be had, its line says so and is short. Caches
are warm: each side's first process is not counted. CausalPy samples the weights' posterior, with its own default priors
and as many draws as ours; mlsynth gives least-squares weights and an interval by its own default, without sampling, so
its side does less. No goal was ever stated: being faster is one.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from measure import Line, PeerMissing, Spent, fresh, interleaved
from whole_process import isolated

DONORS, BEFORE, AFTER, EFFECT = 38, 19, 12, -1.0
PEERS = {"causalpy": ("causalpy==0.9.0", "pymc<6", "numpy<2.4"), "mlsynth": ("mlsynth==1.0.0",)}


def made_up_panel(folder: Path) -> Path:
    """Write a panel of plain numbers, adopter "A" and donors, with a common walk, loadings and shocks that last."""
    rng = np.random.default_rng(20)
    periods, units = BEFORE + AFTER, DONORS + 1
    shocks = np.zeros((units, periods))
    for t in range(periods):
        shocks[:, t] = 0.5 * shocks[:, t - 1] * (t > 0) + 0.1 * rng.standard_normal(units)
    walk = np.cumsum(0.3 * rng.standard_normal(periods))
    values = 10 + 0.5 * rng.standard_normal((units, 1)) + (1 + 0.3 * rng.standard_normal((units, 1))) * walk + shocks
    values[0, BEFORE:] += EFFECT
    names = ["A", *(f"D{j:02d}" for j in range(DONORS))]
    rows = pd.DataFrame(
        {"unit": np.repeat(names, periods), "year": np.tile(np.arange(periods) + 2000, units), "y": values.ravel()}
    )
    rows.to_parquet(folder / "panel.parquet")
    (folder / "rollout.json").write_text(json.dumps({"adopter": "A", "start": 2000 + BEFORE}))
    return folder


def against(peer: str) -> Any:
    """Measure one peer in pairs with ours."""

    def measure(pairs: int) -> tuple[Line, ...]:
        name = f"synthetic-{peer}"
        with tempfile.TemporaryDirectory() as place:
            folder = made_up_panel(Path(place))
            try:
                python = isolated(folder, *PEERS[peer])
            except PeerMissing as gone:
                return (Line(name, "not measured", "faster", ok=False, note=str(gone)),)
            said: list[dict[str, Any]] = [{}, {}]

            def ours() -> Spent:
                used, said[0] = fresh("synthetic_road.py", folder)
                return used

            def theirs() -> Spent:
                used, said[1] = fresh(f"synthetic_{peer}.py", folder, python=python)
                return used

            ours()
            theirs()
            both = interleaved(ours, theirs, pairs)
        found = "; ".join(
            f"{who} {s['mean']:+.3f}" + (f" (sd {s['sd']:.3f})" if "sd" in s else "")
            for who, s in zip(("ours", peer), said, strict=True)
        )
        return (
            Line(
                name,
                f"1/{both.wall:.1f} of {peer}'s time, whole process",
                "faster",
                both.wall > 1,
                f"wall decides; ours {both.ours.wall:.1f} s ({both.ours.cpu:.1f} s CPU, {both.ours.peak:.0f} MiB), "
                f"{peer} {both.peer.wall:.1f} s ({both.peer.cpu:.1f} s CPU, {both.peer.peak:.0f} MiB); "
                f"CPU 1/{both.cpu:.1f}; truth {EFFECT:+.1f}, {found}",
            ),
        )

    return measure
