"""Numbers of authorities beside an outcome: columns of a panel, placed by authority and period."""

from __future__ import annotations

from dataclasses import replace

import narwhals as nw
import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DataError, SosBayesError, together
from sos_bayes.data.authorities.panel import Panel, panel_keys
from sos_bayes.data.frames.number_columns import missing_in, number
from sos_bayes.data.frames.row_checks import at
from sos_bayes.data.frames.table import collected


def panel_numbers(panel: Panel, columns: tuple[str, ...], authorities: tuple[str, ...]) -> Floats:
    """Columns of a panel as numbers.

    Parameters
    ----------
    panel : Panel
    columns : tuple of str, length k
        Other than those of authorities and periods; symbols of official statistics are read as missing.
    authorities : tuple of str, length A
        Whose, in this order.

    Returns
    -------
    ndarray (A, T, k)
        NaN where there is no row or no number.

    Raises
    ------
    DataError
        A column is not there, is a key, or holds text or infinite values: all faults together.

    Examples
    --------
    >>> import pandas as pd
    >>> from sos_bayes.data import read_panel
    >>> table = pd.DataFrame({"la": ["York", "Leeds"] * 2, "year": [2014, 2014, 2015, 2015], "poor": [11, 21, 12, 22]})
    >>> panel_numbers(read_panel(table, authority="la", period="year"), ("poor",), ("Leeds", "York"))[..., 0].tolist()
    [[21.0, 22.0], [11.0, 12.0]]
    """
    panel.table.need({f"baseline ({column})": column for column in columns}, known=(panel.authority, panel.period))
    panel = replace(panel, table=replace(panel.table, frame=collected(panel.table.frame), ordered=panel.table.ordered))
    read: list[Floats] = []
    faults: list[SosBayesError] = []
    for column in columns:
        try:
            read.append(_read(panel, column))
        except DataError as fault:
            faults.append(fault)
    if faults:
        raise together(faults)
    keys = panel_keys(panel)
    every = np.full((len(keys.authorities), len(keys.calendar), len(columns)), np.nan)
    every[keys.authority, keys.period] = np.stack(read, axis=1)
    rows = {authority: a for a, authority in enumerate(keys.authorities)}
    return every[[rows[authority] for authority in authorities]]


def _read(panel: Panel, column: str) -> Floats:
    """One column (rows,), NaN where it is blank."""
    where = f'baseline, column "{column}"'
    if column in (panel.authority, panel.period, panel.name, panel.cluster):
        raise DataError(
            "A key of the table is no number of authorities.",
            where=where,
            cure="Name a column that holds a number of each authority, such as its share of children in poverty.",
        )
    table = panel.table.plain([column])
    value = number(table, column, "drop").cast(nw.Float64)
    frame = table.frame.select(v=nw.when(~missing_in(value)).then(value))
    values = np.array([np.nan if v is None else v for v in collected(frame)["v"].to_list()], dtype=np.float64)
    if np.isinf(values).any():
        bad = np.flatnonzero(np.isinf(values)).tolist()
        places = at(bad) if panel.table.ordered else ""
        rows = f"{len(bad):,} of {values.size:,} rows{places}"
        raise DataError("Values are infinite.", where=where, rows=rows, cure="Correct them, or leave them blank.")
    return values
