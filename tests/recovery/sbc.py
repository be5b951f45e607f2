"""Simulation-based calibration: worlds drawn from the model's own prior, fitted, the truth ranked among the draws.

Where draws are those of the posterior, the truth's rank among them is uniform, for every quantity and whatever the
prior (Talts et al. 2018). Which fits miss the fast route's gate depends on the data alone, and given the data the truth
is a draw of the posterior: ranks of the fits that passed must be uniform too. The others are counted, sampled by NUTS
as a user's would be, and ranked with the rest.

python -m tests.recovery.sbc Binary --replicates 200 --priors default --records binary.jsonl
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from sos_bayes._core.errors import SosBayesError
from sos_bayes.data.outcomes import Continuous, Ordinal
from sos_bayes.designs import DiD, Layout, Priors
from sos_bayes.estimands import estimate
from sos_bayes.fitting import Fit, fit_layout
from sos_bayes.fitting.runs.methods import sampled_instead
from tests.recovery.harness import many
from tests.recovery.sbc_outcomes import (
    CENTRE,
    KINDS,
    SIGMA,
    Field,
    effect_weights,
    empty_layout,
    expected,
    log_likelihood,
    sizes_of,
)
from tests.recovery.worlds import World, drawn

Floats = NDArray[np.float64]
DRAWS, BINS = 199, 10
COVERED = (0.5, 0.9)
# Under the defaults most worlds have hardly an event or hardly a child without one: the overall level has sd 10. The
# second set narrows that and the adopters' gap, so that data speak; the fits are told so.
PRIORS: dict[str, Priors] = {"default": Priors(), "narrow": Priors(intercept=1.5, level_gap=0.7)}
SCALARS = (
    "mu_tau", "omega", "sd_step", "spread", "sd_shock", "memory", "rho", "log_adopter_scale", "sd_vary",
    "sd_stream_level", "sd_stream",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Replicate:
    """Where the truth lies among one fit's draws: shares below it, by quantity, uniform where all is well.

    ``fast`` are those of the fast route, whether or not it passed its gate; ``sampled`` those of NUTS where it did not,
    and nothing where NUTS was not asked or missed its own gate.
    """

    seed: int
    fast: dict[str, float]
    sampled: dict[str, float]
    healthy: bool
    hyper_ess: float
    k_hat: float
    events: float
    seconds: float
    fault: str = ""


def world_of(name: str, priors: Priors, seed: int) -> tuple[Layout, DiD, World]:
    """A layout of made-up data, the design that they are drawn from, and the truth."""
    kind, rng = KINDS[name], np.random.default_rng([seed, 23, crc32(name.encode())])
    design = DiD(adjust=kind.design_columns, priors=priors)
    sizes = sizes_of(kind, rng)
    empty = empty_layout(kind, sizes)
    world = drawn(design.model(empty), rng)
    return kind.data(empty, world, sizes, rng), design, world


def truth_of(layout: Layout, world: World) -> dict[str, Floats]:
    """True values, (1,) each."""
    k, measured = layout.adopters, isinstance(layout.cells.outcome, Continuous)
    scale, centre = (SIGMA, CENTRE) if measured else (1.0, 0.0)

    def field(theta: Floats) -> Field:
        return Field(theta[k][None], world.shift[None], world.cuts[None], centre, scale, SIGMA)

    found = _answers(layout, field(world.theta))
    weights, outcome = effect_weights(layout), layout.cells.outcome
    gained = expected(outcome, field(world.theta)) - expected(outcome, field(world.theta - world.effect))
    found["effect"] = (gained * weights).sum(axis=(1, 2, 3))
    found |= {name: np.array([world.scalars[name]]) for name in SCALARS if name in world.scalars}
    found |= {"covariate": world.beta[:1]} if len(world.beta) else {}
    return found | ({"residual_sd": np.array([SIGMA])} if measured else {})


def drawn_from(fit: Fit, which: NDArray[np.intp]) -> dict[str, Floats]:
    """The same of some draws, (n,) each; the effect is what `estimate` says."""
    draws, model, outcome = fit.draws, fit.problem.model, fit.outcome

    def flat(values: Floats) -> Floats:
        return np.asarray(values.reshape(values.shape[0] * values.shape[1], *values.shape[2:])[which])

    beta = flat(draws.beta)
    n_k = 0 if model.patterns is None else model.patterns.columns.shape[1]
    shift = np.zeros((len(which), 1))
    if model.patterns is not None:
        shift = beta[:, :n_k] @ (model.patterns.columns * model.patterns.sd).T
    cuts = np.zeros((len(which), 0))
    if model.cutpoints is not None:
        cuts = -model.cutpoints.sd * beta[:, n_k:] @ model.cutpoints.basis.T
    centre, scale, residual = 0.0, 1.0, np.ones(1)
    if isinstance(outcome, Continuous):
        centre, scale = fit.problem.family.centre, fit.problem.family.scale  # type: ignore[union-attr]
        residual = scale * flat(draws.hyper["sd_within"])
    found = _answers(fit.layout, Field(flat(draws.theta), shift, cuts, centre, scale, residual))
    found["effect"] = flat(estimate(fit).draws)
    found["mu_tau"] = flat(draws.shared["mu_tau"])[:, 0]
    found |= {name: flat(draws.hyper[name]) for name in SCALARS if name in draws.hyper}
    found |= {"covariate": beta[:, 0] * model.patterns.sd} if model.patterns is not None else {}
    return found | ({"residual_sd": residual} if isinstance(outcome, Continuous) else {})


def _answers(layout: Layout, field: Field) -> dict[str, Floats]:
    """What is read off predictors: an adopter's level in the first year, a cutpoint, the data's log-likelihood."""
    found = {
        "level": expected(layout.cells.outcome, field)[:, 0, 0].mean(axis=-1),
        "log_likelihood": log_likelihood(layout, field),
    }
    return found | ({"cutpoint": field.cuts[:, 0]} if isinstance(layout.cells.outcome, Ordinal) else {})


def ranked(fit: Fit, truth: dict[str, Floats]) -> dict[str, float]:
    """Share of thinned draws below the truth, spread evenly over its rank's width; ties are broken by lot."""
    chains, size = fit.draws.shape
    which = np.linspace(0, chains * size - 1, DRAWS).astype(np.intp)
    found = drawn_from(fit, which)
    lot = np.random.default_rng([fit.seed, 29])
    assert found.keys() == truth.keys()
    shares = {}
    for name in sorted(truth):
        true, values = truth[name][0], found[name]
        assert values.shape == (DRAWS,)
        below = int((values < true).sum()) + int(lot.integers(0, int((values == true).sum()) + 1))
        shares[name] = float((below + lot.random()) / (DRAWS + 1))
    return shares


