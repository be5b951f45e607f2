"""An effect beside what it costs: net benefit, and how probable it is that it is worth it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.equal_tailed import equal_tailed
from sos_bayes._core.errors import DataError, DesignError
from sos_bayes._core.sealed import sealed
from sos_bayes._core.seeds import check_seed
from sos_bayes._core.words import short
from sos_bayes.costs.amounts import draws_of
from sos_bayes.costs.bands import cost_band
from sos_bayes.costs.benefit import Benefit, check_unit, unit_of
from sos_bayes.costs.unit_costs import Costs
from sos_bayes.costs.wording import sentence
from sos_bayes.data import Aim
from sos_bayes.estimands import Effect

if TYPE_CHECKING:
    import pandas as pd

GRID = 41  # amounts on the grid where a benefit alone was given, from 0 to twice its own


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
        return sentence(self)

    def __repr__(self) -> str:
        return f"<CostEffectiveness {short(self.label)!r}: {self.cost.size} draws, prices of {self.costs.prices.year}>"


@sealed
def cost_effectiveness(
    effect: Effect,
    costs: Costs,
    *,
    benefit: Benefit | None = None,
    willingness: Sequence[float] | None = None,
    seed: int = 1,
) -> CostEffectiveness:
    """Set an effect beside what it costs.

    The effect's posterior draws are kept as they are; costs and the benefit are drawn over their ranges, independently
    of the effect and of each other. Nothing here grades the effect: an effect without evidence stays without.

    Parameters
    ----------
    effect : Effect
        A difference, from `estimate`: SATT for what was done, ``"patt"`` or ``"next_authority"`` for what may be.
    costs : Costs
        For the same children: a cost for each child exposed, beside an effect for each child exposed.
    benefit : Benefit, optional
        What one unit of effect towards the aim is worth, with its source.
    willingness : sequence of float, optional
        Pounds for one unit that a decision maker might pay; from 0 to twice the benefit by default.
    seed : int
        Of the draws of costs and benefit.

    Returns
    -------
    CostEffectiveness

    Raises
    ------
    DataError
        If neither a benefit nor a grid is given, or nobody knows how many children are exposed.
    DesignError
        If the effect is no difference, its fit did not pass the health gate, or the benefit is for another unit.

    Examples
    --------
    >>> from sos_bayes.costs.lines import CostLine
    >>> from sos_bayes.costs.prices import Prices
    >>> from sos_bayes.data import Binary
    >>> from sos_bayes.estimands.effect import effect_from_draws
    >>> outcome = Binary("re_referred", aim=Aim.FEWER, worthwhile=0.01, label="re-referral")
    >>> effect = effect_from_draws(np.random.default_rng(1).normal(-0.02, 0.01, (4, 1000)), outcome)
    >>> lines = [CostLine("training", 90_000, "staff_and_training", price_year=2018, source="invented")]
    >>> costs = Costs(lines, Prices(2018), children=6_000)
    >>> worth = Benefit(1_000, "event", price_year=2018, source="invented")
    >>> found = cost_effectiveness(effect, costs, benefit=worth)
    >>> round(found.p_cost_effective(), 2), round(float(found.net_benefit().mean()), 1), found.p_cost_saving
    (0.69, 5.1, None)
    """
    check_seed(seed, DataError)
    unit = unit_of(effect)
    if benefit is not None:
        check_unit(benefit, effect)
    if not effect.health.ok:
        raise DesignError(
            "The fit behind this effect did not pass its health gate.",
            where=f'outcome "{short(effect.outcome.label)}"',
            cure="Fit again: a posterior that is not healthy has no net benefit.",
        )
    if costs.children is None:
        raise DataError("How many children are exposed is not given.", where="costs", cure="Write Costs(children=...).")
    towards = effect.outcome.aim.sign * effect.draws.reshape(-1) / effect.outcome.per
    worth = None if benefit is None else _worth(benefit, costs, towards.size, seed + 1)
    return CostEffectiveness(
        effect.outcome.label, effect.describe(), _in_words(unit, effect.outcome.aim),
        costs.draws(towards.size, seed) / costs.children, towards, costs, benefit, worth, _grid(willingness, worth),
        effect.selected,
    )  # fmt: skip


def _worth(benefit: Benefit, costs: Costs, n: int, seed: int) -> Floats:
    return draws_of(benefit, n, np.random.default_rng(seed)) * costs.prices.factor(benefit, "benefit")


def _grid(willingness: Sequence[float] | None, worth: Floats | None) -> Floats:
    if willingness is None and worth is None:
        raise DataError(
            "There is neither a benefit nor a grid of what might be paid.",
            where="cost_effectiveness",
            cure='Give benefit=costs.Benefit(..., "event", ...), or willingness=range(0, 50_001, 1_000).',
        )
    grid = np.linspace(0, 2 * float(worth.mean()), GRID) if worth is not None and willingness is None else willingness
    found = np.unique(np.asarray(grid, dtype=float))
    if found.size < 2 or not np.isfinite(found).all() or found[0] < 0:
        raise DataError(
            "The grid of what might be paid needs two amounts or more, none below 0.",
            where="willingness",
            cure="Write willingness=range(0, 50_001, 1_000).",
        )
    return found


def _in_words(unit: str, aim: Aim) -> str:
    fewer = aim is Aim.FEWER
    if unit == "event":
        return "event avoided" if fewer else "event gained"
    return f"{'day' if unit == 'day' else f'unit ({unit})'} {'less' if fewer else 'more'}"
