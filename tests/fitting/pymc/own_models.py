"""Small models of one's own, the faults that they may have, and a fit of known draws."""

import traceback

import numpy as np
import pymc as pm
import xarray as xr

from sos_bayes.fitting import Health, PyMCDesign, PyMCFit
from tests.designs.panels import panel

LAYOUT = panel(authorities=6, periods=4, starts=(2, 3), size=300.0)


def simple(cells, coords, exposure, *, observed=True, after=pm.math.invlogit, dims=("adopter", "period"), shared=0.0):
    """Levels, periods and one effect."""
    rows = [coords["authority"].index(name) for name in coords["adopter"]]
    total, events = cells.total[..., 0].astype(int), cells.events[..., 0].astype(int)
    with pm.Model(coords=dict(coords)) as model:
        level = pm.Normal("level", 0.0, 2.0, dims="authority")
        period = pm.ZeroSumNormal("period_effect", sigma=1.0, dims="period")
        before = level[:, None] + period
        with_it = before + pm.Normal("effect", 0.0, 0.5) * (exposure + shared)
        seen = {"observed": events} if observed else {}
        pm.Binomial("events", n=total, logit_p=with_it, dims=("authority", "period"), **seen)
        pm.Deterministic("with_rollout", after(with_it[rows]), dims=dims)
        pm.Deterministic("without_rollout", after(before[rows]), dims=dims)
    return model


LEVEL_SD, EFFECT_SD, SCORE_SD = 10.0, 3.0, 5.0


def straight_line(cells, coords, exposure):
    """Levels and one effect on means whose sd is known: all of it is normal."""
    rows = [coords["authority"].index(name) for name in coords["adopter"]]
    total = cells.total[..., 0]
    with pm.Model(coords=dict(coords)) as model:
        level = pm.Normal("level", 20.0, LEVEL_SD, dims="authority")
        before = level[:, None] + 0.0 * exposure
        after = before + pm.Normal("effect", 0.0, EFFECT_SD) * exposure
        mean = cells.events[..., 0] / total
        pm.Normal("score", after, SCORE_SD / np.sqrt(total), observed=mean, dims=("authority", "period"))
        pm.Deterministic("with_rollout", after[rows], dims=("adopter", "period"))
        pm.Deterministic("without_rollout", before[rows], dims=("adopter", "period"))
    return model


def exact_effect(layout):
    """Mean and sd of the effect in `straight_line`, by linear algebra."""
    n_a, n_t, _ = layout.shape
    total = layout.cells.total[..., 0]
    columns = np.concatenate([np.repeat(np.eye(n_a), n_t, axis=0), layout.dose.reshape(-1, 1)], axis=1)
    weight = total.ravel() / SCORE_SD**2
    prior = np.array([*[LEVEL_SD**-2] * n_a, EFFECT_SD**-2])
    covariance = np.linalg.inv(columns.T @ (weight[:, None] * columns) + np.diag(prior))
    means = (layout.cells.events[..., 0] / total).ravel()
    about = np.array([*[20.0] * n_a, 0.0])
    return (covariance @ (columns.T @ (weight * means) + prior * about))[-1], np.sqrt(covariance[-1, -1])


def nothing(cells, coords, exposure):
    """No model."""


def raising(cells, coords, exposure):
    raise ValueError(f"shape of {cells.events.tolist()}")


def of_another(cells, coords, exposure):
    return simple(cells, {**coords, "period": [f"{label} (mine)" for label in coords["period"]]}, exposure)


def one_world(cells, coords, exposure):
    model = simple(cells, coords, exposure)
    del model.named_vars["without_rollout"]
    return model


def discrete(cells, coords, exposure):
    model = simple(cells, coords, exposure)
    with model:
        pm.Bernoulli("switch", 0.5)
    return model


def impossible(cells, coords, exposure):
    model = simple(cells, coords, exposure)
    with model:
        pm.Potential("never", -np.inf * pm.math.exp(model["effect"]))
    return model


def unfitting(cells, coords, exposure):
    model = simple(cells, coords, exposure)
    with model:
        model["level"].owner.inputs  # noqa: B018 (a model of the right names whose graph has shapes that do not fit)
        pm.Normal("odd", mu=pm.Normal("three", shape=3), sigma=1.0, observed=np.zeros(4))
    return model


def shown(fault):
    """What a tracker would see of an error: its text, and the variables of every frame but those of the tests."""
    said = [repr(fault), str(fault)]
    while fault is not None:
        frames = [
            frame for frame, _ in traceback.walk_tb(fault.__traceback__) if "sos_bayes" in frame.f_code.co_filename
        ]
        said += [f"{name} = {value!r} {value}" for frame in frames for name, value in frame.f_locals.items()]
        fault = fault.__cause__ or fault.__context__
    return "\n".join(said)


FAULTY = {
    "no model": (nothing, "returned a NoneType"),
    "an error": (raising, "build raised ValueError"),
    "other labels": (of_another, "labels of period"),
    "one world": (one_world, "no without_rollout"),
    "nothing observed": (lambda *given: simple(*given, observed=False), "observes nothing"),
    "no dimensions": (lambda *given: simple(*given, dims=None), "no named dimensions"),
    "other dimensions": (lambda *given: simple(*given, dims=("period", "adopter")), "it needs"),
    "log-odds": (lambda *given: simple(*given, after=lambda x: x - 3.0), "no shares between 0 and 1"),
    "discrete": (discrete, "discrete variables"),
    "impossible": (impossible, "log density of never"),
    "no effect": (lambda cells, coords, exposure: simple(cells, coords, 0.0 * exposure), "the same in all exposed"),
    "shapes": (unfitting, "cannot be evaluated"),
}  # fmt: skip


def known_fit(layout=LAYOUT, *, mean=-0.06, sd=0.01, design=None):
    """A fit whose effect has these moments in every cell from the start on: draws of both worlds, nothing sampled."""
    rng = np.random.default_rng(3)
    k, t = len(layout.adopters), layout.shape[1]
    without = rng.normal(0.3, 0.002, (4, 1000, k, t))
    effect = rng.normal(mean, sd, (4, 1000, 1, 1)) * layout.treated[layout.adopters]
    dims = ("chain", "draw", "adopter", "period")
    posterior = xr.Dataset({"with_rollout": (dims, without + effect), "without_rollout": (dims, without)})
    good = Health(True, (), ())
    return PyMCFit(layout, design or PyMCDesign(simple), "nuts", 1, posterior, good, (), layout.cells.notes)
