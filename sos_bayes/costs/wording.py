"""What an effect costs, in a few sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sos_bayes._core.equal_tailed import equal_tailed
from sos_bayes._core.words import number, probability, short
from sos_bayes.costs.money import pounds, pounds_between

if TYPE_CHECKING:
    from sos_bayes.costs.effectiveness import CostEffectiveness

SETTLED = 0.975  # probability of one sign from which pounds for one unit of gain are a number worth printing


def sentence(found: CostEffectiveness) -> str:
    """Costs, gain, net benefit and probabilities, each with its interval; cost saving only as a probability."""
    parts = [_costs(found), _gain(found), _per_unit(found), _net(found), _saving(found)]
    if found.selected:
        parts.append("Practice decides who is counted in this outcome, which no net benefit mends.")
    parts.append("How strong the evidence for the effect is, its grade says; a cost beside it does not.")
    return " ".join(part for part in parts if part)


def _costs(found: CostEffectiveness) -> str:
    low, high = equal_tailed(found.cost)
    spread = f" (95 % {pounds_between(float(low), float(high))})" if high > low else ""
    each = f"{pounds(float(found.cost.mean()))}{spread} for each child"
    prices = f"in prices of {found.costs.prices.year}, EIF cost band {found.band}"
    return f"{short(found.label)}: the practice costs {each}, {prices}."


def _gain(found: CostEffectiveness) -> str:
    low, high = (1000 * float(x) for x in equal_tailed(found.gain))
    middle = number(1000 * float(found.gain.mean()))
    return (
        f"{found.units.capitalize()} for 1,000 children: {middle} (95 % {number(low)} to {number(high)}); "
        f"{probability(found.p_gain)} that the change lies towards the aim. The effect is the {found.described}."
    )


def _per_unit(found: CostEffectiveness) -> str:
    if found.p_gain < SETTLED:
        return f"Pounds for one {found.unit} are not given: the sign of the change is not settled."
    each = float(found.cost.mean() / found.gain.mean())
    return f"{pounds(each)} are spent for one {found.unit}: mean cost over mean gain."


def _net(found: CostEffectiveness) -> str:
    if found.worth is None or found.benefit is None:
        ends = [float(found.willingness[0]), float(found.willingness[-1])]
        at = " and ".join(f"{probability(found.p_cost_effective(a))} at {pounds(a)}" for a in ends)
        return f"Cost-effective with {at} for one {found.unit}; no benefit was given."
    net = found.net_benefit()
    low, high = equal_tailed(net)
    return (
        f"At {pounds(float(found.worth.mean()))} for one {found.unit} (source: {short(found.benefit.source)}) net "
        f"benefit is {pounds(float(net.mean()))} for each child (95 % {pounds_between(float(low), float(high))}); "
        f"{probability(found.p_cost_effective())} that it is cost-effective."
    )


def _saving(found: CostEffectiveness) -> str:
    if found.benefit is None:
        return ""
    if found.p_cost_saving is None:
        return "The benefit is not called cashable: whether money is saved is not asked."
    return f"{probability(found.p_cost_saving)} that it is cost saving, if all of the benefit can be cashed."
