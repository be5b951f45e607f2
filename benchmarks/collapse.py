"""How long the collapse takes, against the barest group-by of the same engine on the same made-up child rows.

Four engines: polars, which streams a parquet file; DuckDB over the same file; a pandas table with categories; an
Arrow table. The raw side groups by the same four columns, counts rows and adds up the 0/1 column: nothing is checked.
Our side is `read_cohort` and `collapse`: the outcome's values, missing ones and the keys are checked, the calendar is
built and the arrays are filled. Opening the source is outside the time for tables in memory and inside it for the file.

Both sides run one after the other, in turns first, so that a busy machine slows both; wall and CPU seconds are counted.

Run with: python3 -m uv run python benchmarks/collapse.py [ROWS] [PAIRS] [ENGINE ...]
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from measure import Line, fresh, median

from sos_bayes.data import Aim, Binary, collapse, read_cohort

LARGE, PARTS = 10_000_000, 10
MOST_MEMORY = 1024.0  # MiB
KEYS = ["authority", "period", "age_band", "sex"]
Clock = Callable[[], float]


@dataclass(frozen=True)
class Backend:
    """How an engine opens the file, and its own group-by; the latter gives the number of events."""

    open: Callable[[Path], Any]
    raw: Callable[[Any], int]


def children(rows: int, seed: int = 1) -> pl.DataFrame:
    """Made-up child rows: 150 authorities, 8 years, 4 age bands, 2 sexes, one outcome."""
    rng = np.random.default_rng(seed)
    words = {
        "authority": [f"Made-up {i:03d}" for i in range(150)],
        "age_band": ["00-04", "05-09", "10-15", "16-17"],
        "sex": ["female", "male"],
    }
    columns = {
        name: pl.Series(levels, dtype=pl.Enum(levels)).gather(rng.integers(0, len(levels), rows, dtype=np.uint32))
        for name, levels in words.items()
    }
    return pl.DataFrame(
        {
            **columns,
            "period": rng.integers(2011, 2019, rows),
            "re_referred": (rng.random(rows, dtype=np.float32) < 0.2).astype(np.int8),
        }
    )


def _polars(lazy: pl.LazyFrame) -> int:
    counts = lazy.group_by(KEYS).agg(pl.len(), pl.col("re_referred").cast(pl.Int64).sum())
    return int(counts.collect(engine="streaming")["re_referred"].sum())


def _duckdb(relation: duckdb.DuckDBPyRelation) -> int:
    return sum(int(row[-1]) for row in relation.aggregate(f"{', '.join(KEYS)}, count(*), sum(re_referred)").fetchall())


def _pandas(table: Any) -> int:
    return int(table.groupby(KEYS, observed=True)["re_referred"].agg(["size", "sum"])["sum"].sum())


def _arrow(table: pa.Table) -> int:
    counts = table.group_by(KEYS).aggregate([([], "count_all"), ("re_referred", "sum")])
    return int(pc.sum(counts["re_referred_sum"]).as_py())


def _texts(path: Path) -> pa.Table:
    table = pq.read_table(path)
    fields = [pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in table.schema]
    return table.cast(pa.schema(fields))


BACKENDS = {
    "polars": Backend(pl.scan_parquet, _polars),
    "duckdb": Backend(lambda path: duckdb.read_parquet(str(path)), _duckdb),
    "pandas": Backend(lambda path: pl.read_parquet(path).to_pandas(), _pandas),
    "pyarrow": Backend(_texts, _arrow),
    "pyarrow dictionary": Backend(lambda path: pq.read_table(path).unify_dictionaries(), _arrow),
}


def ours(source: Any) -> int:
    """The library's own collapse, checks included."""
    outcome = Binary("re_referred", aim=Aim.FEWER, worthwhile=0.01, label="re-referral")
    cohort = read_cohort(source, authority="authority", period="period")
    return int(collapse(cohort, outcome, ("age_band", "sex")).events.sum())


def pairs(backend: str, rows: int, count: int, clock: Clock = time.perf_counter) -> list[tuple[float, float]]:
    """Seconds of our side and of the raw side, pair by pair, after one run of each to warm up.

    Parameters
    ----------
    backend : str
        A key of `BACKENDS`.
    rows, count : int
        Child rows to make in a temporary folder, and pairs to run.
    clock : callable
        ``time.process_time`` for CPU seconds of all threads.
    """
    engine = BACKENDS[backend]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "children.parquet"
        children(rows).write_parquet(path)
        source = engine.open(path)
        if ours(source) != engine.raw(source):
            raise RuntimeError("the two sides disagree: no comparison")
        found = []
        for number in range(count):
            sides = (ours, engine.raw) if number % 2 else (engine.raw, ours)
            spent = {side: _seconds(side, source, clock) for side in sides}
            found.append((spent[ours], spent[engine.raw]))
        return found


def lines(count: int) -> tuple[Line, ...]:
    """One line for each engine at 1e7 rows, for the table of goals."""
    found = []
    for backend in BACKENDS:
        timed = pairs(backend, LARGE, count, time.process_time)
        mine, raw = (statistics.median(side) for side in zip(*timed, strict=True))
        ratio = statistics.median(a / b for a, b in timed)
        note = f"CPU decides; ours {mine:.2f} s, raw {raw:.2f} s, {LARGE:,} rows"
        found.append(
            Line(f"collapse {backend}", f"{ratio:.2f} times the raw group-by", "<= 1.3 times", ratio <= 1.3, note)
        )
    return tuple(found)


def memory(count: int) -> tuple[Line, ...]:
    """Peak memory and seconds of a fresh process that collapses 1e8 rows of parquet files through DuckDB."""
    with tempfile.TemporaryDirectory() as folder:
        events = 0
        for part in range(PARTS):
            rows = children(LARGE, seed=part)
            events += int(rows["re_referred"].cast(pl.Int64).sum())
            rows.write_parquet(Path(folder) / f"part-{part}.parquet")
        runs = []
        for _ in range(count):
            used, said = fresh("collapse_road.py", folder)
            if (said["children"], said["events"]) != (PARTS * LARGE, events):
                raise RuntimeError("not all rows were counted")
            runs.append(used)
    used = median(runs)
    return (
        Line(
            "collapse-1e8", f"peak {used.peak:.0f} MiB, {used.wall:.1f} s", f"<= {MOST_MEMORY:.0f} MiB",
            used.peak <= MOST_MEMORY, f"whole process, {PARTS * LARGE:,} rows, {used.cpu:.1f} s CPU",
        ),
    )  # fmt: skip


def _seconds(side: Callable[[Any], int], source: Any, clock: Clock) -> float:
    start = clock()
    side(source)
    return clock() - start


def main() -> None:
    """Print two lines for each engine: wall and CPU."""
    rows = int(float(sys.argv[1])) if len(sys.argv) > 1 else 1_000_000
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    print(f"{rows:,} child rows, {count} pairs, medians")
    for backend in sys.argv[3:] or BACKENDS:
        for name, clock in (("wall", time.perf_counter), ("CPU", time.process_time)):
            found = pairs(backend, rows, count, clock)
            mine, raw = (statistics.median(side) for side in zip(*found, strict=True))
            ratio = statistics.median(a / b for a, b in found)
            print(f"{backend:>18}, {name:>4}: {mine:.2f} s against the raw group-by's {raw:.2f} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
