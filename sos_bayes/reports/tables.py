"""The tables of a report as plain rows, small numbers already kept back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sos_bayes._core.words import short
from sos_bayes.disclosure import SAFE, Rules, release
from sos_bayes.estimands.printed import printed
from sos_bayes.evidence import Strength
from sos_bayes.reports import sentences
from sos_bayes.reports.both_ways import against_headline, why_both_ways

if TYPE_CHECKING:
    from sos_bayes.checks import CheckResult
    from sos_bayes.estimands import Effect
    from sos_bayes.evidence import Criterion
    from sos_bayes.study import Evaluation, Finding

Row = dict[str, object]
WITHHELD = "withheld"
DIFFERENCE = ("difference", "difference_low_90", "difference_high_90")


def verdicts(evaluation: Evaluation) -> list[Row]:
    """One row an outcome: direction, strength, effect with interval, probability, null finding."""
    return [_verdict(f) for f in evaluation.findings]


def _verdict(finding: Finding) -> Row:
    row: Row = {
        "outcome": short(finding.label),
        "aim": finding.outcome.aim.value,
        "estimand": None if finding.effect is None else finding.effect.estimand,
        "weight": None if finding.effect is None else finding.effect.weight,
        "direction": sentences.direction(finding),
        "strength": sentences.strength(finding),
        "null_finding": sentences.null_finding(finding),
        "contradicted_by": sentences.contradiction(finding),
        "borderline": sentences.borderline(finding),
        "not_by_default": short(sentences.choices(finding), 400),
    }
    numbers: Row = dict.fromkeys(("effect", "low_95", "high_95", "unit", "likelier", "p_likelier", "worthwhile"))
    if finding.effect is not None:
        e = finding.effect
        which, p = sentences.p_direction(e)
        numbers = {**_figures(e), "unit": e.unit, "likelier": which, "p_likelier": _round(p)}
        numbers["worthwhile"] = _round(e.factor * finding.outcome.worthwhile)
    return {**row, **numbers, "sentence": sentences.verdict(finding)}


def estimates(finding: Finding, rules: Rules = SAFE) -> list[Row]:
    """Every estimand of the outcome over all adopters, named; those that point the other way say why.

    Figures that give a withheld one away are withheld.
    """
    told = telling(finding, rules)
    beside = () if finding.effect is None else (finding.effect, *finding.estimates)
    why = why_both_ways(finding, rules)
    rows = [{**estimate_row(e, rules), "note": why if against_headline(e, finding) else ""} for e in beside]
    for e, row in zip(beside, rows, strict=True):
        if (e.estimand, e.weight) in told:
            row["baseline"] = WITHHELD
            if e.scale in told[e.estimand, e.weight]:
                row.update(dict.fromkeys(("effect", "low_95", "high_95"), WITHHELD))
    return rows


def telling(finding: Finding, rules: Rules = SAFE) -> dict[tuple[str, str], tuple[str, ...]]:
    """Estimand and weight of which a baseline is withheld, with the scales whose effects would tell what is withheld.

    The difference over the ratio less one is the baseline; events over the difference are the children behind both.
    """
    beside = () if finding.effect is None else (finding.effect, *finding.estimates)
    hidden = [e for e in beside if baseline_in_print(e, rules) == WITHHELD]
    return {(e.estimand, e.weight): ("ratio", "events") if rules.small(e.n_children) else ("ratio",) for e in hidden}


def authorities(finding: Finding, rules: Rules = SAFE) -> list[Row]:
    """Each adopter's own effect; authorities with too few treated children left out."""
    return [estimate_row(e, rules) for e in _released(finding, rules)]


def levels(finding: Finding, rules: Rules = SAFE) -> list[Row]:
    """Of an ordinal outcome, the effect on the share that reaches each level; no baseline tells a small level."""
    effects = () if finding.by_level is None else finding.by_level.effects
    rows = [{**estimate_row(e, rules), "group": f"at least {short(e.label)}"} for e in effects]
    for tells, row in zip(level_tells(effects, rules), rows, strict=True):
        if tells:
            row["baseline"] = WITHHELD
    return rows


def level_tells(effects: tuple[Effect, ...], rules: Rules = SAFE) -> tuple[bool, ...]:
    """Of which levels the baseline would tell a small number at a level: what lies between it and the next one."""
    ends = [1.0, *(e.baseline for e in effects), 0.0]
    moved = [1.0, *(with_rollout(e) for e in effects), 0.0]
    return tuple(
        min(abs(at[j] - at[j + 1]) for at in (ends, moved) for j in (i, i + 1)) * e.n_children < rules.threshold
        for i, e in enumerate(effects)
    )


def withheld(finding: Finding, rules: Rules = SAFE) -> int:
    """Number of authorities whose own effect is kept back."""
    return 0 if finding.by_authority is None else len(finding.by_authority) - len(_released(finding, rules))


def _released(finding: Finding, rules: Rules) -> tuple[Effect, ...]:
    effects = () if finding.by_authority is None else finding.by_authority.effects
    return tuple(e for e, ok in zip(effects, release([e.n_children for e in effects], rules), strict=True) if ok)


def estimate_row(effect: Effect, rules: Rules = SAFE) -> Row:
    """One effect as a row: what it is, its figures, and what is behind it."""
    which, p = sentences.p_direction(effect)
    return {
        "outcome": short(effect.outcome.label),
        "group": short(effect.label),
        "estimand": effect.estimand,
        "weight": effect.weight,
        "in_words": sentences.estimand(effect),
        **_figures(effect),
        "unit": effect.unit,
        "likelier": which,
        "p_likelier": _round(p),
        "baseline": baseline_in_print(effect, rules),
        "units_treated": rules.rounded(effect.n_children) or rules.count(effect.n_children),
        "adopters": effect.n_adopters,
        "comparators": effect.n_comparators,
        "method": effect.method,
    }


