"""From a table of studies to a synthesis."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version

from sos_bayes._core.cores import inside_worker
from sos_bayes._core.errors import StudyError
from sos_bayes._core.sealed import sealed
from sos_bayes._core.seeds import check_seed
from sos_bayes.data import Aim
from sos_bayes.meta_analyses.bias_terms import STEPS, BiasName, bias_notes, bias_of
from sos_bayes.meta_analyses.measures import SynthesisPriors, priors_of, refuse_far, unit_of
from sos_bayes.meta_analyses.sampled import DEFAULT, Question, sampled, tree_of
from sos_bayes.meta_analyses.study_table import Studies, read_studies
from sos_bayes.meta_analyses.synthesis_result import MetaAnalysis
from sos_bayes.sampling.sampler import Sampler


@sealed
def meta_analysis(
    studies: object,
    *,
    study: str = "study",
    effect: str | None = None,
    se: str | None = None,
    events: Sequence[str] | None = None,
    trials: Sequence[str] | None = None,
    within: str | None = None,
    correlation: float = 0.0,
    measure: str | None = None,
    unit: str = "",
    aim: Aim | None = None,
    worthwhile: float | None = None,
    covariates: Iterable[str] = (),
    bias: BiasName | None = None,
    steps: Sequence[float] = STEPS,
    priors: SynthesisPriors | None = None,
    sampler: Sampler | None = None,
    seed: int = 20180401,
) -> MetaAnalysis:
    """Pool one question over several studies by a random-effects model.

    It pools *studies*. Several outcomes of *one* evaluation are pooled by `pooled`, which knows that the same children
    are behind them.

    Parameters
    ----------
    studies : frame or path
        One row an effect.
    study : str
        Column of the studies' labels.
    effect, se : str
        Columns of effects and their standard errors; of ratios their logarithms.
    events, trials : pair of str
        Instead: columns of events and of trials in the arm with the practice and in that without it. Log odds ratios
        with binomial counts; nothing is added to zeros.
    within : str, optional
        Column that tells several effects of one study apart (outcomes, follow-ups, places). Effects then differ between
        studies and within them.
    correlation : float
        Of the errors of two effects of one study, from 0 to below 1: not 0 where the same people are behind both.
    measure : str
        Scale of the effects: ``"log_odds_ratio"`` (that of counts), ``"log_risk_ratio"``, ``"log_rate_ratio"``,
        ``"standardised_mean_difference"``, ``"risk_difference"`` or ``"difference"``; or the column that says it of
        each row, and must say the same of all.
    unit : str
        Of a difference, for sentences.
    aim : Aim, optional
        Which direction is favourable.
    worthwhile : float, optional
        Smallest change that matters, in the unit of the effects.
    covariates : iterable of str
        Columns of numbers on which effects are regressed, standardised and shrunk.
    bias : {"pet", "peese", "selection"}, optional
        Model of small-study bias: regression on the standard error or its square, or weights that fall with the
        one-sided p of a result. Needs ``aim``. `compare_bias` sets them side by side.
    steps : sequence of float
        One-sided p at which weights fall.
    priors : SynthesisPriors, optional
        By default those of the measure; a ``"difference"`` has none.
    sampler : Sampler, optional
    seed : int

    Returns
    -------
    MetaAnalysis

    Raises
    ------
    DataError
        If the table cannot be pooled: one study, effects without errors, impossible counts, labels that are not unique,
        mixed scales, covariates that are missing.
    StudyError
        If what is asked does not go with it.

    Notes
    -----
    Effects y with standard errors s: y ~ N(mu + X beta, s^2 + tau^2), and with several a study covariances of errors
    and of the study's departure. Counts: binomial, with log odds level + effect / 2 and level - effect / 2, and
    level ~ N(0, 5^2) for each study (Smith, Spiegelhalter and Thomas 1995). Priors of mu are N(0, 2^2) and of tau
    half-normal(.5) for logarithms of ratios; 1 and .3 for standardised mean differences; .5 and .1 for risk
    differences. Röver and others (2021, doi 10.1002/jrsm.1475) discuss how to choose such a scale.
    `MetaAnalysis.prior_sensitivity` shows what half and twice of it would say.

    Examples
    --------
    Eight schools (Rubin 1981):

    >>> import pandas as pd
    >>> import sos_bayes as sb
    >>> schools = pd.DataFrame({"study": list("ABCDEFGH"), "effect": [28, 8, -3, 7, -1, 1, 18, 12],
    ...                         "se": [15, 10, 16, 11, 9, 11, 10, 18]})
    >>> found = meta_analysis(schools, effect="effect", se="se", measure="difference", unit="points",
    ...                       priors=sb.SynthesisPriors(mean=5, heterogeneity=5), aim=sb.Aim.MORE)
    >>> found
    <MetaAnalysis of 8 studies, difference in points, healthy>
    """
    check_seed(seed, StudyError)
    read = read_studies(
        studies, study=study, effect=effect, se=se, events=events, trials=trials, within=within, measure=measure,
        covariates=_listed(covariates),
    )  # fmt: skip
    _check_asked(aim, worthwhile, correlation, read)
    chosen = bias_of(bias, 0 if aim is None else aim.sign, steps, read)
    used = priors_of(read.measure, priors)
    refuse_far(read.effect, read.error, read.names, used)
    if sampler is not None and not isinstance(sampler, Sampler):
        raise StudyError(f"sampler={sampler!r:.40} is none.", cure="Give sb.Sampler(draws=..., ...), or leave it out.")
    question = Question(read, used, chosen, float(correlation))
    return synthesised(question, aim, worthwhile, unit, sampler or DEFAULT, seed)


def synthesised(
    question: Question, aim: Aim | None, worthwhile: float | None, unit: str, sampler: Sampler, seed: int
) -> MetaAnalysis:
    """Sample a synthesis that was read."""
    if inside_worker():
        sampler = replace(sampler, cores=1, progress=False)
    read, chosen = question.studies, question.bias
    begun = time.perf_counter()
    model, draws, statistics, health, twice = sampled(question, sampler, seed)
    told = {
        "inference_library": "sos_bayes", "inference_library_version": version("sos_bayes"), "seed": seed,
        "measure": unit_of(read.measure, unit), "studies": len(read), "priors": question.priors.in_words,
        "bias": chosen.kind if chosen else "none",
        "gate": "passed" if health.ok else "missed: the draws answer nothing",
    }  # fmt: skip
    tree = tree_of(question, draws, statistics, told, seed)
    notes = (*read.notes, *bias_notes(chosen, read), *twice)
    return MetaAnalysis(
        read, question.priors, chosen, question.correlation, aim, worthwhile, unit, model, tree, draws, health, sampler,
        seed, time.perf_counter() - begun, notes,
    )  # fmt: skip


def _listed(columns: Iterable[str]) -> tuple[str, ...]:
    return (columns,) if isinstance(columns, str) else tuple(columns)


def _check_asked(aim: Aim | None, worthwhile: float | None, correlation: float, read: Studies) -> None:
    if aim is not None and not isinstance(aim, Aim):
        raise StudyError(f"aim={aim!r:.40} is no aim.", cure="Give sb.Aim.FEWER or sb.Aim.MORE.")
    if worthwhile is not None:
        if not isinstance(worthwhile, (int, float)) or not 0 <= worthwhile < float("inf"):
            raise StudyError(
                f"worthwhile={worthwhile!r:.40} is no size of a change.",
                cure="Give a positive number in the effects' unit.",
            )
        if aim is None:
            raise StudyError("A worthwhile change has no direction without an aim.", cure="Give aim= as well.")
    if not isinstance(correlation, (int, float)) or not 0 <= correlation < 1:
        raise StudyError(
            f"correlation={correlation!r:.40} is none of errors.", cure="Give a number from 0 to below 1, such as 0.5."
        )
    if correlation and not read.several:
        raise StudyError(
            "correlation is of two effects of one study, and no study here has two.",
            cure="Leave it out, or name by within= what tells a study's effects apart.",
        )
    if correlation and read.arms is not None:
        raise StudyError(
            "Counts of several effects a study are taken for different people: correlation cannot be given.",
            cure="Where people are the same, compute effects and standard errors and give effect= and se=.",
        )
