"""What the practice costs, and whether its effect is worth it."""

from sos_bayes.costs.bands import cost_band as cost_band
from sos_bayes.costs.benefit import Benefit as Benefit
from sos_bayes.costs.effectiveness import cost_effectiveness as cost_effectiveness
from sos_bayes.costs.lines import KINDS as KINDS
from sos_bayes.costs.lines import CostLine as CostLine
from sos_bayes.costs.net_benefit import CostEffectiveness as CostEffectiveness
from sos_bayes.costs.prices import Prices as Prices
from sos_bayes.costs.unit_costs import Costs as Costs

__all__ = ["KINDS", "Benefit", "CostEffectiveness", "CostLine", "Costs", "Prices", "cost_band", "cost_effectiveness"]
