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


def check_predictive(tested: FitUnderTest) -> CheckResult:
    """Report discrepancies between the data and replicates of the model, the oddest first."""
    if tested.part is not None:
        return inapplicable(NAME, TITLE, "looked at for all children together, with the overall effect.")
    why = too_few(tested.fit)
    if why is not None:
        return inapplicable(NAME, TITLE, why)
    found = discrepancies(tested.fit)
    bearing: Bearing | None = "weakens" if found.p <= ALARM else None
    return CheckResult(NAME, TITLE, State.REPORTED, _numbers(found), _sentence(found), bearing=bearing)


def too_few(fit: Fit) -> str | None:
    """Why there is nothing to compare replicates with; None where there is."""
    seen = looked_at(fit)
    if (seen.sum(axis=1) > 1).sum() >= FEWEST and (seen.sum(axis=0) > 1).sum() >= PERIODS:
        return None
    return f"there are fewer than {FEWEST} authorities or {PERIODS} periods to look at."


def _numbers(found: Discrepancies) -> tuple[tuple[str, float], ...]:
    """The overall p, and of every discrepancy its value, the middle nine tenths of replicates and its p."""
    numbers = [("p_oddest", found.p)]
    for one in found.each:
        numbers += [(one.name, one.value), (f"{one.name}_low", one.low), (f"{one.name}_high", one.high)]
        numbers.append((f"{one.name}_p", one.p))
    return tuple(numbers)


def _sentence(found: Discrepancies) -> str:
    looked = f"Of {len(found.each)} discrepancies between cells without the practice and replicates of the model"
    if found.p > ALARM:
        return f"{looked} none is odd: the oddest is {_said(found.oddest)}; {probability(found.p)} for one as odd."
    return (
        f"{looked} the oddest is {_said(found.oddest)}; {probability(found.p)} for one as odd if the model is right. "
        "What the interval rests on is then in doubt: compare other structures of shocks with loo."
    )


def _said(one: Discrepancy) -> str:
    return f"{WORDS[one.name]} ({number(one.value)}, where {number(one.low)} to {number(one.high)} is expected)"