def replicate(seed: int, name: str, priors: str, sample: bool) -> Replicate:
    """Draw one world, fit it by the fast route, and by NUTS where that misses its gate and ``sample`` says so."""
    begun = time.perf_counter()
    layout, design, world = world_of(name, PRIORS[priors], seed)
    truth = truth_of(layout, world)
    events = float(np.nansum(layout.cells.events) / layout.cells.total.sum())
    try:
        fit = fit_layout(layout, design, seed=seed, fall_back=False)
    except (SosBayesError, ArithmeticError, np.linalg.LinAlgError) as error:
        return Replicate(seed, {}, {}, False, 0.0, np.inf, events, time.perf_counter() - begun, repr(error))
    numbers, sampled, fault = dict(fit.health.numbers), {}, ""
    if sample and not fit.health.ok:
        nuts = sampled_instead(fit, None)
        sampled, fault = (ranked(nuts, truth), "") if nuts.health.ok else ({}, " ".join(nuts.health.reasons))
    return Replicate(
        seed, ranked(fit, truth), sampled, fit.health.ok, numbers["hyper_ess"], numbers["k_hat"], events,
        time.perf_counter() - begun, fault,
    )  # fmt: skip


def run(name: str, priors: str, seeds: Iterable[int], *, sample: bool, cores: int | None = None) -> list[Replicate]:
    """Run replicates over processes."""
    return many(replicate, [(seed, name, priors, sample) for seed in seeds], cores)  # type: ignore[arg-type, return-value]


