"""Simulation-based calibration of the meta-analysis: worlds of studies drawn from its own priors, fitted, ranked.

python -m tests.recovery.sbc_synthesis counts --replicates 100 --first-seed 1
python -m tests.recovery.sbc_synthesis leaning --replicates 1000 --exact

With --exact the mean effect's place is read from the quadrature, without sampling.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import sos_bayes as sb
from sos_bayes.meta_analyses.bias_terms import bias_of
from sos_bayes.meta_analyses.exact_grid import exact
from sos_bayes.meta_analyses.readable_model import BASELINE_SD
from tests.meta_analyses.published import read
from tests.recovery.sbc import Figures, figures

Floats = NDArray[np.float64]
PRIORS = sb.SynthesisPriors(2.0, 0.5)
SHORT = sb.Sampler(draws=500, tune=500, chains=4, cores=1, target_accept=0.95, progress=False)
DRAWS = 199
Run = tuple[dict[str, Figures], int]
STUDIES = 10


@dataclass(frozen=True, slots=True)
class World:
    """A table of made-up studies, what it was drawn from, and how it is pooled."""

    table: pd.DataFrame
    truth: dict[str, float]
    asked: dict[str, object]


def top(rng: np.random.Generator) -> dict[str, float]:
    """Mean and heterogeneity from their priors."""
    return {"mu": PRIORS.mean * rng.standard_normal(), "tau": PRIORS.heterogeneity * abs(rng.standard_normal())}


def counts(rng: np.random.Generator) -> World:
    """Events of both arms, regressed on a covariate."""
    truth = top(rng) | {"beta": PRIORS.coefficient * rng.standard_normal()}
    x = rng.standard_normal(STUDIES)
    effect = truth["mu"] + truth["beta"] * (x - x.mean()) / x.std() + truth["tau"] * rng.standard_normal(STUDIES)
    level = BASELINE_SD * rng.standard_normal(STUDIES)
    n = rng.integers(40, 400, (2, STUDIES))
    a, c = (rng.binomial(n[i], 1 / (1 + np.exp(-(level + half * effect)))) for i, half in enumerate((0.5, -0.5)))
    truth["study_effect"] = effect[0]
    table = pd.DataFrame({"study": _labels(STUDIES), "a": a, "c": c, "n1": n[0], "n0": n[1], "x": x})
    return World(table, truth, {"events": ("a", "c"), "trials": ("n1", "n0"), "covariates": ["x"]})


def several(rng: np.random.Generator) -> World:
    """Three effects a study, errors correlated by one half."""
    truth = top(rng) | {"tau_within": PRIORS.heterogeneity * abs(rng.standard_normal())}
    of = np.repeat(np.arange(STUDIES), 3)
    s = rng.uniform(0.05, 0.5, len(of))
    apart = truth["tau"] * rng.standard_normal(STUDIES)[of] + truth["tau_within"] * rng.standard_normal(len(of))
    shared = np.sqrt(0.5) * (rng.standard_normal(STUDIES)[of] + rng.standard_normal(len(of)))
    truth["study_effect"] = truth["mu"] + apart[0]
    labels = [_labels(STUDIES)[i] for i in of]
    table = pd.DataFrame({"study": labels, "part": np.arange(len(of)), "y": truth["mu"] + apart + s * shared, "s": s})
    return World(table, truth, {**EFFECTS, "within": "part", "correlation": 0.5})


def leaning(rng: np.random.Generator) -> World:
    """Effects that lean by their errors."""
    truth = top(rng) | {"slope": rng.standard_normal()}
    s = rng.uniform(0.05, 0.8, STUDIES)
    effect = truth["mu"] + truth["slope"] * s + truth["tau"] * rng.standard_normal(STUDIES)
    truth["study_effect"] = effect[0]
    table = pd.DataFrame({"study": _labels(STUDIES), "y": effect + s * rng.standard_normal(STUDIES), "s": s})
    return World(table, truth, {**EFFECTS, "aim": sb.Aim.MORE, "bias": "pet"})


def selected(rng: np.random.Generator) -> World:
    """Effects that were published with a chance that falls with their p."""
    parts = rng.dirichlet(np.ones(3))
    truth = top(rng) | {"weight": parts[2]}
    rows: list[tuple[float, float, float]] = []
    errors = rng.uniform(0.05, 0.8, STUDIES)
    while len(rows) < STUDIES:  # a study is tried until one of its size is published
        s = errors[len(rows)]
        effect = truth["mu"] + truth["tau"] * rng.standard_normal()
        y = effect + s * rng.standard_normal()
        weight = 1.0 if y > 1.959964 * s else parts[1] + parts[2] if y > 0 else parts[2]
        if rng.random() < weight:
            rows.append((y, s, effect))
    truth["study_effect"] = rows[0][2]
    table = pd.DataFrame([row[:2] for row in rows], columns=["y", "s"]).assign(study=_labels(STUDIES))
    return World(table, truth, {**EFFECTS, "aim": sb.Aim.MORE, "bias": "selection"})


EFFECTS: dict[str, object] = {"effect": "y", "se": "s", "measure": "log_odds_ratio"}
WORLDS = {"counts": counts, "several": several, "leaning": leaning, "selected": selected}


def _labels(n: int) -> list[str]:
    return [f"study {i}" for i in range(n)]


def ranks(kind: str, seed: int) -> dict[str, float]:
    """Where each true value lies among draws, between 0 and 1; empty where the fit missed its gate."""
    world = WORLDS[kind](np.random.default_rng([seed, 29]))
    found = sb.meta_analysis(world.table, **world.asked, priors=PRIORS, sampler=SHORT, seed=seed)  # type: ignore[arg-type]
    if not found.health.ok:
        return {}
    drawn = found.tree["posterior"]
    out = {}
    for name, true in world.truth.items():
        values = np.asarray(drawn[name].values)
        last = values if values.ndim == 2 else values[..., -1 if name == "weight" else 0]
        kept = last.ravel()[:: last.size // DRAWS][:DRAWS]
        out[name] = (float((kept < true).sum()) + 0.5) / (DRAWS + 1)
    return out


def exact_rank(kind: str, seed: int) -> dict[str, float]:
    """Where the true mean effect lies in the posterior by quadrature, of one effect a study."""
    world = WORLDS[kind](np.random.default_rng([seed, 29]))
    studies = read(world.table, **EFFECTS)
    name = world.asked["bias"]
    bias = bias_of(name, 1, (0.025, 0.5), studies)  # type: ignore[arg-type]
    return {"mu": 1 - exact(studies, PRIORS, bias).mean.above(world.truth["mu"])}


def run(kind: str, replicates: int, first: int, by: Callable[[str, int], dict[str, float]] = ranks) -> Run:
    """Figures of each quantity, and how many fits missed the gate."""
    rows = [by(kind, seed) for seed in range(first, first + replicates)]
    passed = [row for row in rows if row]
    return {name: figures([row[name] for row in passed]) for name in passed[0]}, len(rows) - len(passed)


def main() -> None:
    """Print one line a quantity."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=WORLDS)
    parser.add_argument("--replicates", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--exact", action="store_true", help="by quadrature: leaning and selected")
    given = parser.parse_args()
    found, missed = run(given.kind, given.replicates, given.first_seed, exact_rank if given.exact else ranks)
    for name, one in found.items():
        covers = " | ".join(f"{100 * c:.0f} %" for c in one.covered)
        print(f"| {given.kind} | {name} | {one.mean:+.1f} | {one.variance:+.1f} | {covers} | {one.p:.2f} | {missed} |")


if __name__ == "__main__":
    main()
