"""Real counts of looked-after children in homes, thinned (synthetic), hidden as DfE hides counts, and dealt with.

Run: python -m tests.recovery.suppressed [REPLICATES].
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pandas as pd

from sos_bayes.data import DfE
from sos_bayes.estimands import Effect
from tests.recovery.harness import many

ADOPTERS, START = 10, 2016
PRIMARY, EITHER, ANY = DfE(secondary=0), DfE(), DfE(secondary=1)


class Setting(NamedTuple):
    """Share of events kept, further share lost after the start, whether other counts are hidden too."""

    kept: float
    fewer: float
    secondary: bool


class Seen(NamedTuple):
    """One way of one replicate against all counts known: on the natural scale, and in its sds."""

    way: str
    mean: float
    sd: float
    full_mean: float
    full_sd: float
    covered: bool
    n_adopters: int
    healthy: bool

    @property
    def off(self) -> float:
        """Distance from the answer with all counts known, in its sds."""
        return (self.mean - self.full_mean) / self.full_sd


SETTINGS = {
    "1 to 5 hidden, no effect": Setting(0.2, 0.0, False),
    "1 to 5 hidden, three in ten fewer": Setting(0.2, 0.3, False),
    "others hidden too, no effect": Setting(0.3, 0.0, True),
    "others hidden too, three in ten fewer": Setting(0.3, 0.3, True),
}


def example() -> ModuleType:
    """The example, whose columns and outcome are used."""
    at = Path(__file__).resolve().parents[2] / "examples" / "suppressed_counts.py"
    spec = importlib.util.spec_from_file_location("suppressed_counts", at)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def thinned(rows: pd.DataFrame, setting: Setting, seed: int) -> tuple[pd.DataFrame, list[str]]:
    """Thin all counts, draw adopters among those with every year, and thin theirs once more after the start."""
    rng = np.random.default_rng([seed, 19])
    years = rows.groupby("new_la_code")["time_period"].nunique()
    adopters = rng.choice(np.sort(years[years == years.max()].index), ADOPTERS, replace=False).tolist()
    after = rows["new_la_code"].isin(adopters) & (rows["time_period"] >= START)
    kept = np.where(after, setting.kept * (1 - setting.fewer), setting.kept)
    return rows.assign(homes=rng.binomial(rows["numerator"].astype(int), kept)), adopters


def hidden(rows: pd.DataFrame, *, secondary: bool) -> pd.Series:
    """Counts of 1 to 5; where one stands alone in its region and year, the next smallest too."""
    hide = rows["homes"].between(1, 5)
    for _, group in rows.groupby(["region_code", "time_period"]) if secondary else ():
        others = group.loc[group["homes"] > 5, "homes"]
        if hide[group.index].sum() == 1 and len(others):
            hide[others.idxmin()] = True
    return hide


def with_totals(file: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Add the rows of regions and of the nation, rounded to 10."""
    regions = rows.groupby(["region_code", "time_period"], as_index=False)["homes"].sum()
    nation = rows.groupby("time_period", as_index=False)["homes"].sum()
    above = pd.concat([regions.assign(geographic_level="Regional"), nation.assign(geographic_level="National")])
    above["homes"] = (above["homes"] / 10).round().mul(10).astype(int).astype(str)
    return pd.concat([file, above.assign(time_identifier="Reporting year")], ignore_index=True)


def replicate(setting: Setting, seed: int) -> list[Seen]:
    """All ways on one thinned England."""
    module = example()
    rows, adopters = thinned(module.counted(), setting, seed)
    hide = hidden(rows, secondary=setting.secondary)
    symbols = {way: module.published(rows, hide, symbol) for way, symbol in module.WAYS.items()}
    nothing = hide & False
    files = {
        "all known": (module.published(rows, nothing, ""), PRIMARY),
        "ranges, 1 to 5": (symbols["ranges"], PRIMARY),
        "dropped": (symbols["dropped"], PRIMARY),
        "mid-point": (symbols["mid-point"], PRIMARY),
    }
    if setting.secondary:
        file = with_totals(symbols["ranges"], rows)
        files["ranges, 1 in 20"] = (file, EITHER)
        files["ranges, any"] = (file, ANY)
    found: dict[str, Effect] = {way: module.effect(file, adopters, dfe) for way, (file, dfe) in files.items()}
    full = found["all known"]
    truth = -setting.fewer * full.baseline
    return [
        Seen(way, e.mean, e.sd, full.mean, full.sd, bool(e.interval(0.95)[0] <= truth <= e.interval(0.95)[1]),
             e.n_adopters, e.health.ok)
        for way, e in found.items()
    ]  # fmt: skip


def compared(setting: Setting, replicates: int, cores: int | None = None) -> dict[str, dict[str, float]]:
    """Average over replicates, by way: bias and its error in points, distance and width in sds, coverage."""
    runs = many(replicate, [(setting, seed) for seed in range(replicates)], cores)  # type: ignore[arg-type]
    by_way: dict[str, list[Seen]] = {}
    for run in runs:
        for seen in run:  # type: ignore[attr-defined]
            by_way.setdefault(seen.way, []).append(seen)
    return {way: _average(seen) for way, seen in by_way.items()}


def _average(seen: list[Seen]) -> dict[str, float]:
    off = np.array([100 * (s.mean - s.full_mean) for s in seen])
    return {
        "bias": float(off.mean()),
        "bias_error": float(off.std(ddof=1) / np.sqrt(len(off))),
        "distance": float(np.mean([abs(s.off) for s in seen])),
        "furthest": float(np.max([abs(s.off) for s in seen])),
        "width": float(np.mean([s.sd / s.full_sd for s in seen])),
        "covered": float(np.mean([s.covered for s in seen])),
        "adopters": float(np.mean([s.n_adopters for s in seen])),
        "healthy": float(np.mean([s.healthy for s in seen])),
    }


def main(replicates: int = 20, only: str = "") -> None:
    """Print the table of every setting."""
    for name, setting in SETTINGS.items():
        if only not in name:
            continue
        print(f"\n{name} ({replicates} replicates)")
        for way, row in compared(setting, replicates).items():
            print(f"{way:>18}  " + "  ".join(f"{key} {value:.3f}" for key, value in row.items()), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, *sys.argv[2:])
