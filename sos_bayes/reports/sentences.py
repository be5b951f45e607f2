"""The sentences of a report: cells of the verdict table, how to read it, how it was made."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from sos_bayes._core.words import amount, counted, directions, listed, probability, short
from sos_bayes.data import Cohort
from sos_bayes.estimands.effect import ESTIMANDS, OVER
from sos_bayes.estimands.printed import size, span
from sos_bayes.study.pooled_outcomes import chance_sentence
from sos_bayes.study.pooling import harmful

if TYPE_CHECKING:
    from sos_bayes.data import Outcome
    from sos_bayes.estimands import Effect
    from sos_bayes.study import Evaluation, Finding

LONGEST = 1200

HOW_TO_READ: tuple[tuple[str, str], ...] = (
    (
        "Strength",
        "none, low, moderate or high: how far the evidence supports a change in the stated direction, by a written "
        "rule with a version. Low is weak: about one roll-out in ten that did nothing gets at least this. None is "
        "not evidence of no effect; that is the null finding's column.",
    ),
    (
        "Direction",
        "whether the change points towards the outcome's aim or contrary to it. Strength and direction are separate: "
        "strong evidence of harm is possible.",
    ),
    (
        "Null finding",
        "strength of evidence that any change is smaller than what the study called worthwhile before it began.",
    ),
    (
        "Not graded",
        "the computation did not pass its health gate, or different children are compared before and after (a share "
        "of those to whom something else happened first); no strength may be read, and this is not a low grade.",
    ),
    (
        "Contradicted by",
        "checks under which the effect would more likely point the other way, or would be no more than a departure "
        "that began before the rollout; the strongest is named. Every check says whether it supports, weakens (the "
        "direction keeps less than nine tenths) or contradicts.",
    ),
    (
        "Borderline",
        "a figure that decides the grade lies so near a threshold that another random seed might give another grade.",
    ),
    (
        "95 % interval",
        "given the model and its assumptions, the effect lies in it with a probability of 95 %. P is the probability "
        "of the direction named beside it.",
    ),
    (
        "Estimands",
        "SATT is the average effect in the authorities that adopted, after they started. PATT is the average effect "
        "in the population that these adopters stand for. Both are averages of expected outcomes, not of the numbers "
        "that will be counted. The next authority is a prediction of the effect in one that has not adopted yet: it is "
        "wider because authorities differ. With children weighted equally a large authority counts for more; with "
        "authorities weighted equally each counts the same.",
    ),
    (
        "Event study",
        "leads (before the start) and lags (after it) come from one check fit of their own, which joins them; the "
        "headline comes from a fit without leads. Leads are centred on zero: they show whether the gap moved before "
        "the start. Leads near zero do not prove that it would have stayed so.",
    ),
    (
        "Causal reading",
        "the comparison rests on one assumption that data cannot prove: without the rollout, adopters' outcomes would "
        "have moved as the comparators' did, but for changes of the size seen elsewhere. The checks try to break it.",
    ),
)


def direction(finding: Finding) -> str:
    """Direction for the verdict table."""
    return "" if finding.grade is None else finding.grade.direction.value


def strength(finding: Finding) -> str:
    """Strength for the verdict table; "not graded" where there is none to read."""
    if finding.grade is None or not finding.grade.graded:
        return "not graded"
    return finding.grade.strength.value


def null_finding(finding: Finding) -> str:
    """Null finding for the verdict table."""
    if finding.grade is None or not finding.grade.graded:
        return "not graded"
    return finding.grade.null_finding.value


def contradiction(finding: Finding) -> str:
    """The strongest contradiction for the verdict table; what weakens the effect where nothing contradicts it."""
    grade = finding.grade
    if grade is None or not grade.graded:
        return ""
    if grade.contradicted_by:
        return _first_of(grade.contradicted_by)
    if grade.weakened_by:
        return f"none; weakened by {_first_of(grade.weakened_by)}"
    return "none" if any(c.bearing is not None for c in finding.checks) else "not checked"


def _first_of(titles: tuple[str, ...]) -> str:
    more = f" and {len(titles) - 1} more" if len(titles) > 1 else ""
    return f"{titles[0]}{more}"


def choices(finding: Finding) -> str:
    """What is not the default, in one line; empty where everything is."""
    return "" if finding.grade is None else "; ".join(finding.grade.choices)


def borderline(finding: Finding) -> bool:
    """Whether another seed might give another verdict."""
    return finding.grade is not None and finding.grade.borderline


def before(effect: Effect) -> str:
    """Periods and years with data before the start, as the rule counts them."""
    years = "" if effect.years_before in (None, float(effect.n_pre)) else f" ({effect.years_before:g} years)"
    return f"{counted(effect.n_pre, 'period')}{years} with data before the start, in the adopter with the fewest"


SCALES = {
    "difference": "",
    "ratio": ", as a ratio of the outcome with the rollout to that without",
    "events": ", as a number of events over the treated periods",
}


def estimand(effect: Effect) -> str:
    """Whose effect, averaged over whom, on which scale."""
    return f"{ESTIMANDS[effect.estimand]}, {OVER[effect.weight]}{SCALES[effect.scale]}"


def p_direction(effect: Effect) -> tuple[str, float]:
    """Return the likelier direction ("fewer" or "more", of a mean "lower" or "higher") and its probability."""
    zero = 1.0 if effect.scale == "ratio" else 0.0
    fewer = effect.probability(below=zero)
    more = effect.probability(above=zero)
    down, up = directions("" if effect.outcome.measured else "events")
    return (down, fewer) if fewer >= more else (up, more)


def p_words(effect: Effect) -> str:
    """Say that probability: ``P(fewer) = 0.97``."""
    which, p = p_direction(effect)
    return probability(p).replace("P", f"P({which})", 1)


def aim(outcome: Outcome) -> str:
    """What the rollout aims at, and what counts as worthwhile."""
    worthwhile = amount(outcome.factor * outcome.worthwhile, outcome.change_unit)
    if outcome.measured:
        return f"{directions(outcome.unit)[outcome.aim.sign > 0]}; worthwhile from {worthwhile}"
    reaching = f' reaching "{short(outcome.names[outcome.reached], 40)}"' if outcome.levels else ""
    return f"{outcome.aim.value}{reaching}; worthwhile from {worthwhile}"


def verdict(finding: Finding) -> str:
    """Return the verdict's sentence without the label that heads it, or why there is none."""
    if finding.error is not None:
        return short(f"Not answered. {finding.error}", LONGEST)
    if finding.grade is not None:
        return _without(finding.grade.sentence, f"{finding.label}: ")
    if finding.effect is None:
        return "Not answered."
    return (
        f"{estimand(finding.effect)}: {size(finding.effect)} (95 % interval {span(finding.effect)}); not graded, as no "
        "checks were run."
    )


