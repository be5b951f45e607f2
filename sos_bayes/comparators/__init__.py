"""Who are the comparators? Chosen by rule, from what was known before the rollout, before any fit."""

from sos_bayes.comparators.balance import Balance as Balance
from sos_bayes.comparators.balance import BalanceRow as BalanceRow
from sos_bayes.comparators.balance import balance as balance
from sos_bayes.comparators.comparator_set import Comparators as Comparators
from sos_bayes.comparators.features import Features as Features
from sos_bayes.comparators.features import features as features
from sos_bayes.comparators.named_sets import all_others as all_others
from sos_bayes.comparators.named_sets import named as named
from sos_bayes.comparators.named_sets import neighbours as neighbours
from sos_bayes.comparators.named_sets import regions as regions
from sos_bayes.comparators.nearest_neighbours import nearest as nearest

__all__ = [
    "Balance",
    "BalanceRow",
    "Comparators",
    "Features",
    "all_others",
    "balance",
    "features",
    "named",
    "nearest",
    "neighbours",
    "regions",
]
