"""Tables and sentences on who the comparators are, small numbers kept back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sos_bayes._core.words import MINUS, counted, number, short
from sos_bayes.disclosure import SAFE, Rules
from sos_bayes.reports.tables import WITHHELD, Row, estimate_row

if TYPE_CHECKING:
    from sos_bayes.comparators import Balance, BalanceRow, Comparators
    from sos_bayes.comparators.balance import Group
    from sos_bayes.study import Evaluation, Finding

NO_WEIGHTS = (
    "Comparators were chosen by rule, before any fit. The model compares with each authority of a set once: how often "
    "it was chosen is no weight."
)


def balance_rows(balance: Balance, rules: Rules = SAFE) -> list[Row]:
    """One row a feature: means, standardised differences and variance ratios, before and after choosing."""
    return [_row(balance.comparators, row, rules) for row in balance.rows]


def _row(chosen: Comparators, row: BalanceRow, rules: Rules) -> Row:
    hidden = not means_shown(row, rules)
    means = [WITHHELD if hidden else figures(g.mean, 3) for g in (row.adopters, row.everybody, row.chosen)]
    return {
        "comparators": short(chosen.label),
        "feature": short(row.feature),
        "unit": short(row.unit, 40),
        "adopters": means[0],
        "all_candidates": means[1],
        "chosen": means[2],
        "difference_before": two(row.difference_before),
        "difference": two(row.difference),
        "variance_ratio_before": two(row.ratio_before),
        "variance_ratio": two(row.ratio),
        "n_adopters": row.adopters.n,
        "n_candidates": row.everybody.n,
        "n_chosen": row.chosen.n,
        "n_effective": two(chosen.effective),
    }


def means_shown(row: BalanceRow, rules: Rules = SAFE) -> bool:
    """Whether no group behind a row, nor what is left between two of them, tells a small number of events."""
    groups = [g for g in (row.adopters, row.everybody, row.chosen, row.others) if g.n]
    return all(_safe(group, row, rules) for group in groups)


def _safe(group: Group, row: BalanceRow, rules: Rules) -> bool:
    if row.outcome is None or group.events is None or group.total is None:
        return True
    if row.outcome.measured:
        return not rules.small(group.total)
    if row.outcome.proportion:
        return group.total > 0 and rules.safe_share(group.events / group.total, group.total)
    return not rules.small(group.events)


def figures(value: float, digits: int = 3) -> float | None:
    """A figure to three digits, so that sets that differ by one authority do not tell its level; None if not known."""
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None


def two(value: float) -> float | None:
    """A figure to two decimals; None if not known."""
    return round(value, 2) if math.isfinite(value) else None


def balance_in_print(balance: Balance, rules: Rules = SAFE) -> list[dict[str, str]]:
    """The same rows as they are read: differences with their sign, a dash for what is not known."""
    return [{key: _printed(key, value) for key, value in row.items()} for row in balance_rows(balance, rules)]


def _printed(key: str, value: object) -> str:
    if value is None:
        return "–"
    if not isinstance(value, float):
        return str(value)
    if key in ("adopters", "all_candidates", "chosen"):
        return number(value, 3)
    return f"{value:{'+' if key.startswith('difference') else ''}.2f}".replace("-", MINUS)


def chosen_rows(evaluation: Evaluation) -> list[Row]:
    """One row for each set, adopter and comparator, best first."""
    return [
        {
            "comparators": short(chosen.label),
            "adopter": short(chosen.pool.name_of(adopter)),
            "rank": rank,
            "comparator": short(chosen.pool.name_of(name)),
        }
        for chosen in evaluation.study.comparators
        if not chosen.everyone
        for adopter, names in chosen.kept
        for rank, name in enumerate(names, start=1)
    ]


def kept_in_words(chosen: Comparators) -> list[tuple[str, str]]:
    """Each adopter with the names of its comparators; nothing where everybody is one."""
    if chosen.everyone:
        return []
    name = chosen.pool.name_of
    return [(short(name(a)), ", ".join(short(name(n)) for n in names) or "nobody") for a, names in chosen.kept]


def set_rows(finding: Finding, first: str, rules: Rules = SAFE) -> list[Row]:
    """The effect with the headline's comparators, then with each other set by the fast route."""
    if finding.effect is None or finding.by_comparators is None:
        return []
    head = {**estimate_row(finding.effect, rules), "group": short(first)}
    return [head, *(estimate_row(e, rules) for e in finding.by_comparators)]


def headline_set(evaluation: Evaluation) -> str:
    """What the headline's comparators are called."""
    sets = evaluation.study.comparators
    return f"{sets[0].label if sets else 'all others'} (headline)"


def said(balance: Balance) -> str:
    """One set in words: how many of how many, by which rule, and its balance."""
    return f"{balance.comparators.describe()} {balance.describe()}"


def sets_in_words(evaluation: Evaluation) -> str:
    """How many sets of comparators the study names, and which is the headline's."""
    sets = evaluation.study.comparators
    if not sets:
        return ""
    many = f" Of {counted(len(sets), 'set')}, the headline's is “{short(sets[0].label)}”." if len(sets) > 1 else ""
    return NO_WEIGHTS + many
