"""The tables of an evaluation as CSV files that are safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sos_bayes._core.handed import handed
from sos_bayes.disclosure import SAFE, Rules
from sos_bayes.reports import comparison, tables
from sos_bayes.reports.write import write_whole

if TYPE_CHECKING:
    from sos_bayes.study import Evaluation

TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@handed("findings", "study", give="what sb.evaluate returned; of one fit make a Study first")
def to_csv(evaluation: Evaluation, folder: str | Path, *, rules: Rules = SAFE) -> tuple[Path, ...]:
    """Write the tables of an evaluation into a folder, made if it is not there.

    Parameters
    ----------
    evaluation : Evaluation
    folder : str or Path
        Gets ``verdicts.csv``, ``estimates.csv``, ``checks.csv``, ``criteria.csv``, ``event_study.csv``, ``ranks.csv``,
        ``subgroups.csv``, ``pooled.csv`` and ``comparators.csv`` (the effect against each set); where the study names
        comparators also ``balance.csv`` and ``chosen.csv`` (who was chosen for whom). A table without rows is an empty
        file.
    rules : Rules
        Small-number control.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    StudyError
        If a file cannot be written.

    Examples
    --------
    >>> to_csv(evaluation, "tables")  # doctest: +SKIP
    """
    findings = evaluation.findings
    rows = {
        "verdicts": tables.verdicts(evaluation),
        "estimates": [
            r
            for f in findings
            for r in (*tables.estimates(f, rules), *tables.levels(f, rules), *tables.authorities(f, rules))
        ],
        "checks": [r for f in findings for r in tables.checks(f, rules)],
        "criteria": [r for f in findings for r in tables.criteria(f)],
        "event_study": [r for f in findings for r in tables.event_study(f)],
        "ranks": [r for f in findings for r in tables.ranks(f, rules)],
        "subgroups": [r for f in findings for r in tables.subgroups(f, rules)],
        "pooled": tables.pooled(evaluation),
        "comparators": [
            r for f in findings for r in comparison.set_rows(f, comparison.headline_set(evaluation), rules)
        ],
    }
    if evaluation.study.comparators:
        rows["balance"] = [r for b in evaluation.balance for r in comparison.balance_rows(b, rules)]
        rows["chosen"] = comparison.chosen_rows(evaluation)
    texts = {name: _text(part) for name, part in rows.items()}
    return tuple(write_whole(Path(folder) / f"{name}.csv", text) for name, text in texts.items())


def _text(rows: Sequence[tables.Row]) -> str:
    held = io.StringIO()
    if rows:
        writer = csv.DictWriter(held, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: neutral(v) for k, v in row.items()} for row in rows)
    return held.getvalue()


def neutral(value: object) -> object:
    """Keep a spreadsheet from reading text as a formula; numbers stay numbers.

    Examples
    --------
    >>> neutral("=HYPERLINK(1)"), neutral("  @x"), neutral(-0.5), neutral("plain")
    ("'=HYPERLINK(1)", "'  @x", -0.5, 'plain')
    """
    if isinstance(value, str) and (value.startswith(TRIGGERS) or value.lstrip(" \u00a0\ufeff").startswith(TRIGGERS)):
        return f"'{value}"
    return value
