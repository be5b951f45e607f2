"""An evaluation as it may leave: what its reports print, with the draws of effects over all adopters."""

from __future__ import annotations

import math
from dataclasses import replace

from sos_bayes._core.words import counted
from sos_bayes.comparators import Balance, BalanceRow, Comparators
from sos_bayes.comparators.balance import Group
from sos_bayes.estimands import Effect, Heterogeneity, Subgroups
from sos_bayes.reports.comparison import figures, means_shown, two
from sos_bayes.reports.tables import telling, withheld
from sos_bayes.saving.released import (
    apart,
    pseudonym,
    released_checks,
    released_effect,
    released_effects,
    released_grade,
    told,
)
from sos_bayes.study import Evaluation, Finding, Pooled

SAID = (
    "Read from a file without cells: effects in events are not in it, nor ratios that tell a withheld baseline; "
    "numbers of children are rounded; and of effects of authorities, lags and levels it holds the distribution only."
)


def released_evaluation(evaluation: Evaluation) -> Evaluation:
    """What of an evaluation may leave; its reports say the same but for what only cells tell."""
    sets = tuple(_without_features(chosen) for chosen in evaluation.study.comparators)
    return replace(
        evaluation,
        study=replace(evaluation.study, comparators=sets, notes=told(evaluation.study.notes)),
        findings=tuple(released_finding(one) for one in evaluation.findings),
        pooled=None if evaluation.pooled is None else _pooled(evaluation.pooled),
        balance=tuple(_balance(one) for one in evaluation.balance),
    )


def released_finding(finding: Finding) -> Finding:
    """What of one finding may leave."""
    name = None if finding.effect is None else pseudonym(finding.effect.draws)
    hidden = telling(finding)
    health = finding.health

    def whole(effect: Effect) -> Effect:
        found = released_effect(effect, name)
        return replace(found, baseline=math.nan) if (effect.estimand, effect.weight) in hidden else found

    beside = (e for e in finding.estimates if e.scale not in ("events", *hidden.get((e.estimand, e.weight), ())))
    by_authority, by_level = (
        None if found is None else released_effects(found, name) for found in (finding.by_authority, finding.by_level)
    )
    between, over_time = finding.heterogeneity, finding.growth
    return replace(
        finding,
        effect=None if finding.effect is None else whole(finding.effect),
        checks=() if name is None else released_checks(finding.checks, name),
        grade=None if finding.grade is None else released_grade(finding.grade),
        estimates=tuple(whole(e) for e in beside),
        by_authority=by_authority,
        by_level=by_level,
        health=None if health is None else replace(health, reasons=told(health.reasons)),
        notes=_notes(finding),
        heterogeneity=None if between is None else _heterogeneity(between, name),
        growth=None if over_time is None else replace(
            over_time, by_event_time=released_effects(over_time.by_event_time, name)
        ),
        subgroups=tuple(_subgroups(one, name) for one in finding.subgroups),
        link=None,
        fault=None,
    )  # fmt: skip


def _notes(finding: Finding) -> tuple[str, ...]:
    lost = withheld(finding)
    own = counted(lost, "authority", "authorities")
    few = (f"Own effects of {own} are not in this file: too few children.",) if lost else ()
    said = () if finding.effect is None else (*few, SAID)
    return tuple(dict.fromkeys((*told(finding.notes), *said)))


def _heterogeneity(found: Heterogeneity, name: str | None) -> Heterogeneity:
    shown = (
        replace(one, effect=replace(released_effect(one.effect, name), draws=apart(one.effect, i).draws))
        for i, one in enumerate(found.shown())
    )
    return replace(
        found,
        authorities=tuple(shown),
        average=released_effect(found.average, name),
        next_authority=released_effect(found.next_authority, name),
    )


def _subgroups(found: Subgroups, name: str | None) -> Subgroups:
    shown = (
        replace(
            one,
            effect=replace(released_effect(one.effect, name), draws=apart(one.effect, 2 * i).draws),
            difference=replace(released_effect(one.difference, name), draws=apart(one.difference, 2 * i + 1).draws),
        )
        for i, one in enumerate(found.shown())
    )
    return replace(found, groups=tuple(shown))


def _pooled(found: Pooled) -> Pooled:
    outcomes = (replace(o, separate=released_effect(o.separate, pseudonym(o.separate.draws))) for o in found.outcomes)
    return replace(found, outcomes=tuple(outcomes))


def _without_features(chosen: Comparators) -> Comparators:
    """A set without the values that authorities were chosen on: a level of one authority is events over a total."""
    return replace(chosen, features=None, notes=told(chosen.notes))


def _balance(found: Balance) -> Balance:
    return replace(found, comparators=_without_features(found.comparators), rows=tuple(_row(row) for row in found.rows))


def _row(row: BalanceRow) -> BalanceRow:
    """A row by the figures that are printed of it: differences and ratios to two decimals, means to three digits.

    Of a row whose means are withheld there are differences from all candidates only, in their sds. The groups' own
    exact means are ratios of counts.
    """
    shown = means_shown(row)
    counts = (None, None) if shown else (0.0, 0.0)
    sd = _known(figures(math.sqrt(row.everybody.variance)) if row.everybody.variance >= 0 else None)
    middle = _known(figures(row.everybody.mean))
    if not shown:
        middle, sd = 0.0, 1.0 if sd > 0 else sd
    adopters = middle + _known(two(row.difference_before)) * sd
    chosen = adopters - _known(two(row.difference)) * sd
    theirs = _known(two(row.ratio_before)) * sd**2
    ratio = _known(two(row.ratio))
    return replace(
        row,
        everybody=Group(row.everybody.n, middle, sd**2, *counts),
        adopters=Group(row.adopters.n, adopters, theirs, *counts),
        chosen=Group(row.chosen.n, chosen, theirs / ratio if ratio > 0 else math.nan, *counts),
        others=Group(row.others.n, math.nan, math.nan, *counts),
    )


def _known(value: float | None) -> float:
    return math.nan if value is None else value
