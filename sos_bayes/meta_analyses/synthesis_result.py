"""What a synthesis found, as a noun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import FitError, StudyError, nearest
from sos_bayes._core.kept import Kept
from sos_bayes.data import Aim
from sos_bayes.estimands.contraction import Learned, learned
from sos_bayes.fitting.posterior.diagnostics import Health
from sos_bayes.meta_analyses.bias_terms import Bias
from sos_bayes.meta_analyses.left_out import left_out_rows, prior_rows
from sos_bayes.meta_analyses.measures import SynthesisPriors, unit_of
from sos_bayes.meta_analyses.sampled import Question, flat
from sos_bayes.meta_analyses.sentences import sentence
from sos_bayes.meta_analyses.study_table import Studies
from sos_bayes.meta_analyses.summaries import Summarised, Wanted, summarised
from sos_bayes.sampling.sampler import Sampler

if TYPE_CHECKING:
    import pandas as pd
    import pymc as pm
    import xarray as xr

MEAN, SITE = "mean effect", "effect at a new site"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MetaAnalysis(Kept):
    """A random-effects synthesis across studies: their mean, how they differ, and what to expect at a new site.

    It is not graded: a grade of this library belongs to one evaluation, and a synthesis is at most as good as the
    studies in it. `records` is what a rating of the evidence reads.

    Attributes
    ----------
    studies : Studies
    priors : SynthesisPriors
    bias : Bias or None
        The model of small-study effects or selection, if any.
    correlation : float
        Of the errors of two effects of one study.
    aim : Aim or None
    worthwhile : float or None
    unit : str
    model : pymc.Model
        What was sampled. Of counts it holds the counts: it stays where they are.
    tree : xarray.DataTree
        For ArviZ: ``posterior`` (``mu``, ``tau``, ``study_effect``, ``new_site`` and what else the model has),
        ``prior``, ``sample_stats``, ``log_likelihood`` (one number a study, its departure integrated out), and
        ``observed_data`` of effects with standard errors.
    health : Health
        The gate, over every variable.
    sampler : Sampler
    seed : int
    seconds : float
    notes : tuple of str
    """

    called: ClassVar[str] = "A meta-analysis is"
    refusal: ClassVar[type] = FitError

    studies: Studies
    priors: SynthesisPriors
    bias: Bias | None
    correlation: float
    aim: Aim | None
    worthwhile: float | None
    unit: str
    model: pm.Model
    tree: xr.DataTree
    draws: dict[str, Floats]
    health: Health
    sampler: Sampler
    seed: int
    seconds: float
    notes: tuple[str, ...]

    @property
    def wanted(self) -> Wanted:
        """Where effects are wanted."""
        return Wanted(0 if self.aim is None else self.aim.sign, self.worthwhile)

    @property
    def question(self) -> Question:
        """Studies, priors, bias and correlation together."""
        return Question(self.studies, self.priors, self.bias, self.correlation)

    @property
    def scale(self) -> str:
        """Of the effects, in words."""
        return unit_of(self.studies.measure, self.unit)

    @property
    def mean(self) -> Summarised:
        """Mean effect over sites such as these, at mean covariates; with a model of bias, without the bias."""
        return summarised(MEAN, self.draws["mu"], self.wanted)

    @property
    def heterogeneity(self) -> Learned:
        """Standard deviation of effects between studies: its prior beside its posterior, with 90 % intervals."""
        grid = self.priors.from_shares((np.arange(4000) + 0.5) / 4000)
        return learned("tau", grid, self.draws["tau"].ravel())

    @property
    def within_studies(self) -> Learned | None:
        """Standard deviation of effects of one study around the study's own; None of one effect a study."""
        if "tau_within" not in self.draws:
            return None
        grid = self.priors.from_shares((np.arange(4000) + 0.5) / 4000)
        return learned("tau_within", grid, self.draws["tau_within"].ravel())

    @property
    def share(self) -> Summarised:
        """Share of the variance of effects that is no error of estimation, as I-squared (Higgins and Thompson 2002).

        The typical error variance is theirs; of counts it is approximate. A share, no size: precise studies make it
        large.
        """
        w = 1 / self.studies.error**2
        typical = (len(w) - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum())
        variance = self.draws["tau"] ** 2 + self.draws.get("tau_within", np.zeros(1)) ** 2
        return summarised("share of variance between studies", variance / (variance + typical))

    def new_site(self, at: Mapping[str, float] | None = None) -> Summarised:
        """What to expect at a site that is none of these: mean, differences between sites, and the chances.

        Parameters
        ----------
        at : mapping from str to float, optional
            Covariates of the site; those that are not named are at their mean over studies.

        Raises
        ------
        StudyError
            If a covariate is not known.
        """
        draws = np.asarray(self.tree["posterior"]["new_site"].values)
        return summarised(SITE, draws + self._moved(at), self.wanted)

    def _moved(self, at: Mapping[str, float] | None) -> Floats:
        names = self.studies.covariates
        for name in at or {}:
            if name not in names:
                raise StudyError(
                    f"{name!r:.60} is no covariate of this synthesis.{nearest(str(name), names)}", where="new_site(at=)"
                )
        if not at:
            return np.zeros(1)
        moved = [
            (at.get(n, m) - m) / s for n, m, s in zip(names, self.studies.centre, self.studies.spread, strict=True)
        ]
        return np.asarray(self.draws["beta"] @ np.array(moved))

    def coefficients(self) -> pd.DataFrame:
        """Meta-regression: one row a covariate, its coefficient for one unit of it, and for one standard deviation."""
        import pandas as pd

        rows = []
        for i, name in enumerate(self.studies.covariates):
            per_sd = summarised(name, self.draws["beta"][..., i])
            unit = summarised(name, self.draws["beta"][..., i] / self.studies.spread[i])
            figures = {k: v for k, v in unit.row().items() if k in ("mean", "sd", "low", "high", "p_above")}
            rows.append({"covariate": name, **figures, "per_sd": per_sd.mean, "centre": float(self.studies.centre[i])})
        return pd.DataFrame(rows)

    def study_effects(self) -> pd.DataFrame:
        """One row an effect: as reported, and as it is seen beside the others (drawn towards their mean)."""
        import pandas as pd

        drawn = np.asarray(self.tree["posterior"]["study_effect"].values)
        rows = []
        for i, name in enumerate(self.studies.names):
            found = summarised(name, drawn[..., i], self.wanted).row()
            given = {"reported": float(self.studies.effect[i]), "se": float(self.studies.error[i])}
            if self.studies.arms is not None:  # half an event is added in these, and they give counts away
                given = {}
            rows.append({"study": self.studies.labels[self.studies.of[i]], **found, **given})
        return pd.DataFrame(rows)

    def to_frame(self) -> pd.DataFrame:
        """Tidy rows: the mean effect and a new site, with the synthesis' scale, studies and model of bias."""
        import pandas as pd

        told = {"measure": self.scale, "studies": len(self.studies), "bias": self.bias.kind if self.bias else "none"}
        return pd.DataFrame([found.row() | told for found in (self.mean, self.new_site())])

    def leave_one_out(self) -> pd.DataFrame:
        """The mean effect without each study, by importance weights; anew by NUTS where weights fail.

        Returns
        -------
        pandas.DataFrame
            One row a study left out: mean, sd, low, high, p_above, p_favourable, p_worthwhile, p_harm, ``tau`` (mean),
            ``k_hat`` and ``by`` ("weights" or "nuts").
        """
        import pandas as pd

        return pd.DataFrame(left_out_rows(self.question, flat(self.draws), self.sampler, self.seed, self.wanted))

    def prior_sensitivity(self) -> pd.DataFrame:
        """The answers under a prior of the heterogeneity half and twice as wide, by importance weights.

        Returns
        -------
        pandas.DataFrame
            Rows ``half``, ``as given``, ``twice``: scale, mean effect with its interval and chances, mean ``tau``, the
            effect at a new site (``site_...``), and ``k_hat``; above .7 the row is not to be trusted.
        """
        import pandas as pd

        site = np.asarray(self.tree["posterior"]["new_site"].values).ravel()
        return pd.DataFrame(prior_rows(self.priors, flat(self.draws), site, self.wanted))

    def records(self) -> tuple[dict[str, object], ...]:
        """What a rating of the evidence reads: a mapping for each effect, then one for the synthesis; none is graded.

        Returns
        -------
        tuple of dict
            Keys ``kind`` ("study" or "synthesis"), ``study``, ``measure``, ``effect``, ``low``, ``high`` (95 %),
            ``direction`` ("favourable", "unfavourable", "unclear" or "no aim"), ``studies`` and ``graded`` (False).
        """
        frame = self.study_effects()
        rows: list[dict[str, object]] = [
            {
                "kind": "study",
                "study": r["study"],
                "effect": r["mean"],
                "low": r["low"],
                "high": r["high"],
                "studies": 1,
            }
            for r in frame.to_dict("records")
        ]
        m = self.mean
        rows.append({"kind": "synthesis", "study": f"synthesis of {len(self.studies)} studies", "effect": m.mean,
                     "low": m.low, "high": m.high, "studies": len(self.studies)})  # fmt: skip
        return tuple(
            row | {"measure": self.scale, "direction": self._direction(row), "graded": False} for row in rows
        )  # fmt: skip

    def _direction(self, row: dict[str, object]) -> str:
        low, high = float(str(row["low"])), float(str(row["high"]))
        if self.aim is None:
            return "no aim"
        if low <= 0 <= high:
            return "unclear"
        return "favourable" if (low > 0) == (self.aim.sign > 0) else "unfavourable"

    @property
    def sentence(self) -> str:
        """The answer in words."""
        return sentence(self)

    def __str__(self) -> str:
        return self.sentence

    def __repr__(self) -> str:
        state = "healthy" if self.health.ok else "not healthy"
        bias = f", {self.bias.kind}" if self.bias else ""
        return f"<MetaAnalysis of {len(self.studies)} studies, {self.scale}{bias}, {state}>"
