"""Tables as they were opened, and values as plain Python."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from sos_bayes._core.errors import DataError
from sos_bayes.data.frames.headers import columns_in_words
from sos_bayes.data.periods.moments import moment

type Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]
AHEAD = "POLARS_ROW_GROUP_PREFETCH_SIZE"  # the setting that polars reads when a query begins
type Value = str | int | float | bool | dt.date | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Table:
    """A table as it was opened.

    Parameters
    ----------
    frame : narwhals DataFrame or LazyFrame
        The rows.
    ordered : bool
        Whether rows have positions worth printing.
    untyped : frozenset of str
        Columns of text that stand for numbers or truth values where all of them can be read so (CSV, mixed objects).
    """

    frame: Frame
    ordered: bool
    untyped: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Table({size(self.rows)} rows)" if self.rows is not None else "Table(lazy)"

    def __reduce_ex__(self, protocol: Any) -> str | tuple[Any, ...]:
        if isinstance(self.frame, nw.DataFrame) and not self.frame.columns:  # what an evaluation keeps
            return object.__reduce_ex__(self, protocol)
        raise DataError(
            "Rows of a table are neither saved nor sent to another process.",
            why="A file or a message with rows of children is a copy that nobody watches.",
            cure="Read the table where it is needed; keep draws and estimates instead.",
        )

    @property
    def rows(self) -> int | None:
        """Number of rows, or None where a lazy source would have to be read."""
        return len(self.frame) if isinstance(self.frame, nw.DataFrame) else None

    def need(self, roles: Mapping[str, str | None], known: Iterable[str] = ()) -> Table:
        """The same table, if all columns named are there.

        Parameters
        ----------
        roles : mapping from argument to column
            Which column each argument names; None where it names none.
        known : iterable of str
            Columns that were found before, which make sure that the first line is a header.
        """
        columns = self.frame.collect_schema().names()
        for role, column in roles.items():
            if column is None or column in columns:
                continue
            if not isinstance(column, str):
                raise DataError(f"{role}={column!r:.40} is not the name of a column.", cure=f"Give {role} as a text.")
            asked = [name for name in roles.values() if name is not None]
            hint, said = columns_in_words(map(str, columns), column, {*asked, *known})
            raise DataError(f'There is no column "{column}" for {role}.{hint}', cure=said)
        return self

    def plain(self, columns: Iterable[str]) -> Table:
        """These columns only, mixed objects turned into text."""
        wanted = list(dict.fromkeys(columns))
        frame = self.frame.select(wanted)
        if isinstance(frame, nw.LazyFrame):
            return replace(self, frame=frame)
        odd = [name for name, dtype in frame.schema.items() if dtype in (nw.Object, nw.Unknown)]
        texts = [
            nw.new_series(
                name, [object_text(v) for v in frame[name].to_list()], nw.String, backend=frame.implementation
            )
            for name in odd
        ]
        return replace(self, frame=frame.with_columns(*texts) if texts else frame, untyped=self.untyped | set(odd))


def unreadable(name: str, error: Exception) -> DataError:
    """The error for a file that breaks off or has another format: its contents stay out of the message."""
    return DataError(
        f"{name} cannot be read ({type(error).__name__}).",
        cure="Save it again: parquet, or CSV with commas, one header line and UTF-8 encoding.",
    )


def collected(frame: Frame) -> nw.DataFrame[Any]:
    """Run a lazy frame, which must be small by now; an eager one as it is."""
    if isinstance(frame, nw.DataFrame):
        return frame
    options = {"engine": "streaming"} if frame.implementation.is_polars() else {}
    try:
        with _few_row_groups():
            return frame.collect("polars", **options)
    except MemoryError:
        raise
    except Exception as error:  # an engine's own message may hold values of rows
        if frame.implementation.is_polars():
            raise unreadable("The source", error) from None
        raise DataError(
            f"{frame.implementation.value} could not run the query ({type(error).__name__}).",
            cure="Count its rows in the engine itself to see why, or write the table to parquet and give the path.",
        ) from None


@contextmanager
def _few_row_groups() -> Iterator[None]:
    """Have polars hold one row group of a parquet file ahead, not many, unless the user has said how many.

    It takes a quarter off the memory of a collapse and costs no time: groups are read faster than they are counted.
    """
    if AHEAD in os.environ:
        yield
        return
    os.environ[AHEAD] = "1"
    try:
        yield
    finally:
        os.environ.pop(AHEAD, None)  # another thread may have been here


def keys_of(table: Table, columns: Iterable[str]) -> tuple[list[Value], ...]:
    """The values of key columns in row order, missing ones as None."""
    wanted = list(columns)
    frame = collected(table.plain(wanted).frame)
    return tuple([plain_value(v) for v in frame[column].to_list()] for column in wanted)


def factorise(series: nw.Series[Any]) -> tuple[npt.NDArray[np.int64], list[Value]]:
    """Codes 0, 1, ... and the distinct values they stand for; missing values share one code."""
    codes, raws = _pandas_codes(series) if series.implementation.is_pandas() else _polars_codes(series)
    known: dict[Value, int] = {}
    place = [known.setdefault(plain_value(raw), len(known)) for raw in raws]
    return np.asarray(place, dtype=np.int64)[codes], list(known)


def _polars_codes(series: nw.Series[Any]) -> tuple[npt.NDArray[np.int64], list[object]]:
    values = series.to_polars().alias("value")
    distinct = values.unique(maintain_order=True)
    numbered = distinct.to_frame().with_row_index("code")
    joined = values.to_frame().join(numbered, on="value", how="left", nulls_equal=True, maintain_order="left")
    return joined["code"].to_numpy().astype(np.int64), distinct.to_list()


def _pandas_codes(series: nw.Series[Any]) -> tuple[npt.NDArray[np.int64], list[object]]:
    import pandas as pd

    codes, distinct = pd.factorize(series.to_native(), use_na_sentinel=False)
    return codes.astype(np.int64), pd.Index(distinct).to_numpy(dtype=object).tolist()


def plain_value(value: object) -> Value:
    """One value of a key column as plain Python; None, NaN, NaT, NA and blank text are all missing."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, (np.generic,)):
        value = value.item()
    if isinstance(value, float):
        return None if value != value else int(value) if value.is_integer() else value
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, dt.datetime):
        return value.isoformat() if moment(value) else value.date()
    return value if isinstance(value, (bool, int, dt.date)) else str(value)


def object_text(value: object) -> str | None:
    """One value of a column of mixed objects as text, whole floats without a point."""
    plain = plain_value(value)
    return None if plain is None else plain.isoformat() if isinstance(plain, dt.date) else str(plain)


def size(n: float) -> str:
    """A count as it may be printed.

    Examples
    --------
    >>> size(78_000), size(9)
    ('78,000', 'fewer than 10')
    """
    return "fewer than 10" if n < 10 else f"{n:,.0f}"


def about(n: float) -> str:
    """A count of rows that were left out, rounded to tens.

    Examples
    --------
    >>> about(1_234), about(9)
    ('about 1,230', 'fewer than 10')
    """
    return "fewer than 10" if n < 10 else f"about {round(n / 10) * 10:,}"
