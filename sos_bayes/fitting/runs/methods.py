"""From data, rollout, outcome and design to a posterior, by one route or the other."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, get_args, overload

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.cores import inside_worker, one_blas_thread
from sos_bayes._core.errors import DesignError, nearest
from sos_bayes._core.sealed import sealed
from sos_bayes._core.seeds import check_seed
from sos_bayes.data import Aim, Cohort, Outcome, Panel, Rollout, collapse, settled
from sos_bayes.data.authorities.panel_numbers import panel_numbers
from sos_bayes.data.outcomes.possible import impossible
from sos_bayes.designs import DesignProtocol, DiD, Layout
from sos_bayes.designs.baselines.screening import with_baselines
from sos_bayes.designs.design_protocol import ReadableDesign, no_joint_density
from sos_bayes.designs.screening import screened
from sos_bayes.fitting.arrays.problem import Problem, problem_of
from sos_bayes.fitting.laplace.hyper_proposal import WarmStart, carried
from sos_bayes.fitting.pymc.own_design import PyMCDesign
from sos_bayes.fitting.runs.fit_result import Fit, Method
from sos_bayes.fitting.runs.prior_notes import with_units

if TYPE_CHECKING:
    from sos_bayes.sampling.sampler import Sampler

SEED = 20180401
FAST_DRAWS = 8000


@overload
def fit(
    data: Cohort | Panel,
    rollout: Rollout,
    outcome: Outcome,
    design: DiD | None = ...,
    *,
    method: Method = ...,
    seed: int = ...,
    sampler: Sampler | None = ...,
) -> Fit: ...
@overload
def fit[F](
    data: Cohort | Panel,
    rollout: Rollout,
    outcome: Outcome,
    design: DesignProtocol[F],
    *,
    method: Method = ...,
    seed: int = ...,
    sampler: Sampler | None = ...,
) -> F: ...


@sealed
def fit(
    data: Cohort | Panel,
    rollout: Rollout,
    outcome: Outcome,
    design: DiD | DesignProtocol[Any] | None = None,
    *,
    method: Method = "nuts",
    seed: int = SEED,
    sampler: Sampler | None = None,
) -> Any:
    """Fit one outcome.

    Parameters
    ----------
    data : Cohort or Panel
        Child rows or authority rows; collapsed to exact counts first.
    rollout : Rollout
    outcome : Binary, Count, Ordinal, Continuous or Duration
    design : DiD, SyntheticControl, LatentFactors or PyMCDesign, optional
        Defaults to ``DiD()``. The others are sampled only; the last is a PyMC model of your own.
    method : {"nuts", "fast", "pymc"}
        Sampling by NUTS; the nested Laplace approximation of the same model, a full fit in about a second, whose grade
        is provisional until sampled; or NUTS on the model that `to_pymc` writes, by `pymc.sample`: the same posterior
        by code that shares no density with the other two, many times as slow. It passes the same gate.
    seed : int
        Recorded with the fit; the same seed gives the same draws.
    sampler : Sampler, optional
        Draws, chains and progress of the sampled routes. By default ``Sampler()``, and with ``method="pymc"`` four
        chains of 1,000 draws after 1,000 of warm-up, with a target acceptance of .95.

    Returns
    -------
    Fit, or ImputedFit or PyMCFit of a design with a model of its own
        They answer `estimate`, `check` and reports alike.

    Raises
    ------
    DataError, RolloutError, DesignError
        If the data, the rollout and the design do not fit together.
    FitError
        If sampling was interrupted or the approximation failed, or a sampler is asked for that is not installed.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_england(seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> sb.fit(panel, made.rollout, made.outcome, method="fast").method
    'fast'
    """
    design = DiD() if design is None else design
    known = get_args(Method)
    if method not in known:
        raise DesignError(
            f"method={method!r} is not known.{nearest(str(method), known)}", cure='Use "nuts", "fast" or "pymc".'
        )
    check_seed(seed, DesignError)
    begun = time.perf_counter()
    layout = prepare_layout(data, rollout, outcome, design)
    collapsed = ("collapse", time.perf_counter() - begun)
    result: Any = fit_layout(layout, design, method=method, seed=seed, sampler=sampler)
    return replace(result, seconds=(collapsed, *result.seconds))


@sealed
def prepare_layout(
    data: Cohort | Panel, rollout: Rollout, outcome: Outcome, design: DiD | DesignProtocol[Any] | ReadableDesign
) -> Layout:
    """Collapse the data to what a design needs of them, with the rollout on it; arguments and errors as in `fit`."""
    if isinstance(data, Panel) and design.columns:
        raise DesignError(
            "The design asks for children's covariates, and a Panel has none.",
            where=f"columns {', '.join(design.columns)}",
            cure="Leave adjust and vary_by empty, or read child rows with read_cohort; name numbers of the authorities "
            "in baseline.",
        )
    asked = design.covariates if isinstance(design, DiD | PyMCDesign) else design.columns
    covariates = settled(asked, data, rollout) if isinstance(data, Cohort) else ()
    layout = screened(collapse(data, outcome, covariates), rollout)
    _refuse_impossible(layout)
    if not isinstance(design, DiD):
        return layout
    if design.baseline:
        layout = with_baselines(layout, design.baseline, _numbers(data, layout, design))
    return with_units(layout, design)


def _numbers(data: Cohort | Panel, layout: Layout, design: DiD) -> Floats:
    """Authorities' numbers (A, T, k) that a design adjusts every period for."""
    if isinstance(data, Panel):
        return panel_numbers(data, design.baseline, layout.cells.authorities)
    raise DesignError(
        "Numbers of authorities are columns of authority rows, and these are rows of children.",
        where=f"DiD(baseline={design.baseline!r})",
        cure="Name what is known of each child in adjust; or count the children by authority and period, join the "
        "authorities' numbers, and read the table with read_panel.",
    )


def _refuse_impossible(layout: Layout) -> None:
    """Refuse a worthwhile change that cannot happen in its direction, from the level of unexposed cells."""
    cells = layout.cells
    fault = impossible(cells.outcome, cells.outcome.per * _level(layout))
    if fault is not None:
        raise DesignError(fault.what, where=f"outcome {cells.outcome.label!r}", why=fault.why, cure=fault.cure)


def _level(layout: Layout) -> float:
    """Events of what they are counted from, over unexposed cells: the higher of adopters and all, fewer, else lower."""
    cells, untreated = layout.cells, layout.dose == 0
    events, total = (np.where(untreated, x.sum(axis=2), 0.0) for x in (cells.likely, cells.total))
    sums = [(events[who].sum(), total[who].sum()) for who in (layout.adopters, slice(None))]
    levels = [float(e / n) for e, n in sums if n > 0]
    return max(levels) if cells.outcome.aim is Aim.FEWER else min(levels)


@overload
def fit_layout(
    layout: Layout,
    design: DiD,
    *,
    method: Method = ...,
    seed: int = ...,
    sampler: Sampler | None = ...,
    warm_start: WarmStart | None = ...,
    n_draws: int = ...,
    fall_back: bool = ...,
) -> Fit: ...
@overload
def fit_layout[F](
    layout: Layout,
    design: DesignProtocol[F],
    *,
    method: Method = ...,
    seed: int = ...,
    sampler: Sampler | None = ...,
    warm_start: WarmStart | None = ...,
    n_draws: int = ...,
    fall_back: bool = ...,
) -> F: ...


@sealed
def fit_layout(
    layout: Layout,
    design: DiD | DesignProtocol[Any],
    *,
    method: Method = "fast",
    seed: int = SEED,
    sampler: Sampler | None = None,
    warm_start: WarmStart | None = None,
    n_draws: int = FAST_DRAWS,
    fall_back: bool = True,
) -> Any:
    """Fit cells that are already laid out; what `fit` and every check fit call.

    Parameters
    ----------
    layout : Layout
    design : DiD, or a design with a model of its own
    method, seed, sampler
        As in `fit`.
    warm_start : WarmStart, optional
        From a fast fit of a neighbouring model, ``fit.warm_start``: saves the fast route its search.
    n_draws : int
        Draws of the fast route.
    fall_back : bool
        Sample by NUTS where the fast route misses its gate; without it the caller looks at ``health``.
    """
    check_seed(seed, DesignError)
    _refuse_other_sampler(method, sampler)
    if not isinstance(design, DiD):
        return _by_itself(layout, design, method, seed, sampler)
    problem = problem_of(design.model(layout), layout.cells)
    with one_blas_thread():
        if method != "fast":
            route = _sampled if method == "nuts" else _by_pymc
            return route(layout, design, problem, seed, sampler)
        result = _fast(layout, design, problem, seed, warm_start, n_draws)
        return result if result.health.ok or not fall_back else sampled_instead(result, sampler)


def _by_itself(layout: Layout, design: object, method: Method, seed: int, sampler: Sampler | None) -> Any:
    """Let a design with a model of its own fit itself."""
    if not isinstance(design, DesignProtocol):
        raise DesignError(
            f"{type(design).__name__} is not a design.",
            cure="Use DiD(), SyntheticControl(), LatentFactors() or PyMCDesign(build).",
        )
    if method == "pymc" and not isinstance(design, PyMCDesign):
        raise no_joint_density(design)
    if method == "fast":
        raise DesignError(
            f"{type(design).__name__} has no fast route.",
            why="Its model is not one of Gaussian terms.",
            cure='Use method="nuts".',
        )
    return design.sampled(layout, seed, sampler)


def sampled_instead(missed: Fit, sampler: Sampler | None) -> Fit:
    """Sample by NUTS what the fast route missed, and note why."""
    why = " ".join(missed.health.reasons)
    note = f"The fast route did not pass its own gate ({why}); this fit was sampled by NUTS instead."
    with one_blas_thread():
        sampled = _sampled(missed.layout, missed.design, missed.problem, missed.seed, sampler)
    known = len(missed.layout.cells.notes)
    return replace(sampled, notes=(*sampled.notes[:known], note, *sampled.notes[known:]))


def _fast(layout: Layout, design: DiD, problem: Problem, seed: int, warm_start: WarmStart | None, n_draws: int) -> Fit:
    from sos_bayes.fitting.laplace.diagnostics import fast_health
    from sos_bayes.fitting.laplace.nested_laplace import ENOUGH, solve

    begun = time.perf_counter()
    names = tuple(h.name for h in problem.model.hypers)
    start = None if warm_start is None else carried(warm_start.proposal, warm_start.names, names)
    nested = solve(problem, seed=seed, n_draws=n_draws, warm_start=start, enough=ENOUGH)
    health = fast_health(nested.points, problem)
    if start is not None and not health.ok:
        nested = solve(problem, seed=seed, n_draws=n_draws, warm_start=start, enough=ENOUGH, anew=True)
        health = fast_health(nested.points, problem)
    seconds = (("fit", time.perf_counter() - begun),)
    kept = WarmStart(nested.points.proposal, names)
    return Fit(layout, design, "fast", seed, problem, nested.draws, health, seconds, layout.cells.notes, kept)


def _sampled(layout: Layout, design: DiD, problem: Problem, seed: int, sampler: Sampler | None) -> Fit:
    from sos_bayes.fitting.nuts.preconditioned import prepare
    from sos_bayes.fitting.nuts.sample import sample
    from sos_bayes.fitting.runs.retry import sample_until_healthy
    from sos_bayes.sampling.sampler import Sampler

    begun = time.perf_counter()
    prepared = prepare(problem)
    ready = time.perf_counter()
    draws, health, notes = sample_until_healthy(
        partial(sample, prepared), _alone_in_a_worker(sampler or Sampler()), seed, problem, layout
    )
    seconds = (("prepare", ready - begun), ("sample", time.perf_counter() - ready))
    return Fit(layout, design, "nuts", seed, problem, draws, health, seconds, (*layout.cells.notes, *notes), None)


def _by_pymc(layout: Layout, design: DiD, problem: Problem, seed: int, sampler: Sampler | None) -> Fit:
    from sos_bayes.fitting.pymc.sample import DEFAULT, refuse_missing, sample
    from sos_bayes.fitting.runs.retry import sample_until_healthy

    sampler = _alone_in_a_worker(sampler or DEFAULT)
    refuse_missing(sampler)
    begun = time.perf_counter()
    from sos_bayes.fitting.pymc.readable_model import sampled_model

    model = sampled_model(problem, layout)
    ready = time.perf_counter()
    draws, health, notes = sample_until_healthy(partial(sample, model, problem), sampler, seed, problem, layout)
    seconds = (("write", ready - begun), ("sample", time.perf_counter() - ready))
    return Fit(layout, design, "pymc", seed, problem, draws, health, seconds, (*layout.cells.notes, *notes), None)


def _alone_in_a_worker(sampler: Sampler) -> Sampler:
    """Settings as they are, and one chain at a time where other fits run beside this one."""
    return replace(sampler, cores=1, progress=False) if inside_worker() else sampler


def _refuse_other_sampler(method: Method, sampler: Sampler | None) -> None:
    """Refuse a sampler of PyMC's for a route that does not go by PyMC."""
    if method != "pymc" and sampler is not None and sampler.nuts_sampler != "nutpie":
        raise DesignError(
            f"nuts_sampler={sampler.nuts_sampler!r} does not go with method={method!r}.",
            why="Only the model that PyMC writes can be sampled by what PyMC offers.",
            cure='Use method="pymc", or leave nuts_sampler out.',
        )
