"""A posterior that answers "with" and "without"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import FitError, SosBayesError
from sos_bayes._core.kept import Kept
from sos_bayes.data import Outcome
from sos_bayes.designs import DiD, Layout, Priors
from sos_bayes.designs.terms import Slots
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.laplace.hyper_proposal import WarmStart
from sos_bayes.fitting.posterior.diagnostics import Health
from sos_bayes.fitting.posterior.draws import Draws
from sos_bayes.fitting.posterior.marginal_contrasts import Arm, Contrast, average

if TYPE_CHECKING:
    import xarray as xr

Method = Literal["nuts", "fast", "pymc"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Fit(Kept):
    """Posterior of one outcome under one design.

    Attributes
    ----------
    layout : Layout
        Cells with the rollout on them.
    design : DiD
    method : {"nuts", "fast", "pymc"}
        The route these draws came from.
    seed : int
    problem : Problem
    draws : Draws
    health : Health
        The gate: ``health.ok`` and, where it failed, ``health.reasons``.
    seconds : tuple of (str, float)
        Wall time of each station.
    notes : tuple of str
        What a reader must know: the cells' notes first, then a retry or a change of route.
    warm_start : WarmStart or None
        The fast route's hyperparameter fit: a start for neighbouring models.

    Examples
    --------
    >>> from sos_bayes.designs import layout_of
    >>> from sos_bayes.fitting import fit_layout
    >>> from sos_bayes.simulation import made_up_england
    >>> made = made_up_england(seed=1)
    >>> result = fit_layout(layout_of(made.cells, made.rollout), DiD(), method="fast", seed=1)
    >>> result.health.ok
    True
    """

    called: ClassVar[str] = "A fit is"
    refusal: ClassVar[type[SosBayesError]] = FitError

    layout: Layout
    design: DiD
    method: Method
    seed: int
    problem: Problem
    draws: Draws
    health: Health
    seconds: tuple[tuple[str, float], ...]
    notes: tuple[str, ...]
    warm_start: WarmStart | None

    @property
    def outcome(self) -> Outcome:
        """Outcome fitted."""
        return self.layout.cells.outcome

    @property
    def priors(self) -> Priors:
        """Priors of the design, as they apply to these cells."""
        return self.design.priors_on(self.layout)

    @property
    def slots(self) -> Slots:
        """The design's streams."""
        return self.problem.model.slots

    @property
    def lag_basis(self) -> Floats:
        """Basis of the lag profile, (L, L - 1); there are two lags or more."""
        return next(t for t in self.problem.model.shared if t.name == "lag").basis

    @property
    def posterior(self) -> xr.Dataset:
        """Draws of hyperparameters, shared terms and adopters' effects, with named dimensions."""
        from sos_bayes.fitting.posterior.datatree import dataset

        return dataset(self.layout, self.draws, self.problem.model.slots.labels)

    def contrast(self, weights: Floats | Iterable[Floats], arm: Arm = "own", at: str | float | None = None) -> Contrast:
        """Weighted averages of the expected outcome with and without the rollout.

        Parameters
        ----------
        weights : ndarray, shape (group, K, T, C)
            Weights of adopters' cells (K adopters, T periods, C covariate patterns); each group sums to one
            for an average, or holds denominators for a number of events. Groups may also come one by one, (K, T, C)
            each: many groups over many cells then never exist at once.
        arm : {"own", "population", "next_authority"}, AtDose or float
            Whose effect is switched on: these authorities' own, the population's (integrated over how
            authorities differ), a new authority's, their own at one dose for all, or this multiple of their own.
        at : str or int, optional
            Of an Ordinal the level whose reach is averaged, of a Duration the day, "mean" or "median" that is read; the
            outcome's own by default.

        Returns
        -------
        Contrast
            ``with_rollout`` and ``without``, each of shape (chain, draw, group), on the natural scale.
        """
        return average(self.problem, self.draws, weights, arm, self.seed, at)

    def __repr__(self) -> str:
        k, c = len(self.layout.adopters), len(self.layout.comparators)
        state = "healthy" if self.health.ok else "not healthy"
        return f"<Fit {self.outcome.label!r} by {self.method}: {k} adopters, {c} comparators, {state}>"
