"""Checks side by side: what all of them ask for in one round is fitted at once.

A check that needs fits is a generator. It yields a list of looks (`Bench.look`) and is sent what was seen, in the
same order; it may ask again. One that needs none returns its result.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any

from sos_bayes._core.errors import SosBayesError
from sos_bayes.checks.bench import Bench, Look, unassessed
from sos_bayes.checks.result import CheckResult
from sos_bayes.fitting import see_many

Asking = Generator[list[Look], list[Any], CheckResult]
Check = Callable[[Bench], CheckResult | Asking]


def in_rounds(checks: Mapping[str, Check], bench: Bench) -> dict[str, CheckResult]:
    """Run checks by name on one bench, in as many rounds as the most curious of them asks for."""
    begun = {name: _begun(one, bench) for name, one in checks.items()}
    steps = {name: _step(name, asking, None) for name, asking in begun.items()}
    while any(isinstance(step, list) for step in steps.values()):
        seen = iter(see_many([look for step in steps.values() if isinstance(step, list) for look in step]))
        for name, step in steps.items():
            if isinstance(step, list):
                steps[name] = _step(name, begun[name], [next(seen) for _ in step])
    return {name: step for name, step in steps.items() if isinstance(step, CheckResult)}


def alone(check: Check, bench: Bench) -> CheckResult:
    """Run one check by itself."""
    return in_rounds({"check": check}, bench)["check"]


def _begun(check: Check, bench: Bench) -> Asking:
    result = check(bench)
    return result if isinstance(result, CheckResult) else (yield from result)


def _step(name: str, asking: Asking, seen: list[Any] | None) -> list[Look] | CheckResult:
    """Send a check what it asked for, or the first error instead; its next question, or its result."""
    fault = next((one for one in seen or () if isinstance(one, SosBayesError)), None)
    try:
        if fault is not None:
            return asking.throw(fault)
        return next(asking) if seen is None else asking.send(seen)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    except SosBayesError as error:
        return unassessed(name, name.replace("_", " "), error.what)
