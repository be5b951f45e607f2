"""What is left of data when their rows stay behind."""

from __future__ import annotations

from dataclasses import replace

import narwhals as nw

from sos_bayes.data.authorities.panel import Panel
from sos_bayes.data.children.cohort import Cohort
from sos_bayes.data.frames.table import Table


def without_rows[D: Cohort | Panel](data: D) -> D:
    """The same data without a row and without a column: which table it was, and how it was read.

    Examples
    --------
    >>> import pandas as pd
    >>> from sos_bayes.data import read_cohort
    >>> table = pd.DataFrame({"la": ["Leeds"] * 20, "year": 2014})
    >>> bare = without_rows(read_cohort(table, authority="la", period="year"))
    >>> bare.table.rows, bare.authority
    (0, 'la')
    """
    bare = replace(data, table=no_rows())
    return replace(bare, published=None) if isinstance(bare, Panel) else bare


def no_rows() -> Table:
    """A table without a row and without a column.

    Examples
    --------
    >>> no_rows().rows
    0
    """
    import polars as pl

    return Table(nw.from_native(pl.DataFrame()), ordered=False)
