"""From a study to its evaluation: every outcome is fitted, checked and graded by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from sos_bayes._core.errors import SosBayesError, attempt
from sos_bayes._core.handed import handed
from sos_bayes._core.progress import Progress, told
from sos_bayes._core.sealed import sealed
from sos_bayes.checks import CHECKS, check
from sos_bayes.estimands import Estimand, Scale, Weight, estimate, growth, heterogeneity, outcome_path, subgroups
from sos_bayes.estimands.link_effect import link_effect
from sos_bayes.evidence import grade
from sos_bayes.fitting import Fit, FitSpec, PyMCFit, fit_many, prepare_layout
from sos_bayes.study.comparison import against, balances
from sos_bayes.study.declaration import Study
from sos_bayes.study.evaluation import Evaluation, Finding
from sos_bayes.study.pooled_outcomes import Pooled
from sos_bayes.study.pooling import pooled

if TYPE_CHECKING:
    from sos_bayes.data import Outcome
    from sos_bayes.estimands import Effect, Effects, Growth, Heterogeneity, Subgroups
    from sos_bayes.estimands.link_effect import LinkEffect

BESIDE: tuple[tuple[Estimand, Weight, Scale], ...] = (
    ("satt", "authorities", "difference"),
    ("patt", "authorities", "difference"),
    ("next_authority", "authorities", "difference"),
    ("satt", "children", "ratio"),
    ("satt", "children", "events"),
)


@sealed
@handed("outcomes", "rollout", give="a Study")
def evaluate(study: Study, *, progress: bool | Progress = True, checkpoint: Path | str | None = None) -> Evaluation:
    """Answer every outcome of a study: effect, checks and grade.

    Every outcome is fitted first, then each is checked, on all cores of this machine or where
    ``joblib.parallel_config`` says; numbers are the same. An outcome that cannot be answered becomes a finding with
    its error; the others finish.

    Parameters
    ----------
    study : Study
    progress : bool or callable
        True writes a line to a terminal (to nothing else) when an outcome has been fitted and when it has been
        checked; a function is called then with the step's number from 1, how many there are, and what was done.
    checkpoint : path, optional
        Folder in which each outcome's fit is kept when it is done, and from which a later call takes it unless
        anything that determines its numbers has changed. It holds draws of single authorities: keep it inside the
        secure setting. Checks are made again.

    Returns
    -------
    Evaluation

    Examples
    --------
    >>> evaluation = evaluate(study)  # doctest: +SKIP
    >>> print(evaluation["re-referral within six months"].grade)  # doctest: +SKIP
    """
    say, of = told(progress), 2 * len(study.outcomes)
    began = perf_counter()
    jobs = [attempt(_job, study, outcome) for outcome in study.outcomes]
    wanted = [job for job in jobs if isinstance(job, FitSpec)]
    stopped = [outcome for outcome, job in zip(study.outcomes, jobs, strict=True) if not isinstance(job, FitSpec)]
    for i, outcome in enumerate(stopped, start=1):
        say(i, of, f"{outcome.label}: stopped")
    fits = iter(fit_many(wanted, checkpoint=checkpoint, progress=lambda i, _, what: say(len(stopped) + i, of, what)))
    findings = []
    for i, (outcome, job) in enumerate(zip(study.outcomes, jobs, strict=True), start=1):
        findings.append(_finding(study, outcome, next(fits) if isinstance(job, FitSpec) else job))
        say(len(jobs) + i, of, f"{outcome.label}: {'checked' if findings[-1].error is None else 'stopped'}")
    together = _pooled(study, findings)
    return Evaluation(study, tuple(findings), perf_counter() - began, together, balances(study))


def _pooled(study: Study, findings: list[Finding]) -> Pooled | None:
    """Pool the outcomes that were answered, where there are two or more to pool."""
    answered = [f for f in findings if f.effect is not None]
    there = {f.label for f in answered}
    family = None if study.family is None else [label for label in study.family if label in there]
    try:
        return pooled(answered, family=family, nested=[label for label in study.nested if label in there])
    except SosBayesError:
        return None


def _job(study: Study, outcome: Outcome) -> FitSpec:
    layout = prepare_layout(study.data, study.compared, outcome, study.design)
    return FitSpec(layout, study.design, method=study.method, seed=study.seed, sampler=study.sampler)


def _finding(study: Study, outcome: Outcome, fitted: Fit | SosBayesError) -> Finding:
    began = perf_counter()
    answer = fitted if isinstance(fitted, SosBayesError) else attempt(_answer, study, fitted)
    seconds = perf_counter() - began
    if isinstance(answer, SosBayesError):
        return Finding(outcome, None, (), None, answer.released, seconds=seconds, fault=answer)
    return replace(answer, seconds=answer.seconds + seconds)


def _answer(study: Study, fitted: Fit) -> Finding:
    effect = estimate(fitted)
    beside, missed = _estimates(fitted)
    by_authority, none = _by_authority(fitted)
    between, over_time, by_column, not_told = _questions(fitted)
    others, unlike = against(study, fitted.outcome) if study.checks else ({}, ())
    checks = check(fitted, skip=() if study.checks else tuple(CHECKS), against=others)
    return Finding(
        outcome=fitted.outcome,
        effect=effect,
        checks=checks,
        grade=grade(effect, checks),
        error=None,
        estimates=beside,
        by_authority=by_authority,
        by_level=estimate(fitted, by="level") if fitted.outcome.levels else None,
        health=fitted.health,
        seconds=sum(seconds for _, seconds in fitted.seconds),
        notes=(*_notes(fitted), *missed, *none, *not_told, *unlike),
        heterogeneity=between,
        growth=over_time,
        subgroups=by_column,
        link=_link(fitted),
        path=outcome_path(fitted),
    )


def _link(fitted: Fit | PyMCFit) -> LinkEffect | None:
    """The effect on the model's scale; a mean and a model of one's own have none to pool on."""
    return None if fitted.outcome.measured or isinstance(fitted, PyMCFit) else link_effect(fitted)


def _estimates(fitted: Fit) -> tuple[tuple[Effect, ...], tuple[str, ...]]:
    effects: list[Effect] = []
    missed: list[str] = []
    for estimand, weight, scale in BESIDE:
        if scale == "events" and fitted.outcome.measured:
            continue
        try:
            effects.append(estimate(fitted, estimand=estimand, weight=weight, scale=scale))
        except SosBayesError as fault:
            missed.append(f"Not estimated ({estimand}, {weight}, {scale}): {fault.what}")
    return tuple(effects), tuple(missed)


def _by_authority(fitted: Fit) -> tuple[Effects | None, tuple[str, ...]]:
    try:
        return estimate(fitted, by="authority"), ()
    except SosBayesError as fault:
        return None, (f"Effects by authority were not estimated: {fault.what}",)


def _questions(
    fitted: Fit,
) -> tuple[Heterogeneity | None, Growth | None, tuple[Subgroups, ...], tuple[str, ...]]:
    """Heterogeneity (of two adopters or more), growth, and subgroups where the design has them."""
    missed: list[str] = []

    def asked[T](name: str, question: Callable[[], T]) -> T | None:
        try:
            return question()
        except SosBayesError as fault:
            missed.append(f"Not answered ({name}): {fault.what}")
            return None

    several = len(fitted.layout.adopters) > 1
    between = asked("heterogeneity", lambda: heterogeneity(fitted)) if several else None
    over_time = asked("growth", lambda: growth(fitted))
    columns = fitted.design.varying
    by_covariate = [asked(f"subgroups by {column}", partial(subgroups, fitted, column)) for column in columns]
    return between, over_time, tuple(s for s in by_covariate if s is not None), tuple(missed)


def _notes(fitted: Fit) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fitted.notes))
