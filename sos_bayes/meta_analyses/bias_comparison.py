"""Models without and with small-study bias side by side, by how likely each made the effects, and averaged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np

from sos_bayes._core.errors import StudyError
from sos_bayes._core.sealed import sealed
from sos_bayes._core.words import number, probability
from sos_bayes.estimands.pooling import Mixture
from sos_bayes.meta_analyses.bias_terms import FUNNEL, STEPS, BiasName, bias_of
from sos_bayes.meta_analyses.exact_grid import Exact, exact
from sos_bayes.meta_analyses.sentences import chances, figures
from sos_bayes.meta_analyses.study_table import SMALL_STUDY
from sos_bayes.meta_analyses.summaries import Summarised, Wanted
from sos_bayes.meta_analyses.synthesis_result import MEAN, MetaAnalysis

if TYPE_CHECKING:
    import pandas as pd

NONE = "none"
PRIOR_OF_NONE = 0.5


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BiasComparison:
    """The mean effect under each model of small-study bias, and averaged over them.

    Attributes
    ----------
    prior, posterior : dict from str to float
        Probabilities of the models ``none``, ``pet``, ``peese`` and ``selection``: before the data half for none, the
        rest divided among the three.
    means : dict from str to Summarised
        The mean effect without the bias, under each.
    averaged : Summarised
        The same, averaged by the posterior probabilities.
    log_evidence : dict from str to float
        Log marginal likelihoods, by quadrature.
    studies : int
    scale : str
    """

    prior: dict[str, float]
    posterior: dict[str, float]
    means: dict[str, Summarised]
    averaged: Summarised
    log_evidence: dict[str, float]
    studies: int
    scale: str

    @property
    def p_bias(self) -> float:
        """Probability of any of the models with bias."""
        return 1 - self.posterior[NONE]

    @property
    def bayes_factor(self) -> float:
        """How many times likelier the effects were under the models with bias than under that without."""
        odds = self.p_bias / self.posterior[NONE]
        return odds * self.prior[NONE] / (1 - self.prior[NONE])

    def to_frame(self) -> pd.DataFrame:
        """One row a model, and one averaged."""
        import pandas as pd

        rows = [
            {"bias": name, "prior": self.prior[name], "posterior": self.posterior[name],
             "log_evidence": self.log_evidence[name], **found.row()}
            for name, found in self.means.items()
        ]  # fmt: skip
        rows.append({"bias": "averaged", "prior": 1.0, "posterior": 1.0, **self.averaged.row()})
        return pd.DataFrame(rows).drop(columns="name")

    @property
    def sentence(self) -> str:
        """The answer in words."""
        few = (
            f" With {self.studies} studies, fewer than {SMALL_STUDY}, the power to see bias is too low: that little is "
            "seen says nothing."
            if self.studies < SMALL_STUDY
            else ""
        )
        return (
            f"Across {self.studies} studies, the mean {self.scale} is {figures(self.means[NONE])} if there is no "
            f"small-study bias, and {figures(self.averaged)}, {chances(self.averaged)}, averaged over that and three "
            f"models of bias ({'; '.join(FUNNEL.values())}). {probability(self.p_bias)} that one of the three holds, "
            f"which was .5 before the data: they were {number(self.bayes_factor)} times as likely under bias.{few} No "
            "model of bias knows what was not published; this is a sensitivity, and not graded here."
        )

    def __str__(self) -> str:
        return self.sentence

    def __repr__(self) -> str:
        return f"<BiasComparison of {self.studies} studies: {probability(self.p_bias)} of bias>"


@sealed
def compare_bias(found: MetaAnalysis, *, steps: tuple[float, ...] = STEPS) -> BiasComparison:
    """Set models without and with small-study bias side by side, and average the mean effect over them.

    All by quadrature: nothing is sampled, and marginal likelihoods are exact to rounding. They depend on the priors,
    those of the slopes (normal with sd 1, in standard errors) and weights (evenly spread, never rising with p) too.

    Parameters
    ----------
    found : MetaAnalysis
        Of effects with standard errors, one a study, without covariates, with an aim; its own model of bias does not
        matter.
    steps : tuple of float
        One or two one-sided p at which weights fall.

    Returns
    -------
    BiasComparison

    Raises
    ------
    StudyError
        If the synthesis is of counts, of several effects a study, or has covariates.

    Examples
    --------
    >>> compare_bias(sb.meta_analysis(...)).to_frame()  # doctest: +SKIP
    """
    studies = found.studies
    _refuse_other(found, steps)
    wanted = found.wanted
    fitted: dict[str, Exact] = {NONE: exact(studies, found.priors)}
    names: tuple[BiasName, ...] = get_args(BiasName)
    for name in names:
        fitted[name] = exact(studies, found.priors, bias_of(name, wanted.sign, steps, studies))
    prior = {NONE: PRIOR_OF_NONE} | dict.fromkeys(names, (1 - PRIOR_OF_NONE) / len(names))
    logs = np.array([np.log(prior[name]) + one.log_evidence for name, one in fitted.items()])
    p = np.exp(logs - logs.max())
    posterior = dict(zip(fitted, (p / p.sum()).tolist(), strict=True))
    means = {name: mixed(MEAN, one.mean, wanted) for name, one in fitted.items()}
    evidence = {name: one.log_evidence for name, one in fitted.items()}
    averaged = mixed(MEAN, _average(fitted, posterior), wanted)
    return BiasComparison(prior, posterior, means, averaged, evidence, len(studies), found.scale)


def _refuse_other(found: MetaAnalysis, steps: tuple[float, ...]) -> None:
    studies = found.studies
    why = None
    if studies.arms is not None:
        why = "events and trials: give effects and standard errors"
    elif studies.several:
        why = "several effects a study: keep one a study"
    elif studies.covariates:
        why = "covariates: leave them out"
    elif len(steps) > 2:
        why = "more than two steps: give one or two"
    if why is not None:
        raise StudyError(f"Models of bias cannot be compared with {why}.", where="compare_bias")


def _average(fitted: dict[str, Exact], posterior: dict[str, float]) -> Mixture:
    parts = [(posterior[name], one.mean) for name, one in fitted.items()]
    return Mixture(
        np.concatenate([p * m.weights for p, m in parts]), np.concatenate([m.means for _, m in parts]),
        np.concatenate([m.sds for _, m in parts]),
    )  # fmt: skip


def mixed(name: str, mixture: Mixture, wanted: Wanted) -> Summarised:
    """Sum up a mixture of normals."""
    figures = (mixture.mean, mixture.sd, mixture.quantile(0.025), mixture.quantile(0.975))
    above = mixture.above(0.0)
    if wanted.sign == 0:
        return Summarised(name, *figures, above)
    p: list[float | None] = [above if wanted.sign > 0 else 1 - above, None, None]
    if wanted.worthwhile is not None:
        beyond, harm = (mixture.above(w) for w in (wanted.worthwhile, -wanted.worthwhile))
        p[1:] = [beyond, 1 - harm] if wanted.sign > 0 else [1 - harm, beyond]
    return Summarised(name, *figures, above, *p)
