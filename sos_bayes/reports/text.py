"""The evaluation as plain text, for a terminal or an e-mail."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sos_bayes._core.handed import handed
from sos_bayes._core.words import probability, short, signed
from sos_bayes.data.outcomes import noun
from sos_bayes.disclosure import SAFE, Rules
from sos_bayes.estimands.printed import printed, size, span
from sos_bayes.reports import sentences
from sos_bayes.reports.both_ways import why_both_ways
from sos_bayes.reports.comparison import balance_in_print, headline_set, said, set_rows, sets_in_words
from sos_bayes.reports.tables import WITHHELD, telling

if TYPE_CHECKING:
    from sos_bayes.estimands import Effect
    from sos_bayes.study import Evaluation, Finding

WIDE = 100
COLUMNS = ("outcome", "strength", "direction", "change (95 % interval)", "probability", "no change", "contradicted by")
BALANCE = ("before the rollout", "comparators", "adopters", "all", "chosen", "sd, all", "sd", "var, all", "var")
BALANCE_LEGEND = (
    "(means of adopters, of all candidates and of those chosen; sd: difference in sds of all candidates; var: variance "
    "of adopters over theirs)"
)
SETS = ("outcome", "comparators", "n", "change (95 % interval)", "probability")
LEGEND = (
    "(SATT, children weighted equally; pp: percentage points; no change: strength of evidence that any\n"
    "change is smaller than worthwhile)"
)


@handed("findings", "study", give="what sb.evaluate returned; of one fit make a Study first")
def to_text(evaluation: Evaluation, *, rules: Rules = SAFE) -> str:
    """Say an evaluation in plain text: verdict table, then a paragraph an outcome.

    Parameters
    ----------
    evaluation : Evaluation
    rules : Rules
        Small-number control.

    Returns
    -------
    str

    Examples
    --------
    >>> print(to_text(evaluation))  # doctest: +SKIP
    """
    title = short(evaluation.study.title)
    parts = [title, "=" * len(title)]
    if evaluation.synthetic:
        parts.append("SYNTHETIC DATA: nothing here describes real children.")
    parts += ["", verdict_table(evaluation), ""]
    harm = sentences.harm(evaluation)
    parts += [_wrapped(harm), ""] if harm else []
    parts += comparators(evaluation, rules)
    for finding in evaluation.findings:
        parts += [*_finding(finding, rules), ""]
    if evaluation.pooled is not None:
        parts += [pooled_table(evaluation), *(_wrapped(s) for s in sentences.pooled(evaluation)), ""]
    parts += [_wrapped(s) for s in (sentences.several(evaluation), sentences.method(evaluation)) if s]
    return "\n".join(parts) + "\n"


def verdict_table(evaluation: Evaluation) -> str:
    """Lay the verdicts out in columns, with a line that says what the short words mean."""
    return "\n".join([*_columns(COLUMNS, [_cells(f) for f in evaluation.findings]), LEGEND])


def comparators(evaluation: Evaluation, rules: Rules = SAFE) -> list[str]:
    """Say who the comparators are, how like the adopters, and what the effect is against each set of them."""
    if not evaluation.study.comparators:
        return []
    lines = ["Who are the comparators?", "-" * 24, _wrapped(sets_in_words(evaluation))]
    for balance in evaluation.balance:
        lines.append(_wrapped(f"- {short(balance.comparators.label)}: {said(balance)}", hanging=True))
        lines += [_wrapped(f"  Note: {short(n, 400)}", hanging=True) for n in balance.comparators.notes]
    if evaluation.balance:
        cells = [_balance_cells(r) for b in evaluation.balance for r in balance_in_print(b, rules)]
        lines += ["", *_columns(BALANCE, cells), BALANCE_LEGEND]
    first = headline_set(evaluation)
    sets = [
        (r["outcome"], r["group"], r["comparators"], _span(e), sentences.p_words(e))
        for f in evaluation.findings
        for r, e in zip(set_rows(f, first, rules), (f.effect, *(f.by_comparators or ())), strict=False)
        if e is not None
    ]
    return [*lines, "", *_columns(SETS, sets), ""] if sets else [*lines, ""]


def _balance_cells(row: dict[str, str]) -> tuple[object, ...]:
    means = (row["adopters"], row["all_candidates"], row["chosen"])
    apart = (row["difference_before"], row["difference"], row["variance_ratio_before"], row["variance_ratio"])
    return (short(row["feature"], 46), row["comparators"], *means, *apart)


def _columns(heads: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> list[str]:
    cells = [heads, *(tuple(short(str(c)) for c in row) for row in rows)]
    widths = [max(len(r[i]) for r in cells) for i in range(len(heads))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in cells]
    return [lines[0], "  ".join("-" * w for w in widths), *lines[1:]]


def pooled_table(evaluation: Evaluation) -> str:
    """Lay out each outcome of the family, by itself and pooled with the others."""
    head = ("several outcomes (sensitivity)", "separate (95 % interval)", "", "pooled (95 % interval)", "")
    outcomes = () if evaluation.pooled is None else evaluation.pooled.outcomes
    rows = []
    for o in outcomes:
        e = o.separate
        together = tuple(e.factor * x for x in o.natural_pooled)
        apart = (probability(o.p_separate), probability(o.p_pooled))
        rows.append((short(e.outcome.label, 46), _span(e), apart[0], _three(together, _unit(e)), apart[1]))
    legend = "(SATT, children weighted equally; P: probability of an effect towards the aim)"
    return "\n".join([*_columns(head, rows), legend])


def _cells(finding: Finding) -> tuple[str, ...]:
    label = short(finding.label, 46)
    if finding.effect is None:
        return (label, "stopped", *("" for _ in COLUMNS[2:]))
    e = finding.effect
    strength = f"{sentences.strength(finding)}{' (borderline)' if sentences.borderline(finding) else ''}"
    cells = (strength, sentences.direction(finding))
    strongest = short(sentences.contradiction(finding), 60)
    return (label, *cells, _span(e), sentences.p_words(e), sentences.null_finding(finding), strongest)


def _span(effect: Effect) -> str:
    return _three(printed(effect), _unit(effect))


def _three(values: tuple[float, ...], unit: str) -> str:
    mean, low, high = (signed(x) for x in values)
    return f"{mean} ({low} to {high}) {unit}"


def _unit(effect: Effect) -> str:
    return "pp" if effect.unit == "percentage points" else effect.unit


def _finding(finding: Finding, rules: Rules) -> list[str]:
    lines = [short(finding.label), "-" * len(short(finding.label)), _wrapped(sentences.verdict(finding))]
    lines += [_wrapped(f"- {short(r, 400)}", hanging=True) for r in sentences.reasons(finding)]
    if finding.effect is not None:
        lines.append(_wrapped(f"Aim: {sentences.aim(finding.outcome)}. Measured on {_behind(finding.effect, rules)}."))
    lines += [_wrapped(f"{head} {said}") for head, said in sentences.questions(finding)]
    told = telling(finding, rules)
    for e in finding.estimates:
        hidden = e.scale in told.get((e.estimand, e.weight), ())
        said = WITHHELD if hidden else f"{size(e)} (95 % {span(e)})"
        lines.append(_wrapped(f"- {sentences.estimand(e)}: {said}", hanging=True))
    if why := why_both_ways(finding, rules):
        lines.append(_wrapped(why))
    for e in () if finding.by_level is None else finding.by_level:
        reached = f"share that reaches at least {short(e.label, 40)}"
        lines.append(_wrapped(f"- {reached}: {size(e)} (95 % {span(e)})", hanging=True))
    return lines + [_wrapped(f"Note: {short(n, 400)}") for n in finding.notes]


def _behind(effect: Effect, rules: Rules) -> str:
    unit = noun(effect.outcome)
    count = rules.count(effect.n_children)
    who = f"{count} {unit} in {effect.n_adopters} adopting authorities, against {effect.n_comparators} others"
    return f"{who}, {sentences.before(effect)}"


def _wrapped(text: str, *, hanging: bool = False) -> str:
    return textwrap.fill(text, WIDE, subsequent_indent="  " if hanging else "", break_on_hyphens=False)
