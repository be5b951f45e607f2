"""Synthetic panels in which an adopter is a weighted mean of donors, or follows a factor, and the effect is known."""

import numpy as np
import pandas as pd

import sos_bayes as sb
from sos_bayes.data import collapse
from sos_bayes.designs import layout_of


def plain_panel(*, donors=6, before=12, after=4, effect=0.0, adopters=1, noise=0.1, memory=0.5, factor=1.0, seed=1,
                scale=1.0, gap=0.0, centre=10.0, second=0.0, drift=0.0):  # fmt: skip
    """Rows of plain numbers: adopters "A0", ... and donors "D00", ...; years from 2000.

    Loadings have an sd of half of ``factor`` on a walk that moves everybody, and of half of ``second`` on another.
    With ``drift`` each one also keeps going its own way: the steps of a random walk, whose change has that sd.
    """
    rng = np.random.default_rng(seed)
    n_t, n_a = before + after, adopters + donors
    walk = np.cumsum(rng.normal(0, 0.3, n_t))
    loads = 1 + factor * rng.normal(0, 0.5, n_a)
    loads[:adopters] += gap
    shocks = np.empty((n_a, n_t))
    shocks[:, 0] = rng.normal(0, noise, n_a)
    for t in range(1, n_t):
        shocks[:, t] = memory * shocks[:, t - 1] + np.sqrt(1 - memory**2) * rng.normal(0, noise, n_a)
    values = centre + rng.normal(0, 0.5, n_a)[:, None] + loads[:, None] * walk + shocks
    if second:
        values += np.outer(second * rng.normal(0, 0.5, n_a), np.cumsum(rng.normal(0, 0.3, n_t)))
    if drift:
        values += drift * np.cumsum(np.cumsum(rng.normal(size=(n_a, n_t)), axis=1), axis=1)
    values[:adopters, before:] += effect
    names = [f"A{i}" for i in range(adopters)] + [f"D{i:02d}" for i in range(donors)]
    return pd.DataFrame(
        {
            "unit": np.repeat(names, n_t),
            "year": np.tile(np.arange(2000, 2000 + n_t), n_a),
            "y": (values * scale).ravel(),
        }
    )


def outcome(scale=1.0):
    return sb.Continuous(
        "y", unit="points", aim=sb.Aim.FEWER, worthwhile=0.1 * scale, label="made-up score (synthetic)", missing="drop"
    )


def rollout(frame, start):
    return sb.Rollout({name: start for name in frame["unit"].unique() if name.startswith("A")})


def read(frame):
    return sb.read_panel(frame, authority="unit", period="year")


def layout(frame, start, what=None):
    return layout_of(collapse(read(frame), what or outcome()), rollout(frame, start))


def counted(frame, size=400, seed=1):
    """The same units counted: children, and events whose log-odds are the values less 11.5."""
    rng = np.random.default_rng(seed)
    table = frame.copy()
    table["n"] = size
    table["events"] = rng.binomial(size, 1 / (1 + np.exp(-(frame["y"] - 11.5))))
    return table


def share():
    return sb.Binary(
        "events", "n", aim=sb.Aim.FEWER, worthwhile=0.02, label="made-up share (synthetic)", missing="drop"
    )
