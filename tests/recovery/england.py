"""Placebo rollouts on the real English panel: authorities that were no pilots, given a start that was no start."""

from __future__ import annotations

import numpy as np
import polars as pl

from sos_bayes.data import Aim, Binary, Cells, Count, Outcome, Rollout, collapse, read_panel
from sos_bayes.datasets import england, pilots
from sos_bayes.designs import Layout, layout_of
from tests.recovery.harness import Outcome as Replicate
from tests.recovery.harness import replicate

SHARES = (
    "children_rereferred_within_12m",
    "assessments_within_45_days",
    "placement_foster",
    "referrals_no_further_action",
)
RATES = (
    "referrals",
    "cin_started",
    "cpp_started",
    "icpc",
    "cla_ceased",
    "cin_at_31_march",
    "cpp_at_31_march",
    "cla_at_31_march",
)
YEARS, POOL, ADOPTERS = 8, 40, 9


def windows(measure: str) -> list[Cells]:
    """First and last eight years of a measure, authorities with every year and no pilots among them."""
    names = {measure: "numerator", f"{measure}_of": "denominator"}
    rows = pl.from_pandas(england(measure)[["la_code", "year", *names]]).rename(names)
    rows = rows.filter(~pl.col("la_code").is_in(pilots()["la_code"].tolist())).drop_nulls()
    counts = rows.group_by("year").len().filter(pl.col("len") >= 110)
    full = set(counts["year"].to_list())
    starts = [year for year in sorted(full) if full >= set(range(year, year + YEARS))]
    outcome = _outcome(measure)
    found = []
    for first in dict.fromkeys((starts[0], starts[-1])):
        inside = rows.filter(pl.col("year").is_between(first, first + YEARS - 1))
        counts = inside.group_by("la_code").len()
        whole = counts.filter(pl.col("len") == YEARS)["la_code"].to_list()
        part = inside.filter(pl.col("la_code").is_in(whole))
        found.append(collapse(read_panel(part, authority="la_code", period="year"), outcome))
    return found


def _outcome(measure: str) -> Outcome:
    if measure in SHARES:
        return Binary("numerator", "denominator", aim=Aim.FEWER, worthwhile=0.01, label=measure)
    return Count("numerator", "denominator", per=10_000, aim=Aim.FEWER, worthwhile=5, label=measure)


def placebo_layout(cells: Cells, law: int) -> Layout:
    """Forty random authorities, nine of which "adopt" half-way."""
    rng = np.random.default_rng([law, 17])
    names = sorted(rng.choice(cells.authorities, POOL, replace=False))
    adopters = rng.choice(names, ADOPTERS, replace=False)
    start = cells.calendar.labels[YEARS // 2]
    return layout_of(cells.of(names), Rollout({str(name): start for name in adopters}))


def placebo(cells: Cells, law: int) -> Replicate:
    """Fit one placebo rollout, whose truth is no effect."""
    return replicate(law, placebo_layout(cells, law), 0.0)
