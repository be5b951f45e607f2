"""Costs and gains draw by draw: net benefit, probabilities, and what they say in a few sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.equal_tailed import equal_tailed
from sos_bayes._core.errors import DataError
from sos_bayes._core.words import number, probability, short
from sos_bayes.costs.bands import cost_band
from sos_bayes.costs.benefit import Benefit
from sos_bayes.costs.money import pounds, pounds_between
from sos_bayes.costs.unit_costs import Costs

if TYPE_CHECKING:
    import pandas as pd

SETTLED = 0.975  # probability of one sign from which pounds for one unit of gain are a number worth printing


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CostEffectiveness:
    """Costs and gains for each child, draw by draw.

    Attributes
    ----------
    label : str
        The outcome.
    described : str
        The effect's estimand in words.
    unit : str
        One unit of gain in words, such as ``"event avoided"``.
    cost : ndarray of float, shape (draw,)
        Pounds for each child exposed.
    gain : ndarray of float, shape (draw,)
        Units towards the aim for each child exposed: negative where the effect is contrary to it.
    costs : Costs
    benefit : Benefit or None
    worth : ndarray of float, shape (draw,), or None
        Pounds that one unit of gain is worth, in the same prices as costs.
    willingness : ndarray of float, shape (amount,)
        The grid of pounds for one unit of gain.
    selected : bool
        Whether practice decides who is in the effect's denominator.
    """

    label: str
    described: str
    unit: str
    cost: Floats
    gain: Floats
    costs: Costs
    benefit: Benefit | None
    worth: Floats | None
    willingness: Floats
    selected: bool

    def net_benefit(self, willingness: float | None = None) -> Floats:
        """Draws of pounds for each child: gain times what a unit of it is worth, less the cost; shape (draw,).

        Parameters
        ----------
        willingness : float, optional
            Pounds for one unit of gain; the benefit by default.

        Raises
        ------
        DataError
            If neither is given, or it is negative.
        """
        if willingness is None and self.worth is None:
            raise DataError("No benefit was given.", where="net_benefit", cure="Give pounds for one unit of gain.")
        if willingness is not None and not willingness >= 0:
            raise DataError("Willingness to pay is negative.", where="net_benefit", cure="Give pounds from 0 on.")
        value = self.worth if willingness is None else np.full(self.gain.size, willingness)
        return np.asarray(self.gain * np.asarray(value) - self.cost)

    def p_cost_effective(self, willingness: float | None = None) -> float:
        """Posterior probability that the net benefit is above zero."""
        return float((self.net_benefit(willingness) > 0).mean())

    @property
    def p_cost_saving(self) -> float | None:
        """Probability that less is spent with the practice than without; None where the benefit is not cashable."""
        cashable = self.benefit is not None and self.benefit.cashable
        return self.p_cost_effective() if cashable else None

    @property
    def units(self) -> str:
        """Several units of gain in words, such as ``"events avoided"``."""
        first, _, rest = self.unit.partition(" ")
        return f"{first}s {rest}"

    @property
    def p_gain(self) -> float:
        """Posterior probability that the effect lies towards the aim."""
        return float((self.gain > 0).mean())

    @property
    def band(self) -> int | None:
        """EIF cost band of the expected unit cost."""
        return self.costs.band

    def band_probabilities(self) -> dict[int, float]:
        """Probability of each EIF cost band over the draws of the unit cost."""
        found = np.array([cost_band(c) for c in self.cost])
        return {band: float((found == band).mean()) for band in range(1, 6)}

    def acceptability(self) -> pd.DataFrame:
        """One row an amount of the grid: willingness, P(cost-effective), and net benefit with its 95 % interval."""
        import pandas as pd

        rows = []
        for amount in self.willingness:
            net = self.net_benefit(float(amount))
            low, high = equal_tailed(net)
            rows.append((float(amount), float((net > 0).mean()), float(net.mean()), float(low), float(high)))
        return pd.DataFrame(rows, columns=["willingness", "p_cost_effective", "net_benefit", "low", "high"])

    def to_frame(self, prob: float = 0.95) -> pd.DataFrame:
        """Tidy rows: cost and gain for each child, net benefit for each child, authority and in all."""
        import pandas as pd

        rows = [("cost", "per child", self.cost), ("gain", "per child", self.gain)]
        if self.worth is not None and self.costs.children is not None:
            net = self.net_benefit()
            rows.append(("net benefit", "per child", net))
            if self.costs.authorities is not None:
                rows.append(("net benefit", "per authority", net * self.costs.children / self.costs.authorities))
            rows.append(("net benefit", "in all", net * self.costs.children))
        names = ["figure", "of", "mean", "low", "high", "p_above_0"]
        found = [(a, b, d.mean(), *equal_tailed(d, prob), (d > 0).mean()) for a, b, d in rows]
        return pd.DataFrame(found, columns=names).astype(dict.fromkeys(names[2:], float))

    def __str__(self) -> str:
        return _sentence(self)

    def __repr__(self) -> str:
        return f"<CostEffectiveness {short(self.label)!r}: {self.cost.size} draws, prices of {self.costs.prices.year}>"


def _sentence(found: CostEffectiveness) -> str:
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
