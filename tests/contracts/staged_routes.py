"""The sampled stage of synthetic designs by two routes: compiled loops, and PyMC on what `to_pymc` writes.

    python -m tests.contracts.staged_routes

prints one line for each design: how far apart both are in what they share, in posterior sds and in sampling errors.
"""

import numpy as np
import pymc as pm
from arviz_stats.base import array_stats

import sos_bayes as sb
from tests.contracts.three_routes import largest
from tests.synthesis.made_up import counted, layout, plain_panel, share

SEED = 3
DESIGNS = {
    "donor weights": sb.SyntheticControl(), "weights, no constant": sb.SyntheticControl(intercept=False),
    "one factor": sb.LatentFactors(factors=1), "no factor": sb.LatentFactors(factors=0),
}  # fmt: skip
SCALARS = ("concentration", "share", "rho", "spread", "gap")


def compiled(fit):
    """Scalars (chain, draw) of the first stage, and what it predicts of every cell of adopters."""
    chains, size = fit.draws.shape
    found = {name: value for name, value in fit.draws.hyper.items() if name in SCALARS or name.startswith("sd")}
    found = {name if name != "sd_0" or fit.series.adopters > 1 else "sd": value for name, value in found.items()}
    for a, one in enumerate(fit.predicted):
        rows = np.concatenate([one.before, one.mean], axis=1).reshape(chains, size, -1)
        found |= {f"predicted {a}, {t}": rows[..., t] for t in range(rows.shape[2])}
    return found


def readable(fit, seed, draws=1000):
    """The same by PyMC."""
    with sb.to_pymc(fit):
        tree = pm.sample(
            draws, tune=1000, chains=4, random_seed=seed, target_accept=0.95, progressbar=False, quiet=True,
            compute_convergence_checks=False,
        )  # fmt: skip
    found, posterior = {}, tree["posterior"]
    for name in (*SCALARS, "sd"):
        if name in posterior:
            values = posterior[name].values
            found |= {name: values} if values.ndim == 2 else {f"sd_{k}": values[..., k] for k in range(values.shape[2])}
    predicted = posterior["predicted"].values
    for a in range(predicted.shape[2]):
        found |= {f"predicted {a}, {t}": predicted[..., a, t] for t in range(predicted.shape[3])}
    return found, float(tree["sample_stats"]["diverging"].mean())


def error(values):
    """Monte Carlo error of a mean."""
    return values.std() / np.sqrt(float(array_stats.ess(values, method="mean", chain_axis=0, draw_axis=1)))


def error_of_sd(values):
    """Monte Carlo error of an sd, relative to it."""
    return error((values - values.mean()) ** 2) / (2 * values.var())


def beside(name, seed=SEED):
    """Differences PyMC less compiled by number: in posterior sds, in errors of both; ratios of sds; what diverged.

    Each ratio is beside its distance from one in the errors of both.
    """
    frame = counted(plain_panel(adopters=2, donors=9, before=8, after=3, seed=seed))
    fit = DESIGNS[name].sampled(layout(frame, 2008, share()), seed, sb.Sampler(draws=2000, progress=False))
    ours, (theirs, diverged) = compiled(fit), readable(fit, seed)
    pairs = {n: (theirs[n], ours[n]) for n in ours if n in theirs and np.ptp(ours[n]) > 1e-9}
    gaps = {n: a.mean() - b.mean() for n, (a, b) in pairs.items()}
    in_sds = {n: gaps[n] / max(a.std(), b.std()) for n, (a, b) in pairs.items()}
    in_errors = {n: gaps[n] / np.hypot(error(a), error(b)) for n, (a, b) in pairs.items()}
    ratios = {n: a.std() / b.std() for n, (a, b) in pairs.items()}
    apart = {n: np.log(ratios[n]) / np.hypot(error_of_sd(a), error_of_sd(b)) for n, (a, b) in pairs.items()}
    return in_sds, in_errors, {n: (ratios[n], apart[n]) for n in ratios}, diverged


def main():
    """Print the table."""
    for name in DESIGNS:
        in_sds, in_errors, spreads, diverged = beside(name)
        cells = [f"{value:+.2f} ({number})" for number, value in (largest(in_sds), largest(in_errors))]
        ratios = [ratio for ratio, _ in spreads.values()]
        ends = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(f"| {' | '.join([name, str(len(in_sds)), *cells, ends, f'{100 * diverged:.2f} %'])} |", flush=True)


if __name__ == "__main__":
    main()
