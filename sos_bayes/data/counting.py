"""From rows to exact counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sos_bayes._core.array_types import Flags, Floats, Integers
from sos_bayes._core.errors import DataError
from sos_bayes._core.sealed import sealed
from sos_bayes.data.authorities.authority_rows import panel_cells
from sos_bayes.data.authorities.clusters import clusters_on
from sos_bayes.data.authorities.coverage_notes import cut_off_notes, future_notes, gap_notes
from sos_bayes.data.authorities.panel import Panel
from sos_bayes.data.cells.cells import Cells
from sos_bayes.data.cells.child_values import Values
from sos_bayes.data.children.cohort import Cohort
from sos_bayes.data.children.covariate_bands import named_levels
from sos_bayes.data.children.covariate_patterns import Patterns, find_patterns
from sos_bayes.data.children.covariates import Bins, Category, Covariate, name_of
from sos_bayes.data.children.design_effect import FEWEST, Clusters, design_effects, likeness
from sos_bayes.data.children.kinds import kind_of
from sos_bayes.data.children.kinds.summands import Summed
from sos_bayes.data.children.row_sums import Sums, sum_rows
from sos_bayes.data.frames.table import about, size
from sos_bayes.data.geography.reorganisations import boundary_notes
from sos_bayes.data.outcomes import Outcome, is_outcome

MOST_CELLS = 100_000_000


@sealed
def collapse(data: Cohort | Panel, outcome: Outcome, adjust: tuple[Covariate, ...] = ()) -> Cells:
    """Count events and denominators per authority, period and pattern of covariates.

    Nothing is lost: rows and cells have the same likelihood up to a constant. Only counts leave the table.

    Parameters
    ----------
    data : Cohort or Panel
        Child rows or authority rows.
    outcome : Binary, Count, Ordinal or Continuous
        What to count.
    adjust : tuple of str, Category or Bins
        Covariates of child rows to count by: columns of categories, or of numbers with the edges of their bands.

    Returns
    -------
    Cells
        Arrays of shape (A, T, C): authorities sorted, periods in order, patterns sorted.

    Raises
    ------
    DataError
        If the rows cannot be counted as the outcome says: the message names the column, the number of faulty rows
        and what to do.

    Examples
    --------
    >>> import pandas as pd
    >>> from sos_bayes.data import Aim, Binary, read_cohort
    >>> table = pd.DataFrame({"la": ["Leeds", "York"] * 6, "year": [2014, 2015] * 6, "again": [0, 1, 1, 1] * 3})
    >>> outcome = Binary("again", aim=Aim.FEWER, worthwhile=0.01, label="re-referral")
    >>> cells = collapse(read_cohort(table, authority="la", period="year"), outcome)
    >>> cells
    Cells(2 authorities x 2 periods (2014 to 2015) x 1 patterns, 12 children)
    """
    covariates = _adjust(adjust)
    if not is_outcome(outcome):
        raise DataError(
            f"{type(outcome).__name__} is not an outcome.",
            cure="Give a Binary, a Count, an Ordinal, a Continuous or a Duration; of a Nested, its joint or "
            "conditional outcome.",
        )
    if isinstance(data, Panel):
        if covariates:
            raise DataError(
                "Authority rows cannot be adjusted for covariates of children.",
                where=f"adjust={tuple(map(name_of, covariates))!r}",
                cure="Drop adjust, or read the rows of children with read_cohort. Numbers of the authorities "
                'themselves are named in the design: DiD(baseline=("poverty",)).',
            )
        return _belonging(data, panel_cells(data, outcome))
    if not isinstance(data, Cohort):
        raise DataError(f"{type(data).__name__} is not read yet.", cure="Read it with read_cohort or read_panel.")
    return _belonging(data, _cohort_cells(data, outcome, covariates))


def _belonging(data: Cohort | Panel, cells: Cells) -> Cells:
    """The cells with what their authorities belong to, where the reader was told."""
    return replace(cells, clusters=clusters_on(data, cells.authorities, cells.names))


def _cohort_cells(cohort: Cohort, outcome: Outcome, covariates: tuple[Covariate, ...]) -> Cells:
    columns = tuple(name_of(c) for c in covariates)
    sums = sum_rows(cohort, outcome, covariates)
    _refuse_identifiers(cohort.authority, len(sums.keys.authorities), sums.rows)
    for column, (_, values) in zip(columns, sums.levels, strict=True):
        _refuse_identifiers(column, len(values), sums.rows)
    patterns = find_patterns(columns, sums.levels, sums.observed, sums.untyped)
    keys = sums.keys
    shape = (len(keys.authorities), len(keys.calendar), len(patterns.patterns))
    if shape[0] * shape[1] * shape[2] > MOST_CELLS:
        raise DataError(
            f"{shape[0]:,} authorities x {shape[1]:,} periods x {shape[2]:,} patterns need "
            f"{np.prod(shape, dtype=float) * 16 / 2**30:,.1f} GiB.",
            where=f"adjust={columns!r}",
            cure="Adjust for fewer covariates or coarser bands.",
        )
    keep = patterns.index >= 0
    place = (keys.authority[keep], keys.period[keep], patterns.index[keep])
    held = kind_of(outcome).cells(_summed(sums, keep, place, shape), outcome)
    events, total = held.events, held.total
    children: Values | None = None
    if sums.values is not None:
        children = Values.placed(sums.values[keep], sums.total[0][0][keep].astype(float), place, shape)
    effect: Floats | None = None
    worth: tuple[str, ...] = ()
    if sums.clusters is not None:
        effect, worth = _divided(sums.clusters, shape, outcome)
        events, total = events / effect[:, :, None], total / effect[:, :, None]
    notes = [
        *cohort.notes,
        *sums.notes,
        *worth,
        *(c.note for c in covariates if isinstance(c, Bins)),
        *gap_notes(total.sum(axis=2), keys.authorities, keys.calendar),
        *future_notes(keys.calendar),
        *cut_off_notes(outcome),
        *boundary_notes(keys.authorities),
        *_constant(columns, patterns),
        *_hardly_fewer(columns, patterns, total, sums.counted),
    ]
    return Cells(
        authorities=keys.authorities,
        names=keys.authorities,
        calendar=keys.calendar,
        columns=columns,
        patterns=named_levels(columns, covariates, patterns.patterns),
        events=events,
        total=total,
        outcome=outcome,
        source="children",
        notes=tuple(notes),
        levels=held.levels,
        squares=held.squares,
        bands=held.bands,
        design_effect=effect,
        values=children,
    )


def _summed(sums: Sums, keep: Flags, place: tuple[Integers, ...], shape: tuple[int, ...]) -> Summed:
    """Sums over groups of rows in the cells where they belong."""
    events = _placed(sums.events[keep], place, shape).astype(np.float64)
    parts = tuple(np.asarray(_placed(part[keep], place, shape) * unit, float) for part, unit in sums.total)
    if sums.measured is None:
        return Summed(events, parts)
    z, squares = (
        np.sum([_placed(part[keep], place, shape) * unit for part, unit in each], axis=0, dtype=np.float64)
        for each in sums.measured[:2]
    )
    return Summed(events, parts, (z, squares, sums.measured[2]))


def _divided(clusters: Clusters, shape: tuple[int, ...], outcome: Outcome) -> tuple[Floats, tuple[str, ...]]:
    """The design effect of each authority and period, and what to say of it."""
    repeated = clusters.extra
    if not repeated:
        return np.ones(shape[:2]), ()
    few = repeated < FEWEST
    r = 1.0 if few else likeness(clusters)
    effect = design_effects(clusters, r)
    n = clusters.sum(clusters.rows)
    told = f"taken as r = 1, {FEWEST} repeated rows being needed to estimate it" if few else f"estimated as r = {r:.2f}"
    note = (
        f'Every row counts for "{outcome.label}"; {about(repeated)} repeat a child within an authority and period. Two '
        f"rows of a child are alike, {told}: counts of an authority and period are divided by 1 + (m - 1) r, m being "
        f"rows of a child, on average over rows by {n.sum() / (n / effect).sum():.2f}."
    )
    return effect.reshape(shape[:2]), (note,)


def _placed(values: Integers, place: tuple[Integers, ...], shape: tuple[int, ...]) -> Integers:
    """Sums of whole numbers that fall into the same cell: labels may read alike in two groups."""
    cells = np.zeros(shape, dtype=np.int64)
    np.add.at(cells, place, values)
    return cells


def _refuse_identifiers(column: str, distinct: int, rows: int) -> None:
    """A column with a value of its own for most rows would carry children into the cells."""
    if distinct > 20 and distinct > 0.5 * rows:
        raise DataError(
            "Most rows have a value of their own in a column to count by.",
            where=f'column "{column}"',
            rows=f"{distinct:,} distinct values in {rows:,} rows",
            why="It looks like an identifier, and cells of single children are no counts.",
            cure="Name the column of authorities or of a covariate with few levels, or cut it into bands.",
        )


def _constant(columns: tuple[str, ...], patterns: Patterns) -> list[str]:
    constant = [column for j, column in enumerate(columns) if len({pattern[j] for pattern in patterns.patterns}) == 1]
    return [f'Covariate "{column}" has one level only: it adjusts for nothing.' for column in constant]


def _hardly_fewer(columns: tuple[str, ...], patterns: Patterns, total: np.ndarray, counted: int) -> list[str]:
    """A warning where counting saves little; without covariates there is nothing to make coarser."""
    cells = int((total > 0).sum())
    if not columns or cells <= 0.5 * counted:
        return []
    return [
        f"{size(cells)} cells hold {size(counted)} rows: {len(patterns.patterns):,} patterns of covariates save little "
        "time; coarser bands or fewer covariates would be faster."
    ]


def _adjust(adjust: object) -> tuple[Covariate, ...]:
    if isinstance(adjust, str):
        raise DataError(
            "adjust is one text.", where=f'adjust="{adjust}"', cure=f'Write adjust=("{adjust}",), a tuple of columns.'
        )
    if not isinstance(adjust, (tuple, list)) or not all(isinstance(c, (str, Category, Bins)) for c in adjust):
        raise DataError("adjust is not a tuple of columns.", cure='Write adjust=("age_band", "sex").')
    names = tuple(name_of(c) for c in adjust)
    if len(set(names)) < len(names):
        raise DataError("adjust names a column twice.", where=f"adjust={names!r}", cure="Name each column once.")
    unsettled = [c.column for c in adjust if isinstance(c, Bins) and not c.edges]
    if unsettled:
        raise DataError(
            "Bands at quantiles need the rollout, before whose first start they are cut.",
            where=f'covariate "{unsettled[0]}"',
            cure="Fit with the design, or give edges=.",
        )
    return tuple(adjust)
