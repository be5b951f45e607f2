"""One model of studies sampled by NUTS, held to the gate, as a tree of draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.fitting.posterior.diagnostics import Health, nuts_health
from sos_bayes.meta_analyses.bias_terms import SLOPE_SD, Bias
from sos_bayes.meta_analyses.measures import SynthesisPriors
from sos_bayes.meta_analyses.study_density import log_density, study_effects
from sos_bayes.meta_analyses.study_table import Studies
from sos_bayes.sampling.sampler import Sampler, interrupts, refuse_broken, statistics_of

if TYPE_CHECKING:
    import pymc as pm
    import xarray as xr

DEFAULT = Sampler(draws=2000, tune=1000, target_accept=0.95)
PRIOR_DRAWS = 4000
TOP = ("mu", "tau", "tau_within", "beta", "slope", "parts", "weight")
DIMS = {"beta": ("covariate",), "weight": ("p",), "study_effect": ("effect",), "study": ("study",)}
NOT_A_COUNT = "draws of effects and of what they have in common; of events and trials nothing: those stay in the model"


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Everything that makes a model of studies what it is."""

    studies: Studies
    priors: SynthesisPriors
    bias: Bias | None
    correlation: float


def sampled(
    question: Question, sampler: Sampler, seed: int
) -> tuple[pm.Model, dict[str, Floats], dict[str, Floats], Health, tuple[str, ...]]:
    """Write the model and sample it; where it misses the gate, once more with twice the draws and smaller steps.

    Returns
    -------
    model : pymc.Model
    draws : dict from name to ndarray (chain, draw, ...)
    statistics : dict from name to ndarray (chain, draw)
    health : Health
    notes : tuple of str
    """
    from sos_bayes.meta_analyses.readable_model import readable_model

    model = readable_model(question.studies, question.priors, question.bias, question.correlation)
    draws, statistics, health = _once(model, sampler, seed)
    if health.ok:
        return model, draws, statistics, health, ()
    why = " ".join(health.reasons)
    draws, statistics, health = _once(model, sampler.longer(), seed + 1)
    return model, draws, statistics, health, (f"Sampled twice: the first run missed its gate ({why})",)


def _once(model: pm.Model, sampler: Sampler, seed: int) -> tuple[dict[str, Floats], dict[str, Floats], Health]:
    import pymc as pm

    with interrupts() as interrupted, model:
        tree = pm.sample(
            draws=sampler.draws, tune=sampler.tune, chains=sampler.chains, cores=sampler.at_once, random_seed=seed,
            target_accept=sampler.target_accept, nuts_sampler=sampler.nuts_sampler, progressbar=sampler.shown,
            quiet=not sampler.shown, compute_convergence_checks=False,
        )  # fmt: skip
    if interrupted:
        raise KeyboardInterrupt
    draws = {str(name): np.asarray(values.values) for name, values in tree["posterior"].data_vars.items()}
    free = [v.name for v in model.free_RVs]
    for name in free:
        refuse_broken(draws[name], sampler)
    statistics = statistics_of(tree["sample_stats"])
    watched = {f"{name}{_place(name, i)}": v for name in free for i, v in enumerate(_elements(draws[name]))}
    return draws, statistics, nuts_health(int(statistics["diverging"].sum()), statistics["energy"], watched)


def _elements(values: Floats) -> list[Floats]:
    """Each element of a variable, (chain, draw)."""
    flat = values.reshape(*values.shape[:2], -1)
    return [flat[..., i] for i in range(flat.shape[2])]


def _place(name: str, i: int) -> str:
    return "" if name in ("mu", "tau", "tau_within", "slope") else f"[{i}]"


def flat(draws: dict[str, Floats]) -> dict[str, Floats]:
    """Draws of all chains one behind the other, (chain * draw, ...)."""
    return {name: values.reshape(-1, *values.shape[2:]) for name, values in draws.items()}


def new_site(draws: dict[str, Floats], rng: np.random.Generator) -> Floats:
    """Draws of the effect at a site that is none of these, at the mean of the covariates, in the shape of ``mu``."""
    within = draws.get("tau_within", np.zeros_like(draws["tau"]))
    return np.asarray(draws["mu"] + np.hypot(draws["tau"], within) * rng.standard_normal(draws["mu"].shape))


def prior_draws(question: Question, rng: np.random.Generator) -> dict[str, Floats]:
    """Draws of the same variables before the data, (1, draw, ...)."""
    priors, n = question.priors, PRIOR_DRAWS
    found = {"mu": priors.mean * rng.standard_normal(n), "tau": priors.from_shares(rng.random(n))}
    if question.studies.several:
        found["tau_within"] = priors.from_shares(rng.random(n))
    if question.studies.covariates:
        found["beta"] = priors.coefficient * rng.standard_normal((n, len(question.studies.covariates)))
    if question.bias is not None and question.bias.kind != "selection":
        found["slope"] = SLOPE_SD * rng.standard_normal(n)
    if question.bias is not None and question.bias.kind == "selection":
        parts = rng.dirichlet(np.ones(len(question.bias.steps) + 1), n)
        found["weight"] = np.cumsum(parts[:, ::-1], axis=1)[:, ::-1]
    found["new_site"] = new_site(found, rng)
    return {name: values[None] for name, values in found.items()}


def tree_of(
    question: Question, draws: dict[str, Floats], statistics: dict[str, Floats], told: dict[str, Any], seed: int
) -> xr.DataTree:
    """Draws as ArviZ reads them: posterior, prior, sample_stats, and log_likelihood with a number for each study."""
    import xarray as xr

    rng = np.random.default_rng([seed, 71])
    studies, shape = question.studies, draws["mu"].shape
    rows = flat(draws)
    kept = {name: draws[name] for name in TOP if name in draws and name != "parts"}
    effects = study_effects(studies, question.bias, question.correlation, rows, rng)
    kept |= {"study_effect": effects.reshape(*shape, -1), "new_site": new_site(draws, rng)}
    groups = {"posterior": _dataset(kept, question), "prior": _dataset(prior_draws(question, rng), question)}
    kinds = {"diverging": np.bool_, "tree_depth": np.int64, "n_steps": np.int64}
    groups["sample_stats"] = _dataset(
        {name: v.astype(kinds.get(name, np.float64)) for name, v in statistics.items()}, question
    )
    density = log_density(studies, question.bias, question.correlation, rows)
    if density is not None:
        groups["log_likelihood"] = _dataset({"study": density.reshape(*shape, -1)}, question)
    if studies.arms is None:
        groups["observed_data"] = xr.Dataset(
            {"observed": ("effect", studies.effect), "se": ("effect", studies.error)}, {"effect": list(studies.names)}
        )
    else:
        told = told | {"absent_observed_data": NOT_A_COUNT}
    return xr.DataTree.from_dict({"/": xr.Dataset(attrs=told), **groups})


def _dataset(variables: dict[str, Any], question: Question) -> xr.Dataset:
    import xarray as xr

    studies = question.studies
    labels: dict[str, list[str]] = {
        "covariate": list(studies.covariates), "effect": list(studies.names), "study_label": list(studies.labels),
        "p": list(question.bias.intervals) if question.bias is not None else [],
    }  # fmt: skip
    dims = DIMS | {"study": ("study_label",)}
    data = {name: (("chain", "draw", *dims.get(name, ())), values) for name, values in variables.items()}
    used = {dim for found, _ in data.values() for dim in found}
    chains, size = next(iter(variables.values())).shape[:2]
    coords = {"chain": np.arange(chains), "draw": np.arange(size)}
    return xr.Dataset(data, coords | {dim: labels[dim] for dim in labels if dim in used})
