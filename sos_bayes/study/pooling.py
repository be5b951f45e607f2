"""Pool several outcomes: aims aligned, correlation read from the comparators, harm read from the separate fits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import StudyError, nearest
from sos_bayes._core.sealed import sealed
from sos_bayes._core.words import short
from sos_bayes.estimands import Effect, estimate
from sos_bayes.estimands.link_effect import LinkEffect, correlation, link_effect
from sos_bayes.estimands.link_scale import moved
from sos_bayes.estimands.pooling import Mixture, pool
from sos_bayes.evidence.chances import chance_of_any
from sos_bayes.fitting import Fit
from sos_bayes.study.evaluation import Finding
from sos_bayes.study.pooled_outcomes import BOUND, Correlated, Pooled, PooledOutcome

HARM = 0.95


@sealed
def pooled(
    answers: Iterable[Fit | Finding],
    *,
    family: Iterable[str] | None = None,
    nested: Iterable[str] = (),
    correlation: Floats | None = None,
) -> Pooled:
    """Pool the effects on several outcomes, aligned by aim, as a sensitivity beside the separate answers.

    Each outcome's SATT on the log-odds or log-rate scale, its own prior taken out, is a normal estimate of an effect
    that shares a mean with the others: effect_j ~ N(m, phi), m ~ N(0, .3), phi ~ half-normal(.2). A lone effect is
    pulled towards its neighbours and they towards it, which is why the verdicts stay separate.

    Parameters
    ----------
    answers : iterable of Fit or Finding
        One for each outcome.
    family : iterable of str, optional
        Labels of the outcomes that are one family; all by default.
    nested : iterable of str
        Labels of outcomes that are part of another one, such as "re-referred and escalated" of "re-referred": left out.
        Those counted only among the events of another outcome (``among``) are left out anyway.
    correlation : ndarray (J, J), optional
        Of the pooled outcomes' errors as they are counted, in order. Estimated from comparators' residuals where the
        outcomes have authorities and periods in common, bounded elsewhere.

    Returns
    -------
    Pooled

    Raises
    ------
    StudyError
        If a label is not known, or fewer than two outcomes are left.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> from dataclasses import replace
    >>> fits = []
    >>> for seed in (1, 2, 3):
    ...     made = sb.simulation.made_up_england(seed=seed)
    ...     panel = sb.read_panel(made.panel, authority="authority", period="period")
    ...     outcome = replace(made.outcome, label=f"synthetic outcome {seed}")
    ...     fits.append(sb.fit(panel, made.rollout, outcome, method="fast"))
    >>> sb.pooled(fits, nested=("synthetic outcome 3",))
    <Pooled: 2 outcomes, 1 left out, 0 harmful>
    """
    separate = [_separate(answer) for answer in answers]
    known = [effect.outcome.label for effect, _ in separate]
    names, parts = _known(family, known, "family"), _known(nested, known, "nested")
    reasons = {effect.outcome.label: _why_not(effect, link, names, parts, separate) for effect, link in separate}
    kept = [(effect, link) for effect, link in separate if link and not reasons[effect.outcome.label]]
    if len(kept) < 2:
        raise StudyError(
            "Fewer than two outcomes can be pooled.",
            where="; ".join(f"{short(label)}: {why}" for label, why in reasons.items() if why) or None,
            cure="Give two or more outcomes that are not part of one another.",
        )
    signs = np.array([effect.outcome.aim.sign for effect, _ in kept], dtype=float)
    matrix, source = _correlations([link for _, link in kept], correlation)
    aligned = [m if source == "bounded" else signs[:, None] * m * signs for m in matrix]
    effects, p_family = _less_certain([_pool(kept, signs, m) for m in aligned])
    low, moderate = chance_of_any(len(separate))
    return Pooled(
        tuple(_side_by_side(e, link, mix) for (e, link), mix in zip(kept, effects, strict=True)),
        tuple((label, why) for label, why in reasons.items() if why),
        p_family,
        None if source == "bounded" else aligned[0],
        source,
        harmful(effect for effect, _ in separate),
        low,
        moderate,
    )


def harmful(effects: Iterable[Effect]) -> tuple[tuple[str, float], ...]:
    """Outcomes with an effect contrary to the aim with P >= .95 in their own healthy fit, and that probability."""
    harms = ((e.outcome.label, 1 - towards(e)) for e in effects if e.health.ok)
    return tuple((label, p) for label, p in harms if p >= HARM)


def towards(effect: Effect) -> float:
    """Probability that an effect lies towards its aim."""
    return effect.probability(above=0.0) if effect.outcome.aim.sign > 0 else effect.probability(below=0.0)


def _separate(answer: Fit | Finding) -> tuple[Effect, LinkEffect | None]:
    if isinstance(answer, Fit):
        return estimate(answer), None if answer.outcome.measured else link_effect(answer)
    if answer.effect is None:
        raise StudyError(
            f"The finding on {short(answer.label)!r} has no effect.", cure="Leave out outcomes that stopped."
        )
    return answer.effect, answer.link


def _known(labels: Iterable[str] | None, known: Sequence[str], argument: str) -> tuple[str, ...] | None:
    if labels is None:
        return None
    names = tuple(labels)
    for label in names:
        if label not in known:
            raise StudyError(
                f"{argument} names {short(label)!r}, which is no outcome here.{nearest(label, known)}",
                where=f"outcomes: {', '.join(short(x) for x in known)}",
            )
    return names


def _why_not(
    effect: Effect,
    link: LinkEffect | None,
    family: tuple[str, ...] | None,
    nested: tuple[str, ...] | None,
    every: list[tuple[Effect, LinkEffect | None]],
) -> str:
    outcome = effect.outcome
    if family is not None and outcome.label not in family:
        return "not of the family"
    if outcome.label in (nested or ()):
        return "part of another outcome"
    if any(outcome.among is not None and outcome.among == e.outcome.events for e, _ in every if e is not effect):
        return "counted only among the events of another outcome"
    if not effect.health.ok:
        return "its fit did not pass its gate"
    return "" if link is not None else "its effect on the model's scale is not known"


def _correlations(links: list[LinkEffect], given: Floats | None) -> tuple[list[Floats], Correlated]:
    size = len(links)
    if given is not None:
        matrix = np.asarray(given, dtype=float)
        if matrix.shape != (size, size) or not np.allclose(matrix, matrix.T) or not np.allclose(np.diag(matrix), 1):
            raise StudyError(f"correlation is not a {size} by {size} correlation matrix.", where="pooled(correlation=)")
        return [_definite(matrix)], "given"
    matrix = np.eye(size)
    for i in range(size):
        for j in range(i):
            r = correlation(links[i], links[j])
            if r is None:
                return [np.eye(size), (1 - BOUND) * np.eye(size) + BOUND], "bounded"
            matrix[i, j] = matrix[j, i] = r
    return [_definite(matrix)], "estimated"


def _definite(matrix: Floats) -> Floats:
    """Nearest correlation matrix without directions of no variance: pairs may rest on different authorities."""
    values, vectors = np.linalg.eigh(matrix)
    mended = (vectors * np.maximum(values, 0.01)) @ vectors.T
    scale = np.sqrt(np.diag(mended))
    return np.asarray(mended / scale[:, None] / scale)


def _pool(kept: list[tuple[Effect, LinkEffect]], signs: Floats, matrix: Floats) -> tuple[tuple[Mixture, ...], Mixture]:
    said = np.array([link.likelihood for _, link in kept])
    return pool(signs * said[:, 0], said[:, 1][:, None] * matrix * said[:, 1])


def _less_certain(mixtures: list[tuple[tuple[Mixture, ...], Mixture]]) -> tuple[tuple[Mixture, ...], float]:
    """Of several correlations, for each effect the answer whose direction is less certain."""

    def doubt(mixture: Mixture) -> float:
        return abs(mixture.above(0.0) - 0.5)

    effects = tuple(min(options, key=doubt) for options in zip(*(e for e, _ in mixtures), strict=True))
    return effects, min((mean for _, mean in mixtures), key=doubt).above(0.0)


def _side_by_side(effect: Effect, link: LinkEffect, mixture: Mixture) -> PooledOutcome:
    sign = effect.outcome.aim.sign
    after = (mixture.mean, mixture.quantile(0.025), mixture.quantile(0.975))
    before = (sign * link.mean, sign * link.mean - 1.96 * link.sd, sign * link.mean + 1.96 * link.sd)
    middle, *ends = (float(moved(effect.outcome, effect.baseline, sign * x)) for x in after)
    natural = (middle, min(ends), max(ends))
    return PooledOutcome(effect, towards(effect), mixture.above(0.0), before, after, natural)
