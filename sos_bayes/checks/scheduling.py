"""Checks side by side: what all of them ask for in one round is fitted at once.

A check that needs fits is a generator. It yields a list of looks (`FitUnderTest.request`) and is sent what was seen,
in the same order; it may ask again. One that needs none returns its result. A fit that several checks ask for in one
round is made once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from functools import partial
from itertools import repeat
from typing import Any

from sos_bayes._core.errors import SosBayesError, attempt
from sos_bayes.checks.fit_under_test import FitRequest, FitUnderTest, unassessed
from sos_bayes.checks.result import CheckResult
from sos_bayes.fitting import Fit, FitSpec, map_fits

Asking = Generator[list[FitRequest], list[Any], CheckResult]
Check = Callable[[FitUnderTest], CheckResult | Asking]


def in_rounds(checks: Mapping[str, Check], tested: FitUnderTest) -> dict[str, CheckResult]:
    """Run checks by name on one fit, in as many rounds as the most curious of them asks for."""
    begun = {name: _begun(one, tested) for name, one in checks.items()}
    steps = {name: _step(name, asking, None) for name, asking in begun.items()}
    while any(isinstance(step, list) for step in steps.values()):
        seen = iter(_seen([request for step in steps.values() if isinstance(step, list) for request in step]))
        for name, step in steps.items():
            if isinstance(step, list):
                steps[name] = _step(name, begun[name], [next(seen) for _ in step])
    return {name: step for name, step in steps.items() if isinstance(step, CheckResult)}


def _seen(requests: list[FitRequest]) -> list[Any]:
    """What was asked for, in order: an error where a fit, or what was to be seen of it, failed."""
    jobs: list[FitSpec] = []
    whose: list[int] = []
    for job, _ in requests:
        same = (i for i, known in enumerate(jobs) if known.layout is job.layout and known.design == job.design)
        whose.append(next(same, len(jobs)))
        if whose[-1] == len(jobs):
            jobs.append(job)
    functions = [[see for (_, see), owner in zip(requests, whose, strict=True) if owner == i] for i in range(len(jobs))]
    answers = map_fits([(job, partial(_each, asked)) for job, asked in zip(jobs, functions, strict=True)])
    parts = [iter(many) if isinstance(many, list) else repeat(many) for many in answers]
    return [next(parts[i]) for i in whose]


def _each(functions: list[Callable[[Fit], Any]], fit: Fit) -> list[Any]:
    return [attempt(see, fit) for see in functions]


def alone(check: Check, tested: FitUnderTest) -> CheckResult:
    """Run one check by itself."""
    return in_rounds({"check": check}, tested)["check"]


def _begun(check: Check, tested: FitUnderTest) -> Asking:
    result = check(tested)
    return result if isinstance(result, CheckResult) else (yield from result)


def _step(name: str, asking: Asking, seen: list[Any] | None) -> list[FitRequest] | CheckResult:
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
