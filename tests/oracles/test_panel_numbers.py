"""A panel with a number of the authorities in every period, beside lme4's random slopes by year: `panel_numbers.R`.

Log rates of looked-after children in England's authorities, 2011 to 2019, from `sos_bayes.datasets`; the number is
deprivation of families with children, and authorities of the first round of pilots are given a start in 2016. And a
made-up panel (synthetic) of events among children, with poverty. Run as a module, with ``looked_after`` or ``made_up``,
it prints the table that R reads.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

import sos_bayes as sb
from sos_bayes.data import Continuous, Outcome, Rollout
from sos_bayes.designs import DiD
from sos_bayes.fitting import Fit
from tests.oracles.agreement import WIDE, WORDS, Agreement, against, agreeing, fitted, in_unit, shared
from tests.recovery.baseline_worlds import OUTCOME, WORLDS, numbers
from tests.recovery.baseline_worlds import START as FIFTH

START, YEARS = 2016, range(2011, 2020)
PRIORS = replace(WIDE, baseline=1.0)
RATE = Continuous("rate", unit="log rate", children="authorities", **WORDS)


@cache
def looked_after() -> pd.DataFrame:
    """Authorities that have every figure in every year."""
    rows = sb.datasets.england(["cla_at_31_march"], years=YEARS).rename(columns={"la_code": "la"})
    attributes = sb.datasets.attributes().set_index("la_code")
    rows["rate"] = np.log((rows["cla_at_31_march"] / rows["cla_at_31_march_of"]).where(lambda share: share > 0))
    rows["number"] = rows["la"].map(attributes["imd15_idaci"])
    rows = rows.dropna(subset=["rate", "number"])
    rows = rows[rows.groupby("la")["year"].transform("count") == len(YEARS)]
    pilots = sb.datasets.pilots().query("round1_2014_16 == 1")["la_code"]
    return with_start(rows[["la", "year", "rate", "number"]], set(pilots))


@cache
def made_up() -> pd.DataFrame:
    """Thirty authorities over eight years; eight have a start in the fifth."""
    rows, adopters = numbers(WORLDS["trends go with poverty, adopters poorer"], seed=5)
    return with_start(rows.rename(columns={"poverty": "number"}), set(adopters))


def with_start(rows: pd.DataFrame, adopters: set[str]) -> pd.DataFrame:
    """The same with what R needs: who adopts, when, and the number standardised over authorities."""
    own = rows.groupby("la")["number"].first()
    ever = rows["la"].isin(adopters).astype(int)
    post = ever * (rows["year"] >= start_of(rows))
    z = (rows["number"] - own.mean()) / own.std(ddof=0)
    return rows.assign(z=z, ever=ever, post=post).reset_index(drop=True)


def start_of(rows: pd.DataFrame) -> int:
    """The year in which adopters start."""
    return START if "rate" in rows else FIFTH


def ours(rows: pd.DataFrame, outcome: Outcome, design: DiD) -> Fit:
    """The same rows by the fast route."""
    rollout = Rollout(dict.fromkeys(sorted(rows.loc[rows["ever"] == 1, "la"].unique()), start_of(rows)))
    return fitted(sb.read_panel(rows, authority="la", period="year"), rollout, outcome, design)


def compared(name: str, fit: Fit, post: tuple[float, float], slope: tuple[float, float]) -> list[Agreement]:
    """The effect, and how much more one sd of the number meant in the last year than in the first.

    R's standard error of the slopes takes their errors for independent and is not compared.
    """
    slopes, unit = shared(fit, "baseline"), in_unit(fit) if fit.outcome.measured else 1.0
    last = unit * (slopes[:, -1] - slopes[:, 0])
    return [
        against(f"{name}, effect", post, unit * shared(fit, "mu_tau")),
        against(f"{name}, slope of the last year less the first", slope, last, alike=False),
    ]


def real() -> list[Agreement]:
    """England; without the number the effect is -.03751 (.02619) in R."""
    fit = ours(looked_after(), RATE, DiD(priors=replace(PRIORS, authority=30.0), baseline=("number",)))
    return compared("looked after", fit, (-0.04339, 0.02594), (-0.04901, 0.01378))


def synthetic() -> list[Agreement]:
    """Events without shocks in either program; without the number the effect is .29358 (.03744) in both."""
    fit = ours(made_up(), OUTCOME, DiD(priors=PRIORS, baseline=("number",)))
    return compared("made up", fit, (0.13088, 0.04553), (0.22149, 0.04592))


def test_log_rates_of_england_with_deprivation_are_those_of_lme4() -> None:
    agreeing(real())


def test_made_up_events_with_poverty_are_those_of_lme4() -> None:
    agreeing(synthetic())


if __name__ == "__main__":
    {"looked_after": looked_after, "made_up": made_up}[sys.argv[1]]().to_csv(sys.stdout, index=False)
