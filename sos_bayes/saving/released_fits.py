"""A fit as it may leave: its hyperparameters, the effects that it is mostly asked for, and its checks where given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sos_bayes._core.errors import DesignError, FileError
from sos_bayes.checks.result import CheckResult
from sos_bayes.disclosure.levels import PARTS_OF_DRAWS
from sos_bayes.estimands import Effect, Effects, Estimand, Scale, Weight, estimate
from sos_bayes.estimands.released_fit import ReleasedFit
from sos_bayes.fitting.runs.cache_key import question_of
from sos_bayes.saving.released import pseudonym, released_checks, released_effect, released_effects, tells, told

if TYPE_CHECKING:
    from sos_bayes.fitting.posterior.fit_protocol import FitProtocol

WHOLE: tuple[tuple[Estimand, Weight, Scale], ...] = (
    ("satt", "children", "difference"),
    ("satt", "authorities", "difference"),
    ("patt", "authorities", "difference"),
    ("next_authority", "authorities", "difference"),
    ("satt", "children", "ratio"),
)  # the headline first


def released_fit(fit: Any, checks: tuple[CheckResult, ...] = ()) -> ReleasedFit:
    """What of a fit may leave, of either kind of fit.

    Raises
    ------
    FileError
        If the checks were made of another fit.
    """
    _refuse_others(fit, checks)
    name = pseudonym(estimate(fit).draws)
    parts = [getattr(fit.draws, part) for part in PARTS_OF_DRAWS]
    return ReleasedFit(
        outcome=fit.outcome,
        design=fit.design,
        method=fit.method,
        seed=fit.seed,
        health=type(fit.health)(fit.health.ok, told(fit.health.reasons), fit.health.numbers),
        seconds=fit.seconds,
        notes=told(fit.notes),
        n_adopters=len(fit.layout.adopters),
        n_comparators=len(fit.layout.comparators),
        hyper={key: values for part in parts for key, values in part.items()},
        effects=tuple(_whole(fit, name)),
        by=tuple(_split(fit, name)),
        checks=released_checks(checks, name),
    )


def _refuse_others(fit: Any, checks: tuple[CheckResult, ...]) -> None:
    made_of = question_of(fit.layout, fit.design)
    if any(one.fingerprint not in (None, made_of) or one.subgroup is not None for one in checks):
        raise FileError(
            "These checks were made of another fit, or of a subgroup.",
            where="save(fit, path, checks=...)",
            why="A check of something else says nothing about this fit's headline.",
            cure="Give checks=check(fit).",
        )


def _whole(fit: FitProtocol, name: str) -> Iterable[Effect]:
    """Effects over all adopters, but those that tell what is withheld or that the outcome does not have."""
    for estimand, weight, scale in WHOLE:
        try:
            effect = estimate(fit, estimand=estimand, weight=weight, scale=scale)
        except DesignError:
            continue
        if not tells(effect):
            yield released_effect(effect, name)


def _split(fit: FitProtocol, name: str) -> Iterable[Effects]:
    """Effects of parts: by lag, by authority, by the outcome's own scale and by columns that effects vary by."""
    split_by = fit.outcome.split_by
    for by in ("event_time", "authority", *(() if split_by is None else (split_by,)), *fit.design.varying):
        try:
            yield released_effects(estimate(fit, by=by), name)
        except DesignError:
            continue
