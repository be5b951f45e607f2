"""An effect beside what it costs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DataError, DesignError
from sos_bayes._core.handed import handed
from sos_bayes._core.sealed import sealed
from sos_bayes._core.seeds import check_seed
from sos_bayes._core.words import short
from sos_bayes.costs.amounts import draws_of
from sos_bayes.costs.benefit import Benefit, check_unit, unit_of
from sos_bayes.costs.net_benefit import CostEffectiveness
from sos_bayes.costs.unit_costs import Costs
from sos_bayes.data import Aim
from sos_bayes.estimands import Effect

GRID = 41  # amounts on the grid where a benefit alone was given, from 0 to twice its own


@sealed
@handed("draws", "estimand", give="what sb.estimate returned")
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
