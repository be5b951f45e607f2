"""Invented costs and effects for tests: nothing in them is anybody's."""

import numpy as np

from sos_bayes.costs import CostLine
from sos_bayes.data import Aim, Binary, Continuous, Count
from sos_bayes.estimands.effect import effect_from_draws

AGAIN = Binary("again", aim=Aim.FEWER, worthwhile=0.01, label="re-referral")
KIN = Binary("kin", aim=Aim.MORE, worthwhile=0.01, label="kinship placement")
PLANS = Count("plans", "population", per=10_000, aim=Aim.FEWER, worthwhile=2.0, label="protection plans")
WAIT = Continuous("days", unit="days", aim=Aim.FEWER, worthwhile=2.0, label="wait")


def effect(outcome=AGAIN, mean=-0.02, sd=0.01):
    return effect_from_draws(np.random.default_rng(1).normal(mean, sd, (4, 2500)), outcome)


def line(amount=90_000.0, kind="staff_and_training", **changes):
    return CostLine("training", amount, kind, **{"price_year": 2018, "source": "invented", **changes})
