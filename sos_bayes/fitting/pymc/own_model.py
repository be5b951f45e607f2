"""A model of the caller's own, written by the caller's function and looked at before anything is sampled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from traceback import extract_tb
from typing import Any

import numpy as np
import pymc as pm
from pytensor.tensor.type import discrete_dtypes

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import OPEN, DesignError, SosBayesError
from sos_bayes._core.words import listed
from sos_bayes.data import Cells
from sos_bayes.data.outcomes import Outcome
from sos_bayes.designs import Layout

Build = Callable[[Cells, Mapping[str, list[str]], Floats], pm.Model]
WORLDS = ("with_rollout", "without_rollout")
WHERE = "the model that build returned"


def coords_of(layout: Layout) -> dict[str, list[str]]:
    """Labels that a model is given: of authorities, adopters, periods, and of patterns where there are several."""
    cells = layout.cells
    labels = {
        "authority": list(cells.names),
        "adopter": [cells.names[a] for a in layout.adopters],
        "period": list(cells.calendar.labels),
    }
    return labels | ({"pattern": [", ".join(p) for p in cells.patterns]} if len(cells.patterns) > 1 else {})


def dims_of(layout: Layout) -> tuple[str, ...]:
    """Dimensions of the expected outcome in each world."""
    return ("adopter", "period", "pattern") if len(layout.cells.patterns) > 1 else ("adopter", "period")


def written(build: Build, name: str, layout: Layout) -> pm.Model:
    """Have the model written by the function of this name, and refuse one that cannot be sampled or asked.

    Raises
    ------
    DesignError
        If the function fails; if what it returns is no model, observes nothing, lacks one of the two deterministics or
        has them over other dimensions or with other labels; if a variable is discrete; if the density or an expected
        outcome is no possible number where sampling starts.
    """
    coords = coords_of(layout)
    place = f"PyMCDesign({name})"
    model = _built(build, place, layout, coords)
    if not isinstance(model, pm.Model):
        raise DesignError(
            f"build returned a {type(model).__name__} and no pymc.Model.",
            where=place,
            cure="End the function with: return model.",
        )
    _refuse_unobserved(model)
    _refuse_discrete(model)
    for name in WORLDS:
        _refuse_dims(model, name, dims_of(layout), coords)
    _refuse_start(model, layout)
    return model


def _built(build: Build, place: str, layout: Layout, coords: dict[str, list[str]]) -> Any:
    try:
        return build(layout.cells, coords, layout.dose.copy())
    except SosBayesError:
        raise
    except Exception as fault:
        raise DesignError(
            f"build raised {type(fault).__name__}{_line_of(fault)}; its message is withheld because it may quote data.",
            where=place,
            why="Without a model there is nothing to sample.",
            cure=f"Inside the secure setting, set the environment variable {OPEN}=1 to see the whole message. build is "
            f"given cells, coords and exposure, of shapes {layout.shape}, {tuple(len(c) for c in coords.values())} "
            f"and {layout.dose.shape}.",
        ) from fault


def _line_of(fault: Exception) -> str:
    """The last line of the caller's that it came through: code, never data."""
    frames = [f for f in extract_tb(fault.__traceback__)[1:] if "site-packages" not in Path(f.filename).parts]
    return f" (line {frames[-1].lineno} of {Path(frames[-1].filename).name})" if frames else ""


def _refuse_unobserved(model: pm.Model) -> None:
    if not model.observed_RVs:
        raise DesignError(
            "The model observes nothing.",
            where=WHERE,
            why="Its posterior would be its prior, whatever the data say.",
            cure="Give the likelihood its counts, such as pm.Binomial(..., observed=cells.events[..., 0]).",
        )


def _refuse_discrete(model: pm.Model) -> None:
    discrete = [v.name for v in model.free_RVs if v.dtype in discrete_dtypes]
    if discrete or not model.free_RVs:
        raise DesignError(
            f"The model has discrete variables: {listed(discrete)}." if discrete else "The model has no variable.",
            where=WHERE,
            why="NUTS moves along gradients, and needs a continuous variable to move.",
            cure="Sum discrete variables out, for example with pm.Mixture."
            if discrete
            else "Declare what is not known with a prior.",
        )


