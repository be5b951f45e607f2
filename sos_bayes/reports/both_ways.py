"""Estimates of one fit that point both ways, and why they can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sos_bayes._core.words import counted, listed
from sos_bayes.disclosure import SAFE, Rules, release
from sos_bayes.estimands.effect import OVER
from sos_bayes.reports import sentences

if TYPE_CHECKING:
    from sos_bayes.estimands import Effect
    from sos_bayes.study import Finding

NAMES = {
    "satt": "average (SATT",
    "patt": "average in the population (PATT",
    "next_authority": "prediction (next authority",
}


def why_both_ways(finding: Finding, rules: Rules = SAFE) -> str:
    """Say which estimates of a finding point the other way than its headline, and why; empty where none does."""
    if finding.effect is None:
        return ""
    other = [e for e in finding.estimates if against_headline(e, finding)]
    if not other:
        return ""
    here, there = sentences.p_direction(finding.effect)[0], sentences.p_direction(other[0])[0]
    reasons = list(dict.fromkeys(_reason(e, finding.effect) for e in other))
    named = listed([_named(e) for e in other])
    return (
        f"Estimates of this one fit point both ways: the {_named(finding.effect)} towards {here}, the {named} towards "
        f"{there}. {' '.join(reasons)}{_spread(finding, rules)} Neither is a mistake; none of them alone is the answer."
    )


def against_headline(effect: Effect, finding: Finding) -> bool:
    """Whether the likelier direction of an estimate is not that of the finding's headline."""
    if finding.effect is None or effect is finding.effect:
        return False
    return sentences.p_direction(effect)[0] != sentences.p_direction(finding.effect)[0]


def _named(effect: Effect) -> str:
    if effect.scale == "events":
        return "number of events"
    ratio = ", ratio" if effect.scale == "ratio" else ""
    return f"{NAMES.get(effect.estimand, effect.estimand)}, {OVER[effect.weight]}{ratio})"


def _reason(effect: Effect, headline: Effect) -> str:
    """Why one estimate can differ in sign from the headline."""
    if effect.scale == "events":
        return (
            "The average counts each authority by its size before the start, so that the rollout cannot move the "
            "weights; events are counted over those who were there after it, and where numbers grew most the effect is "
            "another than where most were before."
        )
    if effect.estimand != headline.estimand:
        return "The population and the next authority are not these adopters, whose own effects lie around its average."
    if effect.weight != headline.weight:
        return "With authorities weighted equally a small one counts as much as a large one; theirs differ in effect."
    return "Both average the same cells on different scales, and lie near no change."


def _spread(finding: Finding, rules: Rules) -> str:
    """How many adopters point each way, of those whose own effect may be shown."""
    effects = () if finding.by_authority is None else finding.by_authority.effects
    shown = [e for e, ok in zip(effects, release([e.n_children for e in effects], rules), strict=True) if ok]
    if len(shown) < 2:
        return ""
    ways = [sentences.p_direction(e)[0] for e in shown]
    said = [f"{counted(ways.count(way), 'adopter')} towards {way}" for way in dict.fromkeys(ways)]
    return f" By themselves {listed(said)}."
