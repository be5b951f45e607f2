"""From a study to its evaluation: every outcome is fitted, checked and graded by itself."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from traceback import extract_tb
from typing import TYPE_CHECKING

from sos_bayes._core.errors import SosBayesError
from sos_bayes._core.words import short
from sos_bayes.checks import CHECKS, check
from sos_bayes.estimands import Estimand, Scale, Weight, estimate
from sos_bayes.evidence import grade
from sos_bayes.fitting import fit
from sos_bayes.study.evaluation import Evaluation, Finding, Study

if TYPE_CHECKING:
    from sos_bayes.data import Outcome
    from sos_bayes.estimands import Effect, Effects
    from sos_bayes.fitting import Fit

Progress = Callable[[int, int, str], None]

BESIDE: tuple[tuple[Estimand, Weight, Scale], ...] = (
    ("satt", "authorities", "difference"),
    ("patt", "authorities", "difference"),
    ("next_authority", "authorities", "difference"),
    ("satt", "children", "ratio"),
    ("satt", "children", "events"),
)


def evaluate(study: Study, *, progress: bool | Progress = True) -> Evaluation:
    """Answer every outcome of a study: effect, checks and grade.

    An outcome that cannot be answered becomes a finding with its error; the others finish.

    Parameters
    ----------
    study : Study
    progress : bool or callable
        True writes one line an outcome to a terminal (to nothing else); a function is called with
        the outcome's number from 1, how many there are, and its label, before each one.

    Returns
    -------
    Evaluation

    Examples
    --------
    >>> evaluation = evaluate(study)  # doctest: +SKIP
    >>> print(evaluation["re-referral within six months"].grade)  # doctest: +SKIP
    """
    say = _line if progress is True else progress or _silence
    began = perf_counter()
    findings = []
    for i, outcome in enumerate(study.outcomes, start=1):
        say(i, len(study.outcomes), outcome.label)
        findings.append(_finding(study, outcome))
    return Evaluation(study, tuple(findings), perf_counter() - began)


def _finding(study: Study, outcome: Outcome) -> Finding:
    began = perf_counter()
    try:
        return _answer(study, outcome, began)
    except Exception as fault:
        return Finding(outcome, None, (), None, safe_message(fault), seconds=perf_counter() - began)


def _answer(study: Study, outcome: Outcome, began: float) -> Finding:
    fitted = fit(
        study.data, study.rollout, outcome, study.design, method=study.method, seed=study.seed, sampler=study.sampler
    )
    effect = estimate(fitted)
    beside, missed = _estimates(fitted)
    by_authority, none = _by_authority(fitted)
    checks = check(fitted, skip=() if study.checks else tuple(CHECKS))
    return Finding(
        outcome=outcome,
        effect=effect,
        checks=checks,
        grade=grade(effect, checks),
        error=None,
        estimates=beside,
        by_authority=by_authority,
        health=fitted.health,
        seconds=perf_counter() - began,
        notes=(*_notes(fitted), *missed, *none),
    )


def _estimates(fitted: Fit) -> tuple[tuple[Effect, ...], tuple[str, ...]]:
    found: list[Effect] = []
    missed: list[str] = []
    for estimand, weight, scale in BESIDE:
        try:
            found.append(estimate(fitted, estimand=estimand, weight=weight, scale=scale))
        except SosBayesError as fault:
            missed.append(f"Not estimated ({estimand}, {weight}, {scale}): {fault.what}")
    return tuple(found), tuple(missed)


def _by_authority(fitted: Fit) -> tuple[Effects | None, tuple[str, ...]]:
    try:
        return estimate(fitted, by="authority"), ()
    except SosBayesError as fault:
        return None, (f"Effects by authority were not estimated: {fault.what}",)


def _notes(fitted: Fit) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fitted.notes))


def safe_message(fault: Exception) -> str:
    """What stopped an outcome, in words that carry no data.

    Our own errors are written to be safe; of any other its kind and its place in the code are told.

    Examples
    --------
    >>> safe_message(KeyError("child 4711")).split(";")[0]
    'KeyError inside the library or a package below it'
    """
    if isinstance(fault, SosBayesError):
        return str(fault)
    return (
        f"{type(fault).__name__} inside the library or a package below it{_place(fault)}; its message is withheld "
        "because it may quote data. What to do: Run this outcome alone with fit(...) inside the secure setting to see "
        "the whole message."
    )


def _place(fault: Exception) -> str:
    """File and line of ours where it happened; code, never data."""
    own = [f for f in extract_tb(fault.__traceback__) if "sos_bayes" in Path(f.filename).parts]
    return f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""


def _line(i: int, of: int, label: str) -> None:
    if sys.stderr is not None and sys.stderr.isatty():
        sys.stderr.write(f"[{i}/{of}] {short(label, 70)}\n")
        sys.stderr.flush()


def _silence(i: int, of: int, label: str) -> None:
    pass
