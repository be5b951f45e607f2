"""The evaluation as one page of HTML that needs nothing from outside."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from sos_bayes import plots
from sos_bayes._core.handed import handed
from sos_bayes._core.words import MINUS, number, probability, short, signed, slug
from sos_bayes.data.outcomes import noun
from sos_bayes.disclosure import SAFE, Rules
from sos_bayes.estimands.printed import printed, size
from sos_bayes.plots.authorities import shown
from sos_bayes.reports import first_page, sentences, tables
from sos_bayes.reports.both_ways import why_both_ways
from sos_bayes.reports.comparison import balance_in_print, headline_set, kept_in_words, said, set_rows
from sos_bayes.reports.comparison import sets_in_words as sentences_on_sets
from sos_bayes.reports.write import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sos_bayes.comparators import Balance
    from sos_bayes.estimands import Effect
    from sos_bayes.study import Evaluation, Finding

Part = dict[str, object]


@handed("findings", "study", give="what sb.evaluate returned; of one fit make a Study first")
def to_html(evaluation: Evaluation, path: str | Path, *, rules: Rules = SAFE) -> Path:
    """Write the report: one page, no scripts, nothing loaded from elsewhere, small numbers kept back.

    Parameters
    ----------
    evaluation : Evaluation
    path : str or Path
        File to write; replaced whole or left as it was.
    rules : Rules
        Small-number control.

    Returns
    -------
    Path

    Raises
    ------
    StudyError
        If the file cannot be written.

    Examples
    --------
    >>> to_html(evaluation, "report.html")  # doctest: +SKIP
    """
    return write_whole(Path(path), render(evaluation, rules))


def render(evaluation: Evaluation, rules: Rules = SAFE) -> str:
    """Make the page as text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    room = Environment(
        loader=PackageLoader("sos_bayes.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    room.filters |= {"short": short, "figure": _figure, "chance": probability}
    return room.get_template("report.html.j2").render(
        title=short(evaluation.study.title),
        synthetic=evaluation.synthetic,
        notes=[short(n, 600) for n in evaluation.study.notes],
        comparators=sentences_on_sets(evaluation),
        sets=[_set(b, rules) for b in evaluation.balance],
        findings=[_finding(f, i, rules, headline_set(evaluation)) for i, f in enumerate(evaluation.findings, start=1)],
        several=sentences.several(evaluation),
        harm=sentences.harm(evaluation),
        who=first_page.who(evaluation),
        meaning=first_page.meaning(evaluation),
        cannot=first_page.cannot_say(evaluation),
        pooled=sentences.pooled(evaluation),
        pooled_rows=_beside(evaluation),
        how_to_read=sentences.HOW_TO_READ,
        method=sentences.method(evaluation),
        rules=rules.describe(),
        version=sentences.package_version(),
    )


def _set(balance: Balance, rules: Rules) -> Part:
    return {
        "title": short(balance.comparators.label),
        "sentence": said(balance),
        "notes": [short(n, 600) for n in balance.comparators.notes],
        "figure": _image(plots.balance(balance), plots.balance_alt(balance), "Differences before the rollout"),
        "rows": balance_in_print(balance, rules),
        "kept": kept_in_words(balance.comparators),
    }


def _finding(finding: Finding, i: int, rules: Rules, first: str) -> Part:
    return {
        "anchor": f"outcome-{i}-{slug(finding.label)}",
        "label": short(finding.label),
        "error": None if finding.error is None else short(finding.error, 1200),
        "aim": sentences.aim(finding.outcome),
        "plain": first_page.plain_sentence(finding),
        "strip": first_page.strip(finding),
        "path": None if finding.path is None else _image(plots.path(finding), plots.path_alt(finding), ""),
        "selected": finding.outcome.selected,
        "strength": sentences.strength(finding),
        "direction": sentences.direction(finding),
        "null_finding": sentences.null_finding(finding),
        "contradiction": sentences.contradiction(finding),
        "borderline": sentences.borderline(finding),
        "choices": short(sentences.choices(finding), 400),
        "sentence": sentences.verdict(finding),
        "reasons": sentences.reasons(finding),
        "headline": None if finding.effect is None else _effect(finding.effect),
        "behind": None if finding.effect is None else _behind(finding.effect, rules),
        "figures": _figures(finding, rules),
        "both_ways": why_both_ways(finding, rules),
        "estimates": _printed(tables.estimates(finding, rules)),
        "levels": _printed(tables.levels(finding, rules)),
        "authorities": _printed(tables.authorities(finding, rules)),
        "questions": sentences.questions(finding),
        "ranks": tables.ranks(finding, rules),
        "subgroups": tables.subgroups(finding, rules),
        "by_comparators": _printed(set_rows(finding, first, rules)),
        "withheld": tables.withheld(finding, rules),
        "checks": [{"result": c, "numbers": tables.check_numbers(c, rules)} for c in finding.checks],
        "criteria": tables.criteria(finding),
        "health": None if finding.health is None else [(k.replace("_", " "), v) for k, v in finding.health.numbers],
        "healthy": finding.health is not None and finding.health.ok,
        "seconds": finding.seconds,
        "notes": [short(n, 600) for n in finding.notes],
    }


def _printed(rows: list[tables.Row]) -> list[Part]:
    """Rows with their probability in words: a table must not claim certainty."""
    return [{**r, "p": probability(float(str(r["p_likelier"]))).replace("P", f"P({r['likelier']})", 1)} for r in rows]


def _beside(evaluation: Evaluation) -> list[Part]:
    """Each outcome of the family, by itself and pooled with the others."""
    outcomes = () if evaluation.pooled is None else evaluation.pooled.outcomes
    rows: list[Part] = []
    for o in outcomes:
        f = o.separate.factor
        separate, together = (
            f"{signed(mean)} ({signed(low)} to {signed(high)})"
            for mean, low, high in (printed(o.separate), tuple(f * x for x in o.natural_pooled))
        )
        row: Part = {"label": short(o.separate.outcome.label), "unit": o.separate.unit, "separate": separate}
        row |= {"p_separate": probability(o.p_separate), "pooled": together, "p_pooled": probability(o.p_pooled)}
        rows.append(row)
    return rows


def _effect(effect: Effect) -> Part:
    _, low, high = printed(effect)
    return {
        "size": size(effect),
        "interval": f"{signed(low)} to {signed(high)}",
        "unit": effect.unit,
        "p": sentences.p_words(effect),
    }


def _behind(effect: Effect, rules: Rules) -> str:
    return (
        f"{rules.count(effect.n_children)} {short(noun(effect.outcome), 40)} in {effect.n_adopters} adopting "
        f"authorities after they started, against {effect.n_comparators} other authorities; "
        f"{sentences.before(effect)}"
    )


def _figures(finding: Finding, rules: Rules) -> list[Part]:
    figures: list[Part] = []
    if finding.event_study is not None and len(finding.event_study):
        figures.append(_image(plots.event_study(finding), plots.event_study_alt(finding), "Leads and lags"))
    if finding.heterogeneity is not None and len(finding.heterogeneity.shown(rules)) > 1:
        between = finding.heterogeneity
        figure, alt = plots.heterogeneity(between, rules=rules), plots.heterogeneity_alt(between, rules=rules)
        figures.append(_image(figure, alt, "Each adopting authority, shrunken towards their mean, and the next one"))
    elif len(shown(finding, rules)) > 1:
        figure, alt = plots.authorities(finding, rules=rules), plots.authorities_alt(finding, rules=rules)
        figures.append(_image(figure, alt, "Each adopting authority, shrunken towards their mean"))
    for one in finding.subgroups:
        if one.shown(rules):
            figure, alt = plots.subgroups(one, rules=rules), plots.subgroups_alt(one, rules=rules)
            figures.append(_image(figure, alt, f"By {short(one.by, 40)}, partially pooled"))
    return figures


def _image(figure: Figure, alt: str, caption: str) -> Part:
    coded = base64.b64encode(plots.to_svg(figure).encode()).decode("ascii")
    return {"source": f"data:image/svg+xml;base64,{coded}", "alt": alt, "caption": caption}


def _figure(value: object) -> str:
    if value is None:
        return "–"
    if not isinstance(value, int | float):
        return str(value)
    return f"{value:,.0f}".replace("-", MINUS) if abs(value) >= 2 and value == round(value) else number(value, 4)
