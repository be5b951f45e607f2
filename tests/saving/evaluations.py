"""Small synthetic evaluations, made once: one of authorities with comparators, one of children with subgroups."""

from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

import sos_bayes as sb
from sos_bayes.checks import CHECKS
from sos_bayes.comparators import features, nearest, regions
from tests.disclosure.test_canary import AGAIN, KEYS, ROLLOUT, children

SMALL = sb.simulation.Scenario(authorities=14, adopters=4, periods=6)


@cache
def of_authorities():
    """Synthetic authorities, two outcomes, two sets of comparators, two checks."""
    made = sb.simulation.made_up_england(SMALL, seed=1)
    panel = sb.read_panel(made.panel, authority="authority", period="period")
    table = pd.DataFrame({"authority": made.scenario.names, "region": [f"R{i % 3}" for i in range(14)]})
    sets = (nearest(features(panel, made.rollout, made.outcome), n=3), regions(panel, made.rollout, table))
    study = sb.Study(
        title="Synthetic trial", data=panel, rollout=made.rollout, design=sb.DiD(), method="fast", comparators=sets,
        outcomes=(made.outcome, replace(made.outcome, label="another")), sampler=sb.Sampler(draws=7),
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name in set(CHECKS) - {"weighting", "comparators"}:
            patch.delitem(CHECKS, name)
        return sb.evaluate(study, progress=False)


@cache
def of_children():
    """Synthetic children, effects that vary by a column, no checks."""
    table = children().iloc[:-1].assign(sex=lambda t: ["f" if i % 2 else "m" for i in range(len(t))])
    exposure = sb.Exposure(ends={"A0": "2017"}, partial={"A3": 0.5, "A4": (0.2, 2016)}, earlier={"A1": (2012, 2012)})
    study = sb.Study(
        title="Synthetic trial", data=sb.read_cohort(table, **KEYS, child="child"), design=sb.DiD(vary_by=("sex",)),
        rollout=sb.Rollout(dict(ROLLOUT.starts), exclude=["A7"], exposure=exposure), outcomes=(AGAIN,), method="fast",
        checks=False,
    )  # fmt: skip
    return sb.evaluate(study, progress=False)