@dataclass(frozen=True, slots=True)
class Figures:
    """How far N shares depart from uniform: each distance in its own Monte Carlo error; p of chi-square in ten bins."""

    number: int
    mean: float
    variance: float
    covered: tuple[float, ...]
    covered_off: tuple[float, ...]
    chi_square: float
    p: float

    @property
    def worst(self) -> float:
        """The largest distance in Monte Carlo errors."""
        return max(abs(z) for z in (self.mean, self.variance, *self.covered_off))


def figures(shares: list[float]) -> Figures:
    """Hold shares against the uniform distribution: its mean 1/2, its variance 1/12, central intervals, ten bins."""
    u, size = np.array(shares), len(shares)
    covered = [float((np.abs(u - 0.5) < p / 2).mean()) for p in COVERED]
    statistic = float(((np.histogram(u, BINS, (0, 1))[0] - size / BINS) ** 2).sum() / (size / BINS))
    return Figures(
        size,
        float((u.mean() - 0.5) / np.sqrt(1 / 12 / size)),
        float((((u - 0.5) ** 2).mean() - 1 / 12) / np.sqrt(1 / 180 / size)),
        tuple(covered),
        tuple(float((c - p) / np.sqrt(p * (1 - p) / size)) for c, p in zip(covered, COVERED, strict=True)),
        statistic,
        float(chi2.sf(statistic, BINS - 1)),
    )


def passed(found: list[Replicate]) -> dict[str, Figures]:
    """Figures by quantity of the fits that passed the fast route's gate."""
    return _by_quantity([r.fast for r in found if r.healthy])


def answered(found: list[Replicate]) -> dict[str, Figures]:
    """Figures of what a user is given: the fast route where it passed, NUTS where it did not."""
    return _by_quantity([r.fast if r.healthy else r.sampled for r in found])


def missed(found: list[Replicate]) -> dict[str, Figures]:
    """Figures of the fast route's draws where it missed its gate: nobody is given these."""
    return _by_quantity([r.fast for r in found if not r.healthy])


def _by_quantity(shares: list[dict[str, float]]) -> dict[str, Figures]:
    shares = [one for one in shares if one]
    return {name: figures([one[name] for one in shares]) for name in (shares[0] if shares else ())}


def described(found: list[Replicate]) -> str:
    """Lines of text: gate, then every quantity's figures."""
    bad = [r for r in found if not r.healthy]
    lines = [
        f"{len(found)} replicates, {len(bad)} missed the gate, {sum(bool(r.sampled) for r in bad)} of them sampled, "
        f"{sum(bool(r.fault) for r in bad)} faults; {np.median([r.seconds for r in found]):.2f} s each"
    ]
    for title, by in (("passed", passed(found)), ("answered", answered(found)), ("missed", missed(found))):
        lines += [f"{title:18} {'N':>5} {'mean':>6} {'var':>6}  {'50 %':>5}       {'90 %':>5}        chi2     p"]
        for name, f in by.items():
            cover = "  ".join(f"{100 * c:5.1f} {z:+5.1f}" for c, z in zip(f.covered, f.covered_off, strict=True))
            lines += [
                f"{name:18} {f.number:5d} {f.mean:+6.2f} {f.variance:+6.2f}  {cover}  {f.chi_square:6.1f} {f.p:.3f}"
            ]
    return "\n".join(lines)


def main() -> None:
    """Run from the command line; records of several runs are read together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("outcome", choices=list(KINDS))
    parser.add_argument("--replicates", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=1_000_000)
    parser.add_argument("--priors", choices=sorted(PRIORS), default="default")
    parser.add_argument("--sample", action="store_true", help="sample by NUTS what misses the gate")
    parser.add_argument("--cores", type=int)
    parser.add_argument("--records", type=Path, help="file of JSON lines to add to")
    asked = parser.parse_args()
    seeds = range(asked.first_seed, asked.first_seed + asked.replicates)
    found = run(asked.outcome, asked.priors, seeds, sample=asked.sample, cores=asked.cores)
    if asked.records is not None:
        with asked.records.open("a") as file:
            file.writelines(json.dumps(asdict(r)) + "\n" for r in found)
        found = [Replicate(**json.loads(line)) for line in asked.records.read_text().splitlines()]
    print(asked.outcome, asked.priors, described(found), sep="\n")


if __name__ == "__main__":
    main()
