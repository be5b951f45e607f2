"""Do cells without the practice look like those that the model expects? It informs, and no criterion reads it."""

from __future__ import annotations

from sos_bayes._core.words import number, probability
from sos_bayes.checks.fit_under_test import FitUnderTest, inapplicable
from sos_bayes.checks.parallel_trends.discrepancies import WORDS, Discrepancies, Discrepancy, discrepancies, looked_at
from sos_bayes.checks.result import Bearing, CheckResult, State
from sos_bayes.fitting import Fit

NAME, TITLE = "predictive", "What the model expects of cells without the practice"
FEWEST, PERIODS = 6, 4  # authorities, and periods, of which to ask
ALARM = 0.05
FALSE_ALARMS = {  # p at most `ALARM` in 300 synthetic panels that the model is right about: see below
    "oddest": 0.023,
    "dispersion": 0.017,
    "authorities": 0.010,
    "periods": 0.023,
    "extremes": 0.027,
    "lag_1": 0.0,
    "lag_2": 0.027,
    "lag_3": 0.047,
    "lag_4": 0.037,
    "correlation": 0.017,
    "empty": 0.007,
}  # python -m tests.recovery.predictive_alarms --panels 100 --seed 40000, its three rows "right" together


def check_predictive(tested: FitUnderTest) -> CheckResult:
    """Report discrepancies between the data and replicates of the model, the oddest first.

    Of each its value, what nine tenths of replicates lie between, its p, and how often p is at most `ALARM` where the
    model is right (`FALSE_ALARMS`: 40 authorities over 8 years).
    """
    if tested.part is not None:
        return inapplicable(NAME, TITLE, "looked at for all children together, with the overall effect.")
    why = too_few(tested.fit)
    if why is not None:
        return inapplicable(NAME, TITLE, why)
    looked = discrepancies(tested.fit)
    bearing: Bearing | None = "weakens" if looked.p <= ALARM else None
    return CheckResult(NAME, TITLE, State.REPORTED, _numbers(looked), _sentence(looked), bearing=bearing)


def too_few(fit: Fit) -> str | None:
    """Why there is nothing to compare replicates with; None where there is."""
    seen = looked_at(fit)
    if (seen.sum(axis=1) > 1).sum() >= FEWEST and (seen.sum(axis=0) > 1).sum() >= PERIODS:
        return None
    return f"there are fewer than {FEWEST} authorities or {PERIODS} periods to look at."


def _numbers(looked: Discrepancies) -> tuple[tuple[str, float], ...]:
    """The overall p, and of every discrepancy value, middle nine tenths of replicates, p and measured false alarms."""
    numbers = [("p_oddest", looked.p), ("oddest_false_alarms", FALSE_ALARMS["oddest"])]
    for one in looked.each:
        numbers += [(one.name, one.value), (f"{one.name}_low", one.low), (f"{one.name}_high", one.high)]
        numbers += [(f"{one.name}_p", one.p), (f"{one.name}_false_alarms", FALSE_ALARMS[one.name])]
    return tuple(numbers)


def _sentence(found: Discrepancies) -> str:
    looked = f"Of {len(found.each)} discrepancies between cells without the practice and replicates of the model"
    if found.p > ALARM:
        return f"{looked} none is odd: the oddest is {_said(found.oddest)}; {probability(found.p)} for one as odd."
    seldom = f"where the check speaks in {100 * FALSE_ALARMS['oddest']:.0f} % of panels"
    return (
        f"{looked} the oddest is {_said(found.oddest)}; {probability(found.p)} for one as odd if the model is right, "
        f"{seldom}. What the interval rests on is then in doubt: compare other structures of shocks with loo."
    )


def _said(one: Discrepancy) -> str:
    return f"{WORDS[one.name]} ({number(one.value)}, where {number(one.low)} to {number(one.high)} is expected)"
