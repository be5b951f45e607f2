"""A synthetic panel of twelve authorities whose levels are what their names say."""

import numpy as np
import pandas as pd
import pytest

from sos_bayes.data import Aim, Binary, Rollout, read_panel

NAMES = [f"A{i:02d}" for i in range(12)]
OUTCOME = Binary("again", "referrals", aim=Aim.FEWER, worthwhile=0.01, label="re-referral")
ROLLOUT = Rollout({"A00": 2014, "A01": 2014})
LEVELS = dict(zip(NAMES, [20, 40, 21, 19, 39, 42, 60, 10, 22, 35, 50, 5], strict=True))  # per cent before 2014


def rows(**changed):
    """Four years, two before the start; ``changed`` replaces the later years' events."""
    table = pd.DataFrame(
        [(a, y, 10 * LEVELS[a] if y < 2014 else changed.get(a, 300), 1000) for a in NAMES for y in range(2012, 2016)],
        columns=["la", "year", "again", "referrals"],
    )
    table["poverty"] = [LEVELS[a] / 2 + (a == "A03") for a in table["la"]]
    return table


def panel_of(table):
    return read_panel(table, authority="la", period="year")


@pytest.fixture
def panel():
    return panel_of(rows())


@pytest.fixture
def attributes():
    """One row for each authority: poverty (known), size (unrelated), a region, and a constant."""
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "la": NAMES,
            "poverty": [LEVELS[a] / 2.0 for a in NAMES],
            "size": rng.permutation(12) + 1.0,
            "region": ["North", "South"] * 6,
            "same": 3.0,
        }
    )
