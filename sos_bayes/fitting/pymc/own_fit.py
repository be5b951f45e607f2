"""A fit of a PyMC model of the caller's own: it answers what its two worlds can say."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Literal, NoReturn, Protocol

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.cores import inside_worker
from sos_bayes._core.errors import DesignError, FitError, SosBayesError
from sos_bayes._core.kept import Kept
from sos_bayes.data import Outcome
from sos_bayes.data.children.covariates import Covariate
from sos_bayes.designs import Layout
from sos_bayes.designs.design_protocol import ReadableDesign
from sos_bayes.designs.terms import Slots
from sos_bayes.fitting.posterior.diagnostics import Health, nuts_health
from sos_bayes.fitting.posterior.draws import Draws
from sos_bayes.fitting.posterior.marginal_contrasts import Arm, Contrast

if TYPE_CHECKING:
    import xarray as xr

    from sos_bayes.sampling.sampler import Sampler

CLOSELY = 2  # elements of an array that the gate looks at for each quick measure
SAME = 1e-9  # of the largest expected outcome: by how much worlds may differ where nobody is exposed


class OwnDesign(ReadableDesign, Protocol):
    """What a fit asks of the design that it was made by: `PyMCDesign` is one."""

    @property
    def name(self) -> str:
        """What the function is called."""
        ...

    @property
    def adjust(self) -> tuple[Covariate, ...]:
        """Covariates whose combinations are patterns."""
        ...


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PyMCFit(Kept):
    """Posterior of one outcome under a PyMC model of the caller's own.

    `estimate` answers the SATT, over all adopters, by authority, by event time and by a column of ``adjust``; `check`
    tries what can be tried without the library's own terms, and says of the rest why not; `grade` is at most low.

    Attributes
    ----------
    layout : Layout
        Cells with the rollout on them.
    design : PyMCDesign
    method : {"nuts"}
    seed : int
    posterior : xarray.Dataset
        Draws of every variable of the model. Those of single authorities and periods give counts away: they stay inside
        the secure setting.
    health : Health
        The gate, over every variable and the effect of every adopter.
    seconds : tuple of (str, float)
    notes : tuple of str
    statistics : mapping of str to ndarray (chain, draw)
        What the sampler says of its draws: energies, divergences, sizes of steps.
    """

    called: ClassVar[str] = "A fit is"
    refusal: ClassVar[type[SosBayesError]] = FitError

    layout: Layout
    design: OwnDesign
    method: Literal["nuts"]
    seed: int
    posterior: xr.Dataset
    health: Health
    seconds: tuple[tuple[str, float], ...]
    notes: tuple[str, ...]
    statistics: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        """Outcome fitted."""
        return self.layout.cells.outcome

    @property
    def priors(self) -> NoReturn:
        """Refused: the library knows no prior of such a model."""
        raise _without_terms("the scale of a prior")

    @property
    def slots(self) -> Slots:
        """Refused, as `draws`."""
        raise _without_terms("streams")

    @property
    def lag_basis(self) -> Floats:
        """Refused, as `draws`."""
        raise _without_terms("a profile over time since the start")

    @property
    def draws(self) -> Draws:
        """Refused: a model of one's own has variables, in `posterior`, and none of the library's terms."""
        raise _without_terms("an average effect, departures from it and a profile over time since the start")

    def contrast(self, weights: Floats | Iterable[Floats], arm: Arm = "own", at: str | float | None = None) -> Contrast:
        """Weighted averages of the expected outcome with and without the rollout.

        Parameters
        ----------
        weights : ndarray, shape (group, K, T, C)
            As in `Fit.contrast`.
        arm : {"own"}
            The adopters' own effects; others are refused.
        at : str or int, optional
            The outcome's own level or day; others are refused.

        Returns
        -------
        Contrast
            ``with_rollout`` and ``without``, each of shape (chain, draw, group), on the natural scale.
        """
        if arm != "own":
            raise _without_terms("effects of other authorities, or at other doses")
        _refuse_reading(self.outcome, at)
        parts = np.stack([np.asarray(part, dtype=float) for part in weights])
        worlds = (worlds_of(self.posterior, name, self.layout) for name in ("with_rollout", "without_rollout"))
        averages = (np.einsum("cdktp,gktp->cdg", world, parts) / float(self.outcome.per) for world in worlds)
        return Contrast(*averages)

    def __repr__(self) -> str:
        k, c = len(self.layout.adopters), len(self.layout.comparators)
        state = "healthy" if self.health.ok else "not healthy"
        return f"<PyMCFit {self.outcome.label!r} by {self.design.name}: {k} adopters, {c} comparators, {state}>"


def _without_terms(what: str) -> DesignError:
    return DesignError(
        f"A PyMC model of one's own does not say {what}.",
        where="PyMCDesign",
        why="The library reads its two worlds, with the rollout and without, and none of its variables.",
        cure="Ask estimate(fit), with by= where it is wanted, and read other quantities from fit.posterior.",
    )


def _refuse_reading(outcome: Outcome, at: str | float | None) -> None:
    own = None
    if outcome.readings:
        own = outcome.bands[outcome.reached] if outcome.bands else outcome.names[outcome.reached]
    if at is not None and str(at) != str(own):
        raise DesignError(
            f"A PyMC model of one's own says the outcome at {own!r} only, and not at {at!r}.",
            cure="Fit the outcome again with another level or day of its own.",
        )


def worlds_of(posterior: xr.Dataset, name: str, layout: Layout) -> Floats:
    """Draws of the expected outcome in one world, (chain, draw, K, T, C)."""
    values = np.asarray(posterior[name].values, dtype=float)
    return values if len(layout.cells.patterns) > 1 else values[..., None]


def sampled_fit(
    design: OwnDesign, layout: Layout, seed: int, sampler: Sampler | None, notes: tuple[str, ...]
) -> PyMCFit:
    """Write the model, sample it, and hold it to the gates; where it misses them, once more with smaller steps."""
    from sos_bayes.fitting.pymc.own_model import refuse_impossible
    from sos_bayes.fitting.pymc.sample import DEFAULT, refuse_missing, run
    from sos_bayes.sampling.sampler import refuse_broken, statistics_of

    sampler = sampler or DEFAULT
    refuse_missing(sampler)
    if inside_worker():
        sampler = replace(sampler, cores=1, progress=False)
    begun = time.perf_counter()
    model = design.readable(layout)
    ready = time.perf_counter()

    def once(sampler: Sampler, own_seed: int) -> PyMCFit:
        tree = run(model, layout, sampler, own_seed)
        posterior, statistics = tree["posterior"].to_dataset(), statistics_of(tree["sample_stats"])
        free = [v.name for v in model.free_RVs]
        for name in free:
            refuse_broken(np.asarray(posterior[name].values), sampler)
        for name in ("with_rollout", "without_rollout"):
            refuse_impossible(np.asarray(posterior[name].values), name, layout)
        watched = watched_of(posterior, free, layout)
        health = nuts_health(int(statistics["diverging"].sum()), np.asarray(statistics["energy"]), watched)
        told = (*layout.cells.notes, *notes, *_before_the_start(posterior, layout))
        return PyMCFit(layout, design, "nuts", seed, posterior, health, (), told, statistics)

    fit = once(sampler, seed)
    if not fit.health.ok:
        why = " ".join(fit.health.reasons)
        second = once(sampler.longer(), seed + 1)
        fit = replace(second, notes=(*second.notes, f"Sampled twice: the first run missed its gate ({why})."))
    return replace(fit, seconds=(("prepare", ready - begun), ("sample", time.perf_counter() - ready)))


def _before_the_start(posterior: xr.Dataset, layout: Layout) -> tuple[str, ...]:
    """Say where the two worlds differ although an adopter is not exposed."""
    worlds = [worlds_of(posterior, name, layout) for name in ("with_rollout", "without_rollout")]
    untouched = layout.dose[layout.adopters] == 0
    apart = np.abs(worlds[0] - worlds[1])[:, :, untouched]
    if not apart.size or apart.max() <= SAME * np.abs(worlds[1]).max():
        return ()
    return (
        "The model has an effect in cells of adopters that are not exposed, before their start for example: it is part "
        "of the model and of no estimate.",
    )


def watched_of(posterior: xr.Dataset, free: list[str], layout: Layout) -> dict[str, Floats]:
    """What the gate looks at: the effect, that in each adopter, and every variable, of arrays what mixes worst."""
    worlds = [worlds_of(posterior, name, layout) for name in ("with_rollout", "without_rollout")]
    children = layout.cells.total[layout.adopters] * layout.treated[layout.adopters][:, :, None]
    by_adopter = np.einsum("cdktp,ktp->cdk", worlds[0] - worlds[1], children)
    watched = {"the effect": by_adopter.sum(axis=2)}
    for k, a in enumerate(layout.adopters):
        if np.ptp(by_adopter[..., k]) > 0:  # a constant has no R-hat
            watched[f"the effect in {layout.cells.names[a]}"] = by_adopter[..., k]
    for name in free:
        watched |= _worst(name, np.asarray(posterior[name].values, dtype=float))
    return watched


def _worst(name: str, values: Floats) -> dict[str, Floats]:
    """The elements of a variable (chain, draw, ...) that mix worst by quick measures; the gate looks at them closely.

    These are the split R-hat without ranks, of values and of their distance from the median, and the effective size by
    means of batches.
    """
    if values.ndim == 2:
        return {name: values}
    flat = values.reshape(*values.shape[:2], -1)
    moving = np.flatnonzero(np.ptp(flat, axis=(0, 1)) > 0)  # sampled variables may be held fixed in places
    flat = flat[..., moving]
    away = np.abs(flat - np.median(flat, axis=(0, 1)))
    measures = (_between_halves(flat), _between_halves(away), _between_batches(flat), _between_batches(away))
    picked = {int(i) for measure in measures for i in np.argsort(-measure)[:CLOSELY]}
    return {f"{name}[{moving[i]}]": flat[..., i] for i in sorted(picked)}


def _between_halves(values: Floats) -> Floats:
    """Variance between halves of chains over that within them, for each element of (chain, draw, element)."""
    half = values.shape[1] // 2
    halves = np.concatenate([values[:, :half], values[:, -half:]])
    return np.asarray(halves.mean(axis=1).var(axis=0) / halves.var(axis=1).mean(axis=0))


def _between_batches(values: Floats) -> Floats:
    """Variance of means of batches over the variance of single draws, for each element of (chain, draw, element)."""
    size = max(int(np.sqrt(values.shape[1])), 1)
    batches = values[:, : values.shape[1] // size * size].reshape(len(values), -1, size, values.shape[2])
    return np.asarray(batches.mean(axis=2).var(axis=(0, 1)) / values.var(axis=(0, 1)))