def baseline_in_print(effect: Effect, rules: Rules = SAFE) -> object:
    """Outcome without the rollout, unless it tells a small number of events (or of children without one).

    It stands beside the effect, and their sum is the outcome with the rollout: neither may tell one.
    """
    if effect.outcome.measured:
        return WITHHELD if rules.small(effect.n_children) else _round(effect.baseline)
    unit = 1.0 if effect.scale == "events" else effect.n_children / effect.outcome.per
    for expected in (effect.baseline, with_rollout(effect)):
        events = expected * unit
        none = effect.n_children - events if effect.outcome.proportion else float("inf")
        if rules.small(events) or none < rules.threshold:
            return WITHHELD
    if effect.scale == "events":
        return rules.rounded(effect.baseline)
    return _round(effect.outcome.factor * effect.baseline)


def with_rollout(effect: Effect) -> float:
    """The expected outcome with the rollout that a reader works out from two printed numbers."""
    return effect.baseline * effect.mean if effect.scale == "ratio" else effect.baseline + effect.mean


def event_study(finding: Finding) -> list[Row]:
    """One row a period around the start, from the check fit that joins leads and lags."""
    series = finding.event_study
    rows: list[Row] = []
    for e in () if series is None else series:
        _, low, high = printed(e, 0.5)
        rows.append(
            {
                "outcome": short(finding.label),
                "period": int(e.label),
                "estimand": e.estimand,
                "weight": e.weight,
                "adopters": e.n_adopters,
                **_figures(e),
                "low_50": _round(low),
                "high_50": _round(high),
                "unit": e.unit,
            }
        )
    return rows


def ranks(finding: Finding, rules: Rules = SAFE) -> list[Row]:
    """How each adopter stands among the others; authorities with too few treated children left out."""
    ranked = () if finding.heterogeneity is None else finding.heterogeneity.shown(rules)
    return [
        {
            "outcome": short(finding.label),
            "authority": short(r.effect.label),
            "estimand": r.effect.estimand,
            "weight": r.effect.weight,
            **_figures(r.effect),
            "unit": r.effect.unit,
            "p_towards": _round(r.p_towards),
            "p_best": _round(r.p_best),
            "p_worst": _round(r.p_worst),
            "rank_low_90": r.rank_low,
            "rank_high_90": r.rank_high,
        }
        for r in ranked
    ]


def subgroups(finding: Finding, rules: Rules = SAFE) -> list[Row]:
    """Each subgroup's effect, and its difference from the others; those with too few treated children left out."""
    return [
        {
            "outcome": short(finding.label),
            "by": short(by_column.by),
            "subgroup": short(g.effect.label),
            "estimand": g.effect.estimand,
            "weight": g.effect.weight,
            **_figures(g.effect),
            **{name: _round(x) for name, x in zip(DIFFERENCE, printed(g.difference, 0.90), strict=True)},
            "unit": g.effect.unit,
            "p_above": _round(g.p_above),
            "p_above_link": _round(g.p_above_link),
            "p_largest": _round(g.p_largest),
            "p_smallest": _round(g.p_smallest),
        }
        for by_column in finding.subgroups
        for g in by_column.shown(rules)
    ]


def pooled(evaluation: Evaluation) -> list[Row]:
    """Two rows an outcome of the family: separate, and pooled as a sensitivity."""
    rows = [] if evaluation.pooled is None else evaluation.pooled.rows()
    return [{k: _round(v) if isinstance(v, float) else v for k, v in row.items()} for row in rows]


def checks(finding: Finding, rules: Rules = SAFE) -> list[Row]:
    """One row for each number of each check."""
    rows: list[Row] = []
    for c in finding.checks:
        for name, value in c.numbers or (("", None),):
            row: Row = {"outcome": short(finding.label), "check": c.name, "title": c.title, "state": c.state.value}
            row["bearing"] = c.bearing or ""
            rows.append({**row, "number": name, "value": _number(name, value, rules), "sentence": c.sentence})
    return rows


def check_numbers(result: CheckResult, rules: Rules = SAFE) -> list[tuple[str, object]]:
    """Numbers of one check with their names in words."""
    return [(name.replace("_", " "), _number(name, value, rules)) for name, value in result.numbers]


def criteria(finding: Finding) -> list[Row]:
    """One row for each line of the rule."""
    rows: Iterable[Criterion] = () if finding.grade is None else finding.grade.criteria
    return [
        {
            "outcome": short(finding.label),
            "criterion": c.name,
            "title": c.title,
            "value": None if c.value is None else _round(c.value),
            **_thresholds(c),
            "reached": c.reached.value,
            "state": c.state.value,
            "sentence": c.sentence,
        }
        for c in rows
    ]


def _thresholds(criterion: Criterion) -> Row:
    given = dict(criterion.thresholds)
    return {f"threshold_{s.value}": given.get(s) for s in Strength if s is not Strength.NONE}


def _figures(effect: Effect) -> Row:
    return {name: _round(x) for name, x in zip(("effect", "low_95", "high_95"), printed(effect), strict=True)}


def _number(name: str, value: float | None, rules: Rules) -> object:
    if value is None:
        return None
    if "children" in name or name.startswith("events"):
        return rules.rounded(value) or rules.count(value)
    return _round(value)


def _round(value: float) -> float:
    return float(f"{value:.5g}")