def _refuse_dims(model: pm.Model, name: str, dims: tuple[str, ...], coords: dict[str, list[str]]) -> None:
    wanted = f'pm.Deterministic("{name}", ..., dims={dims!r})'
    if name not in model.named_vars:
        raise DesignError(
            f"The model has no {name}.",
            where=WHERE,
            why="Effects are read from the difference between the expected outcome of adopters with and without it.",
            cure=f"Declare {wanted}, in the outcome's own unit.",
        )
    got = model.named_vars_to_dims.get(name)
    if got is None or tuple(got) != dims:
        has = "no named dimensions" if got is None else f"the dimensions {tuple(got)!r}"
        raise DesignError(
            f"{name} has {has}; it needs {dims!r}.",
            where=WHERE,
            why="Without them it is not known whose cell a number is.",
            cure=f"Declare {wanted}; coords has their labels.",
        )
    for dim in dims:
        labels = model.coords.get(dim)
        if labels is None or [str(label) for label in labels] != coords[dim]:
            raise DesignError(
                f"The labels of {dim} in the model are not those of coords.",
                where=f"{WHERE}, {name}",
                why="A number would be taken for another authority's or another period's.",
                cure="Make the model with pm.Model(coords=dict(coords)), and add dimensions of your own to that.",
            )


def _refuse_start(model: pm.Model, layout: Layout) -> None:
    """Evaluate both worlds and the density where sampling starts: shapes must fit, and numbers be possible."""
    variables = [*model.free_RVs, *model.observed_RVs, *model.potentials]
    values, moved = _evaluated(model, variables)
    for name, world in zip(WORLDS, values[:2], strict=True):
        refuse_impossible(np.asarray(world), name, layout)
    bad = [v.name for v, part in zip(variables, values[2:], strict=True) if not np.isfinite(part).all()]
    if bad:
        raise DesignError(
            f"Where sampling starts, the log density of {listed(bad)} is no finite number.",
            where=WHERE,
            why="A sampler cannot leave a place where the model is impossible.",
            cure="Leave cells without data (a total of zero) out of the likelihood, and see that a prior has the "
            "support that its use needs; initval= names another start.",
        )
    exposed = layout.treated[layout.adopters]
    with_rollout, without = (np.asarray(world)[exposed] for world in moved[:2])
    if np.allclose(with_rollout, without, rtol=1e-12, atol=0.0):
        raise DesignError(
            "with_rollout and without_rollout are the same in all exposed cells.",
            where=WHERE,
            why="An effect is the difference between them, and here nothing can make one.",
            cure="Let the effect, times exposure, be part of with_rollout and of the likelihood, and not of "
            "without_rollout.",
        )


def _evaluated(model: pm.Model, variables: list[Any]) -> tuple[list[Any], list[Any]]:
    """Both worlds and the log densities of variables, where sampling starts and at another point."""
    rng = np.random.default_rng(1)
    try:
        outputs = [*model.replace_rvs_by_values([model[name] for name in WORLDS]), *model.logp(variables, sum=False)]
        call = model.compile_fn(outputs, inputs=model.value_vars, mode="FAST_COMPILE", on_unused_input="ignore")
        start = model.initial_point(random_seed=1)
        away = {name: value + 0.5 * rng.standard_normal(np.shape(value)) for name, value in start.items()}
        return call(start), call(away)
    except Exception as fault:
        raise DesignError(
            f"The model cannot be evaluated ({type(fault).__name__}); the message is withheld because it may quote "
            "data.",
            where=WHERE,
            why="Most often shapes do not fit: a prior, a mean and the observed counts.",
            cure=f"Inside the secure setting, set the environment variable {OPEN}=1 to see the whole message.",
        ) from fault


def refuse_impossible(world: Floats, name: str, layout: Layout) -> None:
    """Refuse expected outcomes (..., adopter, period[, pattern]) that the outcome cannot have."""
    cells, outcome = layout.cells, layout.cells.outcome
    shape = (len(layout.adopters), layout.shape[1], *([len(cells.patterns)] if len(cells.patterns) > 1 else []))
    if world.shape[world.ndim - len(shape) :] != shape:
        raise DesignError(
            f"{name} has the shape {world.shape[world.ndim - len(shape) :]}; its dimensions say {shape}.", where=WHERE
        )
    low, high, unit = _range(outcome)
    if not (np.isfinite(world).all() and (world >= low).all() and (world <= high).all()):
        raise DesignError(
            f"{name} holds values that are no {unit}.",
            where=WHERE,
            why="An effect is the difference of two expected outcomes, in the outcome's own unit.",
            cure="Bring the predictor to it: pm.math.invlogit of log-odds, "
            f"{outcome.per:g} * pm.math.exp of log-rates.",
        )


def _range(outcome: Outcome) -> tuple[float, float, str]:
    """Smallest and largest expected outcome, and what it is."""
    if outcome.measured:
        return -np.inf, np.inf, "numbers"
    if outcome.rate:
        return 0.0, np.inf, "rates from 0 up"
    rounding = 1e-9
    return -rounding, 1 + rounding, "shares between 0 and 1"
