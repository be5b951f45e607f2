"""How long the collapse takes, against the barest group-by that gives the same counts.

Three ways from child rows to counts by authority, period and pattern, on the same table in memory:

- raw: a polars group-by, nothing checked
- cast first: the same through narwhals, the 0/1 column cast before the aggregation
- product: `sos_bayes.data.collapse`, which also checks values, labels the calendar and fills the arrays

Each ratio is the median over pairs that run one after the other, so that a busy machine slows both sides.

Run with: python3 -m uv run python benchmarks/collapse.py [ROWS] [PAIRS]
"""

import statistics
import sys
import time
from collections.abc import Callable

import narwhals as nw
import numpy as np
import polars as pl

KEYS = ["authority", "period", "age_band", "sex"]


def children(rows: int, seed: int = 1) -> pl.DataFrame:
    """Made-up child rows: 150 authorities, 8 years, 4 age bands, 2 sexes, one outcome."""
    rng = np.random.default_rng(seed)
    names = np.array([f"Made-up {i:03d}" for i in range(150)])
    bands = np.array(["00-04", "05-09", "10-15", "16-17"])
    return pl.DataFrame(
        {
            "authority": names[rng.integers(0, 150, rows)],
            "period": rng.integers(2011, 2019, rows),
            "age_band": bands[rng.integers(0, 4, rows)],
            "sex": np.array(["female", "male"])[rng.integers(0, 2, rows)],
            "re_referred": (rng.random(rows) < 0.2).astype(np.int8),
        }
    )


def raw(table: pl.DataFrame) -> int:
    """Polars alone."""
    cells = table.lazy().group_by(KEYS).agg(pl.len(), pl.col("re_referred").cast(pl.Int64).sum()).collect()
    return int(cells["re_referred"].sum())


def cast_first(table: pl.DataFrame) -> int:
    """Narwhals, cast before the aggregation: inside it, pandas falls to one Python call a group."""
    frame = nw.from_native(table.lazy()).with_columns(nw.col("re_referred").cast(nw.Int64))
    cells = frame.group_by(KEYS).agg(nw.len(), nw.col("re_referred").sum()).collect()
    return int(cells["re_referred"].sum())


def product(table: pl.DataFrame) -> int:
    """The library's own collapse, checks included."""
    from sos_bayes.data import Aim, Binary, collapse, read_cohort

    outcome = Binary("re_referred", aim=Aim.FEWER, worthwhile=0.01, label="re-referral")
    cohort = read_cohort(table, authority="authority", period="period")
    return int(collapse(cohort, outcome, ("age_band", "sex")).events.sum())


def seconds(way: Callable[[pl.DataFrame], int], table: pl.DataFrame) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    way(table)
    return time.perf_counter() - start


def compare(way: Callable[[pl.DataFrame], int], table: pl.DataFrame, pairs: int) -> tuple[float, float, float]:
    """Median seconds of raw, of the other way, and median ratio over pairs, after one run of each to warm up."""
    assert way(table) == raw(table), "the two ways disagree: no comparison"
    # the order within a pair alternates, so that neither side always runs on a warm cache
    ratios, base, other = [], [], []
    for number in range(pairs):
        first, second = (raw, way) if number % 2 else (way, raw)
        timed = {first: seconds(first, table), second: seconds(second, table)}
        base.append(timed[raw])
        other.append(timed[way])
        ratios.append(timed[way] / timed[raw])
    return statistics.median(base), statistics.median(other), statistics.median(ratios)


def main() -> None:
    """Print one line for each way."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    pairs = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    table = children(rows)
    print(f"{rows:,} child rows, {pairs} pairs, medians")
    for way in (cast_first, product):
        base, other, ratio = compare(way, table, pairs)
        print(f"{way.__name__:>12}: {other:.3f} s against raw polars {base:.3f} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
