"""A column of numbers as a feature: from a table of authorities, or from a panel's rows before the first start."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DataError, DesignError
from sos_bayes.comparators.candidates import Pool
from sos_bayes.data import Cohort, Panel
from sos_bayes.data.authorities.panel import panel_keys
from sos_bayes.data.frames.number_columns import number
from sos_bayes.data.frames.sources import open_table
from sos_bayes.data.frames.table import Table, collected, keys_of, plain_value
from sos_bayes.data.geography.authority_names import alike

Column = tuple[str, str, Floats]  # label, unit, values (A,)


def column_of(data: Cohort | Panel, pool: Pool, column: str, table: object, authority: str) -> Column:
    """Read a column as a feature.

    Parameters
    ----------
    data : Cohort or Panel
    pool : Pool
    column : str
    table : frame, path or None
        One row for each authority; without it the rows of the panel.
    authority : str
        Column of authorities of ``table``.

    Returns
    -------
    label, unit : str
    values : ndarray (A,)
    """
    if table is not None:
        return column, "", _of_table(open_table(table), pool, column, authority)
    if isinstance(data, Cohort):
        raise DesignError(
            f'The column "{column}" is no feature of authorities: rows are children.',
            where="on",
            cure="Give table= with one row for each authority, or an outcome, whose level is compared.",
        )
    return column, "", _of_panel(data, pool, column)


def _of_table(table: Table, pool: Pool, column: str, authority: str) -> Floats:
    table.need({"authority": authority, "on": column})
    (names,) = keys_of(table, [authority])
    texts = [str(name) for name in names if name is not None]
    doubled = sorted({name for name in texts if texts.count(name) > 1}) if len(set(texts)) < len(texts) else []
    if doubled:
        raise DataError(
            f'"{doubled[0]}" has more than one row in the table of features.',
            where=f'column "{authority}"',
            cure="Keep one row for each authority, with what was known before the rollout.",
        )
    for adopter in pool.adopters:
        similar = None if adopter in texts else alike(adopter, texts)
        if similar:
            raise DataError(
                f'The table of features writes "{adopter}" as "{similar}".',
                where=f'column "{authority}"',
                cure="Write authorities as the data do.",
            )
    known = dict(zip((str(name) for name in names), _numbers(table, column), strict=True))
    return np.array([known.get(name, np.nan) for name in pool.authorities])


def _of_panel(panel: Panel, pool: Pool, column: str) -> Floats:
    """Mean over a panel's rows of the periods before the first start."""
    panel.table.need({"on": column}, known=(panel.authority, panel.period))
    panel = replace(panel, table=replace(panel.table, frame=collected(panel.table.frame)))
    keys = panel_keys(panel)
    first = min(keys.calendar.position(label) for name, label in pool.rollout.starts if name in pool.adopters)
    values = _numbers(panel.table, column)
    early = (keys.period < first) & np.isfinite(values)
    means = np.full(len(keys.authorities), np.nan)
    for a in np.unique(keys.authority[early]).tolist():
        means[a] = values[early & (keys.authority == a)].mean()
    place = {name: a for a, name in enumerate(keys.authorities)}
    return means[[place[name] for name in pool.authorities]]


def _numbers(table: Table, column: str) -> Floats:
    table = table.plain([column])
    read = collected(table.frame.select(number(table, column, "drop").alias("v")))["v"]
    return np.array([np.nan if plain_value(v) is None else v for v in read.to_list()], dtype=np.float64)
