"""A table of studies, one row an effect, read and refused where it cannot be pooled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sos_bayes._core.array_types import Flags, Floats, Indices
from sos_bayes._core.errors import DataError, together
from sos_bayes._core.words import counted, listed, short
from sos_bayes.data.frames.number_columns import number
from sos_bayes.data.frames.sources import open_table
from sos_bayes.data.frames.table import Table, collected, keys_of, plain_value
from sos_bayes.meta_analyses.arms import Arms, arm_faults, arms_notes
from sos_bayes.meta_analyses.measures import MeasureName, check_measure

MANY_TIMES = 100.0  # by which standard errors of one scale hardly ever differ
FEW, SMALL_STUDY = 5, 10  # studies below which heterogeneity is the prior's, and tests of small studies lack power


@dataclass(frozen=True, slots=True, eq=False)
class Studies:
    """Studies as they are pooled.

    Attributes
    ----------
    labels : tuple of str
        Of the studies (k).
    of : ndarray of int (n,)
        Which study an effect belongs to.
    names : tuple of str
        Of the effects (n): the study's label, and what it is an effect on where a study has several.
    measure : str
    effect, error : ndarray (n,)
        Effects and their standard errors; of counts an approximation with half an event added, for figures only.
    arms : Arms or None
        Events and trials of both arms; None where effects were given.
    covariates : tuple of str
    values : ndarray (n, c)
        Covariates as they are.
    centre, spread : ndarray (c,)
        Their means and standard deviations over all studies that were read.
    several : bool
        Whether some study has more than one effect.
    notes : tuple of str
    """

    labels: tuple[str, ...]
    of: Indices
    names: tuple[str, ...]
    measure: MeasureName
    effect: Floats
    error: Floats
    arms: Arms | None
    covariates: tuple[str, ...]
    values: Floats
    centre: Floats
    spread: Floats
    several: bool
    notes: tuple[str, ...]

    @property
    def standardised(self) -> Floats:
        """Covariates less their mean, in standard deviations, (n, c)."""
        return np.asarray((self.values - self.centre) / self.spread)

    @property
    def size_error(self) -> Floats:
        """Standard errors that say how large a study is, (n,); of counts not its own rates, but those of all studies.

        A log odds ratio's own standard error moves with the ratio, so that it would show small-study effects where
        there are none (Peters and others 2006).
        """
        return self.error if self.arms is None else self.arms.pooled_error

    def without(self, i: int) -> Studies:
        """The same table without one study; covariates keep their centre."""
        keep = self.of != i
        labels = tuple(label for j, label in enumerate(self.labels) if j != i)
        names = tuple(name for name, kept in zip(self.names, keep, strict=True) if kept)
        of = np.array([j - (j > i) for j in self.of[keep]], dtype=np.intp)
        arms = None if self.arms is None else self.arms.picked(keep)
        return replace(
            self, labels=labels, names=names, of=of, effect=self.effect[keep], error=self.error[keep], arms=arms,
            values=self.values[keep],
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"<Studies: {len(self)} studies, {len(self.of)} effects, {self.measure}>"


def read_studies(
    source: object,
    *,
    study: str,
    effect: str | None,
    se: str | None,
    events: Sequence[str] | None,
    trials: Sequence[str] | None,
    within: str | None,
    measure: str | None,
    covariates: Sequence[str],
) -> Studies:
    """Read a table of studies; arguments as of `meta_analysis`.

    Raises
    ------
    DataError
        With every fault of the table together.
    StudyError
        If the scale is not known.
    """
    counts = _counts_asked(effect, se, events, trials)
    table = open_table(source)
    roles = {"study": study, "effect": effect, "se": se, "within": within}
    roles |= {f"{role}[{i}]": c for role, pair in zip(("events", "trials"), counts or (), strict=False) for i, c in
              enumerate(pair)}  # fmt: skip
    table.need(roles | {f"covariates[{i}]": c for i, c in enumerate(covariates)})
    labels, names, of = _keys(table, study, within)
    _refuse_one(labels)
    scale = _measure(table, measure, counts is not None, names)
    columns = {column: numbers(table, column, names) for column in covariates}
    faults: list[DataError] = []
    arms = None
    if counts is None:
        assert effect is not None
        assert se is not None
        effects, errors = (numbers(table, column, names) for column in (effect, se))
        faults += _effect_faults(effect, se, effects, errors, names)
    else:
        four = [numbers(table, column, names) for pair in counts for column in pair]
        arms = Arms(*four)
        faults += arm_faults(arms, counts, names)
    faults += [fault for column, found in columns.items() for fault in _covariate_faults(column, found, names)]
    if faults:
        raise together(faults)
    if arms is not None:
        effects, errors = arms.approximate
    values = np.column_stack([columns[c] for c in covariates]) if covariates else np.zeros((len(names), 0))
    several = len(names) > len(labels)
    notes = _notes(len(labels), several, within, errors, arms, names, len(covariates))
    return Studies(
        labels, of, names, scale, effects, errors, arms, tuple(covariates), values, values.mean(axis=0),
        values.std(axis=0), several, notes,
    )  # fmt: skip


def numbers(table: Table, column: str, names: Sequence[str]) -> Floats:
    """A column as numbers, missing ones as nan; text names the studies in which it stands."""
    plain = table.plain([column])
    try:
        read = collected(plain.frame.select(number(plain, column, "drop").alias("v")))["v"].to_list()
    except DataError as fault:
        (values,) = keys_of(table, [column])
        odd = [names[i] for i, v in enumerate(values) if isinstance(v, str) and not _is_number(v)]
        raise DataError(
            f'"{column}" is not a number in {_some(odd)}.' if odd else fault.what,
            where=f'column "{column}"',
            cure="Give numbers only: an interval becomes a standard error by its width over 3.92 (95 %), on the log "
            "scale for ratios; a covariate of two kinds becomes a column of 0 and 1.",
        ) from None
    return np.array([np.nan if plain_value(v) is None else float(v) for v in read], dtype=np.float64)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _counts_asked(
    effect: str | None, se: str | None, events: Sequence[str] | None, trials: Sequence[str] | None
) -> tuple[Sequence[str], Sequence[str]] | None:
    """Columns of events and trials, or None where effects are given."""
    where = "meta_analysis(effect=, se= or events=, trials=)"
    if effect is not None and se is not None and events is None and trials is None:
        return None
    if effect is not None and se is None and events is None:
        raise DataError(
            "Effects without standard errors cannot be pooled: there is no se.",
            where=where,
            why="A synthesis weighs a study by how precise it is.",
            cure="Give se=, the column of standard errors; from a 95 % interval it is its width over 3.92.",
        )
    pairs = [events, trials]
    if effect is None and se is None and all(_is_pair(pair) for pair in pairs):
        assert events is not None
        assert trials is not None
        return events, trials
    raise DataError(
        "It is not clear what is pooled.",
        where=where,
        cure='Give effect= and se=, or events=("events with", "events without") and trials= with two columns likewise: '
        "the arm with the practice first.",
    )


def _is_pair(columns: object) -> bool:
    return isinstance(columns, (tuple, list)) and len(columns) == 2


def _keys(table: Table, study: str, within: str | None) -> tuple[tuple[str, ...], tuple[str, ...], Indices]:
    """Labels of studies, names of effects, and which study each effect belongs to."""
    columns = [study] if within is None else [study, within]
    found = [[None if v is None else short(str(v), 60) for v in values] for values in keys_of(table, columns)]
    for column, values in zip(columns, found, strict=True):
        if None in values:
            raise DataError(
                f"{counted(values.count(None), 'row has', 'rows have')} no label.",
                where=f'column "{column}"',
                cure="Give every study a label, and every effect of a study that has several.",
            )
    texts = [str(v) for v in found[0]]
    labels = tuple(dict.fromkeys(texts))
    parts = None if within is None else [str(v) for v in found[1]]
    _refuse_doubles(texts, parts, study, within)
    names = tuple(texts) if parts is None else tuple(f"{s}: {w}" for s, w in zip(texts, parts, strict=True))
    place = {label: i for i, label in enumerate(labels)}
    return labels, names, np.array([place[text] for text in texts], dtype=np.intp)


def _refuse_doubles(texts: list[str], parts: list[str] | None, study: str, within: str | None) -> None:
    keys = texts if parts is None else [f"{s}: {w}" for s, w in zip(texts, parts, strict=True)]
    doubled = sorted({key for key in keys if keys.count(key) > 1})
    if not doubled:
        return
    if parts is None:
        raise DataError(
            f"More than one row is called {_some(doubled)}.",
            where=f'column "{study}"',
            why="Effects of one study are not independent: counted as studies they would be counted twice.",
            cure="Give studies that differ different labels; where one study has several effects, name the column that "
            "tells them apart by within=.",
        )
    raise DataError(
        f"Two effects have the same name in one study: {_some(doubled)}.",
        where=f'columns "{study}" and "{within}"',
        cure="Keep one of them, or name them apart.",
    )


def _refuse_one(labels: tuple[str, ...]) -> None:
    if len(labels) < 2:
        raise DataError(
            "One study is not a synthesis." if labels else "There is no study.",
            where="meta_analysis(studies)",
            why="How effects differ between studies, and so what to expect elsewhere, cannot be seen in one.",
            cure="Report that study's own estimate with its own interval, or give two studies or more.",
        )


def _measure(table: Table, measure: str | None, counts: bool, names: Sequence[str]) -> MeasureName:
    """The scale; where it names a column, all rows must agree."""
    if counts and measure is None:
        return "log_odds_ratio"
    if isinstance(measure, str) and measure in table.frame.collect_schema().names():
        (said,) = keys_of(table, [measure])
        kinds = sorted({str(value) for value in said})
        if len(kinds) > 1:
            raise DataError(
                f"Effects are on mixed scales: {listed([short(k, 40) for k in kinds], 5)}.",
                where=f'column "{measure}"',
                why="A mean over different scales is a mean of nothing.",
                cure="Bring all effects to one scale first, or pool each scale by itself.",
            )
        measure = kinds[0] if kinds else None
    found = check_measure(measure)
    if counts and found != "log_odds_ratio":
        raise DataError(
            f'Events and trials are pooled as log odds ratios, not as "{found}".',
            where="meta_analysis(measure=)",
            cure="Leave measure= out, or compute each study's effect and standard error and give effect= and se=.",
        )
    return found


def _effect_faults(effect: str, se: str, effects: Floats, errors: Floats, names: Sequence[str]) -> list[DataError]:
    cases = [
        (~np.isfinite(effects), effect, "No effect is given for", "Give it, or leave the study out and say so."),
        (np.isnan(errors), se, "No standard error is given for",
         "From a 95 % interval it is the width over 3.92 (on the log scale for ratios), from a t-statistic the effect "
         "over t. A study that reports neither cannot be pooled: leave it out and say so."),
        (np.isinf(errors) | (errors < 0), se, "A standard error is negative or infinite in",
         "Standard errors are positive: check the column."),
        (errors == 0, se, "A standard error is zero in",
         "No study is certain: a rounded 0.00 needs more decimals, an effect without an error is none."),
    ]  # fmt: skip
    return [
        DataError(f"{what} {_some(picked(names, bad))}.", where=f'column "{column}"', cure=cure)
        for bad, column, what, cure in cases
        if bad.any()
    ]


def picked(names: Sequence[str], flags: Flags) -> list[str]:
    """Names where a flag is set."""
    return [name for name, flag in zip(names, flags, strict=True) if flag]


def _some(names: Sequence[str]) -> str:
    return listed([f'"{name}"' for name in names], 3)


def _covariate_faults(column: str, values: Floats, names: Sequence[str]) -> list[DataError]:
    lacking = ~np.isfinite(values)
    if lacking.any():
        return [
            DataError(
                f"The covariate is missing for {_some(picked(names, lacking))}.",
                where=f'column "{column}"',
                cure="Fill it in, or leave the covariate out: a study without it cannot inform the regression.",
            )
        ]
    if np.ptp(values) == 0:
        return [
            DataError(
                "The covariate is the same in every study.",
                where=f'column "{column}"',
                why="What does not differ explains no difference.",
                cure="Leave it out.",
            )
        ]
    return []


def _notes(
    k: int, several: bool, within: str | None, errors: Floats, arms: Arms | None, names: Sequence[str], covariates: int
) -> tuple[str, ...]:
    notes = []
    if k < FEW:
        notes.append(f"Only {counted(k, 'study', 'studies')}: how far effects differ between studies is mostly the "
                     "prior's to say.")  # fmt: skip
    if within is not None and not several:
        notes.append("No study has more than one effect: within= changes nothing.")
    if errors.max() > MANY_TIMES * errors.min():
        notes.append("Standard errors differ more than a hundredfold: are all effects in the same unit?")
    if covariates and k < SMALL_STUDY * covariates:
        notes.append(f"{counted(covariates, 'covariate')} for {k} studies, fewer than ten each: coefficients stay near "
                     "their prior, and an association between studies is no effect of the covariate.")  # fmt: skip
    return (*notes, *(arms_notes(arms, names) if arms is not None else ()))
