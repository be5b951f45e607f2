"""One door for every table: frames of several libraries, parquet and CSV paths."""

from __future__ import annotations

import warnings
from glob import glob
from pathlib import Path
from typing import Any

import narwhals as nw

from sos_bayes._core.errors import DataError
from sos_bayes.data.frames.table import Table, unreadable

SOURCES = (
    "a pandas, polars (eager or lazy) or Arrow table, a DuckDB relation, a PySpark or Dask data frame, "
    "or the path of a .parquet, .csv or .csv.gz file or of a folder of .parquet files"
)
ENGINES = ("PANDAS", "POLARS", "PYARROW", "DUCKDB", "DASK", "PYSPARK", "PYSPARK_CONNECT")


def open_table(source: object) -> Table:
    """Open a source without reading its values.

    Parameters
    ----------
    source : frame or path
        Any of `SOURCES`. An Arrow reader of record batches can be read once only, so it is held in memory.

    Raises
    ------
    DataError
        If the source is none of these, or the file is not there or not readable.
    """
    if isinstance(source, Table):
        return source
    if isinstance(source, (str, Path)):
        return _open_path(Path(source).expanduser())
    if type(source).__module__.split(".")[0] == "pyarrow":
        source = _from_arrow(source)
    try:
        with warnings.catch_warnings():
            # news for authors of libraries: narwhals will hand Dask over to a package of its own
            warnings.filterwarnings("ignore", message="Dask support is moving", category=FutureWarning)
            frame: Any = nw.from_native(source)
        frame.collect_schema()
    except Exception as error:
        raise DataError(
            f"{type(source).__name__} is not a table that can be read ({type(error).__name__}).",
            cure=f"Give {SOURCES}.",
        ) from None
    if not isinstance(frame, (nw.DataFrame, nw.LazyFrame)) or frame.implementation.name not in ENGINES:
        raise DataError(f"{type(source).__name__} is not a table that can be read.", cure=f"Give {SOURCES}.")
    return Table(frame, ordered=isinstance(frame, nw.DataFrame))


def _from_arrow(source: object) -> object:
    import pyarrow as pa

    if isinstance(source, pa.RecordBatchReader):
        source = source.read_all()
    if isinstance(source, pa.RecordBatch):
        source = pa.Table.from_batches([source])
    # parts of a table may number the levels of a category differently, and Arrow refuses to group those
    return source.unify_dictionaries() if isinstance(source, pa.Table) else source


def _open_path(path: Path) -> Table:
    import polars as pl

    if "\0" in str(path):
        raise DataError("No file can have this name: it holds a NUL.", cure="Check the path.")
    parts = _parts_of(path)
    if not parts and not path.is_file():
        what = "is a folder without .parquet files" if path.is_dir() else "is not there"
        raise DataError(f'The file "{path.name}" {what}.', where=f"{path.parent}", cure="Check the path.")
    name = path.name.lower()
    try:
        if parts:
            lazy, ordered = pl.scan_parquet(parts, hive_partitioning=True, low_memory=True), False
        elif name.endswith((".parquet", ".pq")):
            lazy, ordered = pl.scan_parquet(path, low_memory=True), False
        elif name.endswith((".csv", ".csv.gz")):
            # every column is parsed, also unused ones: a stray comma shifts a row, and must be seen
            whole = pl.scan_csv(path, infer_schema=False).map_batches(_same, projection_pushdown=False, streamable=True)
            lazy, ordered = whole, True
        else:
            raise DataError(f'The ending of "{path.name}" is not known.', cure=f"Give {SOURCES}.")
        columns = lazy.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(path.name, error) from None
    return Table(nw.from_native(lazy), ordered, frozenset(columns) if ordered else frozenset())


def _parts_of(path: Path) -> list[Path]:
    """The parquet files of a folder, its subfolders included, or of a pattern such as year_*.parquet."""
    if path.is_dir():
        return sorted(path.rglob("*.parquet"))
    return [] if path.exists() else sorted(Path(part) for part in glob(str(path)) if part.endswith(".parquet"))


def _same[T](batch: T) -> T:
    return batch
