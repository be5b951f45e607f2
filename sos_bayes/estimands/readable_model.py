"""The model itself, in PyMC: to read, draw, sample, change and extend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, cast, overload

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes._core.sealed import sealed
from sos_bayes.data import Cohort, Outcome, Panel, Rollout
from sos_bayes.designs import DiD, Layout
from sos_bayes.designs.design_protocol import ReadableDesign
from sos_bayes.estimands.released_fit import ReleasedFit
from sos_bayes.estimands.weights import child_weights, groups_by, normalised
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.posterior.fit_protocol import StagedFit
from sos_bayes.fitting.runs.fit_result import Fit
from sos_bayes.fitting.runs.methods import prepare_layout

if TYPE_CHECKING:
    import pymc as pm

    from sos_bayes.fitting.posterior.fit_protocol import FitProtocol
    from sos_bayes.fitting.pymc.readable_model import OwnTerm
    from sos_bayes.fitting.pymc.variables import OwnPrior


Stage = Literal["prediction", "effects"]


@overload
def to_pymc(
    data: Fit | FitProtocol,
    *,
    priors: Mapping[str, OwnPrior] | None = ...,
    terms: Mapping[str, OwnTerm] | None = ...,
    children: bool = ...,
    stage: Stage | None = ...,
    draw: tuple[int, int] | None = ...,
) -> pm.Model: ...
@overload
def to_pymc(
    data: Cohort | Panel,
    rollout: Rollout,
    outcome: Outcome,
    design: DiD | ReadableDesign | None = ...,
    *,
    priors: Mapping[str, OwnPrior] | None = ...,
    terms: Mapping[str, OwnTerm] | None = ...,
    children: bool = ...,
    stage: Stage | None = ...,
) -> pm.Model: ...


@sealed
def to_pymc(
    data: Fit | FitProtocol | Cohort | Panel,
    rollout: Rollout | None = None,
    outcome: Outcome | None = None,
    design: DiD | ReadableDesign | None = None,
    *,
    priors: Mapping[str, OwnPrior] | None = None,
    terms: Mapping[str, OwnTerm] | None = None,
    children: bool = False,
    stage: Stage | None = None,
    draw: tuple[int, int] | None = None,
) -> pm.Model:
    """Write the model of a fit, or of data before any fit, as a PyMC model.

    It is the very model that `fit` fits: its log density is held against that of the sampler, term by term of the
    design. Every hyperparameter and every term is a variable with a name and named dimensions, the observed cells are
    its likelihood. `pm.sample`, `pm.sample_prior_predictive`, `pm.sample_posterior_predictive`,
    `pm.compute_log_likelihood` and `pm.model_to_graphviz` take it as it is. `fit` samples the same posterior many times
    faster and with a gate; this is for reading, drawing and changing it.

    **It must stay in the secure setting.** The model holds the exact count of every cell, small ones too, and so does
    all that PyMC makes of it: `observed_data`, `constant_data`, `posterior_predictive` and `log_likelihood` of what
    `pm.sample` returns, a pickle, a file. Posterior draws of single cells (``log_odds``, ``with_rollout``, ``shock``)
    give them away as well. Release draws of hyperparameters and of ``satt`` only. No record of a child is in it, but
    where ``children=True`` asks for that.

    Parameters
    ----------
    data : Fit, Cohort or Panel
        A fit, and nothing else; or data, with the rollout, outcome and design as for `fit`.
    rollout : Rollout, optional
    outcome : Binary, Count, Ordinal, Continuous or Duration, optional
    design : DiD, SyntheticControl, LatentFactors or PyMCDesign, optional
        Defaults to ``DiD()``. A synthetic control and latent factors are fitted in two stages, between which the
        posterior is cut: treated cells feed nothing back into what predicts them, and there is no one joint density.
        Each stage is a model by itself: see ``stage``. A model of your own is given back, and looked at as before a
        fit.
    priors : mapping of str to callable, optional
        Priors in the place of the design's: from a variable's name to a function of name and dimensions that declares
        it, such as ``{"mu_tau": lambda name, dims: pm.StudentT(name, nu=3, sigma=0.5, dims=dims)}``.
    terms : mapping of str to callable, optional
        Terms beside the design's, the same in both worlds: from a name to a function of the model that returns what is
        added to the predictor, of shape (authority, period); with several streams (authority, stream, period) as well.
    children : bool
        A Continuous with ``tails="t"`` reads children's values one by one: hold them in the model.
    stage : {"prediction", "effects"}, optional
        Of a design in two stages. ``"prediction"``, the default, is the first, which is sampled: adopters before their
        start (``before_start``), of factors the donors as well, and what they predict (``predicted``); no treated cell
        is in it, and no effect. ``"effects"`` is the second, of a fit: treated cells (``after_start``) beside one
        prediction, effects, both worlds and ``satt``. The fit's posterior is the mixture of it over all draws of the
        first; its omega and step of the lag profile have seven equally likely values each, and here their half-normals.
    draw : (int, int), optional
        Chain and draw of the first stage that ``"effects"`` is given; by default a normal with the mean and covariance
        of the predictions of all draws.

    Returns
    -------
    pymc.Model
        Dimensions ``authority``, ``adopter``, ``period``, and as the design has them ``lag``, ``pattern``,
        ``covariate``, ``stream``, ``cluster``, ``lead``, ``start_and_lag``, ``level``; of observed cells ``cell``.
        Deterministic are, beside the terms, ``log_odds`` (``log_rate``, ``mean_in_sds``), ``effect`` on that scale
        (adopter, period), ``with_rollout`` and ``without_rollout``, the expected outcome of adopters in its own unit
        (adopter, period, pattern), and ``satt``, their difference averaged as `estimate` does.

    Raises
    ------
    DataError, RolloutError, DesignError
        If the data, the rollout and the design do not fit together, as in `fit`; if a prior or a term does not fit the
        model.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_england(sb.simulation.Scenario(authorities=6, adopters=2, periods=4), seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> model = sb.to_pymc(panel, made.rollout, made.outcome)
    >>> [v.name for v in model.observed_RVs], model.named_vars_to_dims["effect"]
    (['events'], ('adopter', 'period'))
    """
    layout, chosen = _asked(data, rollout, outcome, design)
    _refuse_children(layout, children=children)
    _refuse_stage(data, chosen, stage, draw)
    if isinstance(chosen, DiD):
        return written(layout, chosen, priors, terms, children=children)
    if priors or terms:
        raise DesignError(
            f"A {type(chosen).__name__} takes no priors or terms beside its own.",
            where="priors, terms",
            cure="Write it as PyMCDesign(build), whose function is yours to change.",
        )
    if stage == "effects":
        return cast("StagedFit", data).readable_effects(_satt_weights(layout), draw)
    return chosen.readable(layout)


def written(
    layout: Layout,
    design: DiD,
    priors: Mapping[str, OwnPrior] | None = None,
    terms: Mapping[str, OwnTerm] | None = None,
    *,
    children: bool = False,
) -> pm.Model:
    """Write the model of a design on cells that are already laid out; arguments as in `to_pymc`."""
    from sos_bayes.fitting.pymc.readable_model import Own, readable_model

    _refuse_children(layout, children=children)
    problem = problem_of(design.model(layout), layout.cells)
    return readable_model(problem, layout, _satt_weights(layout), Own(priors or {}, terms or {}))


def _satt_weights(layout: Layout) -> Floats:
    return normalised(child_weights(layout), groups_by(layout, None))


def _refuse_stage(data: object, design: object, stage: str | None, draw: object) -> None:
    """Refuse a stage that a design or its data does not have, and a draw where none is read."""
    if stage not in (None, "prediction", "effects"):
        raise DesignError(f"There is no stage {stage!r}.", where="stage", cure='Say "prediction" or "effects".')
    if draw is not None and stage != "effects":
        raise DesignError("Only the second stage is given a draw.", where="draw", cure='Say stage="effects" as well.')
    if stage is None or isinstance(data, StagedFit):
        return
    if not getattr(design, "staged", False):
        raise DesignError(
            f"{type(design).__name__} has no stages.",
            where="stage",
            why="Its model is one joint density, with the effects in it.",
            cure="Leave stage out.",
        )
    if stage == "effects":
        raise DesignError(
            f"The second stage of {type(design).__name__} is written given a draw of the first.",
            where="stage",
            why="Treated cells feed nothing back into what predicts them: without a fit there is no prediction.",
            cure='Give a fit: to_pymc(sb.fit(data, rollout, outcome, design), stage="effects").',
        )


def _refuse_children(layout: Layout, *, children: bool) -> None:
    if layout.cells.values is not None and not children:
        raise DesignError(
            "A model with long tails holds every child's value.",
            where=f'outcome "{layout.cells.outcome.label}"',
            why="Its likelihood reads children one by one, and what PyMC makes of a model holds its data.",
            cure='Use tails="normal", whose cells hold sums; or say children=True inside the secure setting.',
        )


def _asked(
    data: object, rollout: Rollout | None, outcome: Outcome | None, design: DiD | ReadableDesign | None
) -> tuple[Layout, DiD | ReadableDesign]:
    """The layout and the design of a fit, or of data."""
    given = (rollout, outcome, design)
    if isinstance(getattr(data, "layout", None), Layout):
        if any(x is not None for x in given):
            raise DesignError("A fit has its rollout, outcome and design already.", cure="Give the fit alone.")
        fit = cast("FitProtocol", data)
        return fit.layout, fit.design
    if isinstance(data, ReleasedFit):
        raise data.refusal("to_pymc(fit)", "cells")
    design = design or DiD()
    if not isinstance(design, DiD | ReadableDesign):
        raise DesignError(
            f"{type(design).__name__} cannot be written as a PyMC model.",
            cure="Use DiD(), SyntheticControl(), LatentFactors() or PyMCDesign(build).",
        )
    if not isinstance(data, Cohort | Panel) or rollout is None or outcome is None:
        raise DesignError(
            "A model needs a fit, or data with a rollout and an outcome.",
            cure="Call to_pymc(fit), or to_pymc(data, rollout, outcome, design).",
        )
    return prepare_layout(data, rollout, outcome, design), design