def several(evaluation: Evaluation) -> str:
    """Say how often chance alone would grade one of several outcomes."""
    n = sum(f.grade is not None and f.grade.graded for f in evaluation.findings)
    if n < 2:
        return ""
    return f"{chance_sentence(n)} Each verdict comes from a fit of its own."


def harm(evaluation: Evaluation) -> str:
    """Name outcomes whose own fit gives an effect contrary to the aim with a probability of at least .95."""
    harms = harmful(f.effect for f in evaluation.findings if f.effect is not None)
    if not harms:
        return ""
    said = listed([f"{short(label)} ({probability(p)})" for label, p in harms])
    return f"Possible unintended harm: an effect contrary to the aim on {said}."


def pooled(evaluation: Evaluation) -> tuple[str, ...]:
    """What pooling the outcomes says, and which were left out."""
    if evaluation.pooled is None:
        return ()
    out = [f"{short(label)} ({why})" for label, why in evaluation.pooled.left_out]
    return (evaluation.pooled.family_sentence, *([f"Not pooled: {listed(out)}."] if out else []))


def questions(finding: Finding) -> tuple[tuple[str, str], ...]:
    """Answers to the questions beyond the average, each with its heading; the outcome's label left off."""
    asked: list[tuple[str, str]] = []
    if finding.heterogeneity is not None:
        asked.append(("Do mixed results wash out?", finding.heterogeneity.sentence))
    if finding.growth is not None:
        asked.append(("Does the effect grow?", finding.growth.sentence))
    asked += [("Which subgroup is different?", s.sentence) for s in finding.subgroups]
    return tuple((head, _without(said, f"{finding.label}: ")) for head, said in asked)


def _without(said: str, label: str) -> str:
    said = said.removeprefix(label)
    return short(said[:1].upper() + said[1:], LONGEST)


def method(evaluation: Evaluation) -> str:
    """Write the paragraph on how the numbers were made."""
    study = evaluation.study
    rows = "children's records, collapsed to exact counts" if isinstance(study.data, Cohort) else "authority counts"
    route = _route(evaluation)
    rules = sorted({f.grade.rule for f in evaluation.findings if f.grade is not None})
    graded = f" Strength follows the rule {', '.join(rules)}." if rules else ""
    return (
        f"Hierarchical difference-in-differences on {rows}: authorities differ in level, every authority and period "
        "has a shock of its own that carries over to the next, and effects differ between adopters and change with "
        f"time since the start. {counted(len(study.rollout.adopters), 'authority', 'authorities')} adopted. {route}; "
        f"seed {study.seed}.{graded} Made with sos_bayes {package_version()} in "
        f"{counted(max(1, round(evaluation.seconds)), 'second')}."
    )


def _route(evaluation: Evaluation) -> str:
    """Say how the outcomes were fitted in the end, which is not always what was asked."""
    used = {f.effect.method for f in evaluation.findings if f.effect is not None} or {evaluation.study.method}
    fast = "the fast approximation, whose grades are provisional until confirmed by NUTS"
    if used == {"fast"}:
        return f"Each outcome was fitted by {fast}"
    if used == {"nuts"}:
        return "Each outcome was sampled with NUTS (nutpie)"
    return f"Some outcomes were sampled with NUTS (nutpie), the others fitted by {fast}"


def package_version() -> str:
    """Version of this package, as installed."""
    try:
        return version("sos_bayes")
    except PackageNotFoundError:
        return "of unknown version"


def reasons(finding: Finding) -> tuple[str, ...]:
    """Reasons behind a grade, or behind its absence."""
    if finding.grade is not None and finding.grade.reasons:
        return finding.grade.reasons
    return () if finding.health is None else finding.health.reasons
