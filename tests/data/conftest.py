"""Tables of children in every form that a reader accepts."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from sos_bayes.data import Aim, Binary, Count


@pytest.fixture
def children():
    """A function that makes a pandas table of n children."""

    def make(n=600, seed=1):
        rng = np.random.default_rng(seed)
        return pd.DataFrame(
            {
                "child": [f"CANARY{i:06d}" for i in rng.permutation(n)],
                "la": rng.choice(["NA", "St Helens", "Wakefield", "Leeds"], n),
                "quarter": rng.choice(["2014Q1", "2014Q2", "2014Q4"], n),
                "again": rng.integers(0, 2, n),
                "visits": rng.poisson(1.5, n),
                "years": rng.random(n) + 0.001,
                "age": rng.integers(8, 12, n),
                "sex": rng.choice(["F", "M"], n),
                "disabled": rng.random(n) < 0.2,
                "cla": rng.integers(0, 2, n),
            }
        )

    return make


@pytest.fixture
def sources(tmp_path):
    """A function that gives one table in every form."""

    def make(frame):
        frame.to_csv(tmp_path / "t.csv", index=False)
        frame.to_csv(tmp_path / "t.csv.gz", index=False)
        frame.to_parquet(tmp_path / "t.parquet", index=False)
        parts = tmp_path / "parts"
        for i, part in enumerate((frame.iloc[: len(frame) // 3], frame.iloc[len(frame) // 3 :])):
            (parts / f"part{i}").mkdir(parents=True, exist_ok=True)
            part.to_parquet(parts / f"part{i}" / "t.parquet", index=False)
        (parts / "_SUCCESS").touch()
        eager = pl.from_pandas(frame)
        with np.errstate(invalid="ignore"):  # pandas 2 looks whether infinite numbers are whole
            nullable = frame.convert_dtypes()
        texts = {column: pl.Categorical for column in ("la", "sex") if column in frame}
        return {
            "pandas": frame,
            "pandas objects": frame.astype(object),
            "pandas nullable": nullable,
            "pandas categories": frame.astype({c: "category" for c in ("la", "sex", "quarter") if c in frame}),
            "pandas odd index": frame.set_axis([7] * len(frame)),
            "polars": eager,
            "polars lazy": eager.lazy(),
            "arrow": eager.to_arrow(),
            "arrow categories": eager.cast(texts).to_arrow(),
            "arrow reader": pa.Table.from_pandas(frame, preserve_index=False).to_reader(max_chunksize=100),
            "duckdb": duckdb.read_parquet(str(tmp_path / "t.parquet")),
            "duckdb enums": duckdb.from_df(frame.astype(dict.fromkeys(texts, "category"))),
            "parquet": tmp_path / "t.parquet",
            "parquet folder": parts,
            "parquet pattern": str(parts / "part*" / "t.parquet"),
            "csv": tmp_path / "t.csv",
            "csv.gz": str(tmp_path / "t.csv.gz"),
        }

    return make


@pytest.fixture
def again():
    return Binary("again", aim=Aim.FEWER, worthwhile=0.01, label="re-referral")


@pytest.fixture
def visits():
    return Count("visits", "years", per=1, aim=Aim.FEWER, worthwhile=0.1, label="visits")
