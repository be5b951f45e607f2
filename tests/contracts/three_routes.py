"""Three routes to one posterior, laid side by side: what each says of every number that a fit reports.

    python -m tests.contracts.three_routes binomial poisson --seed 3

prints one line for each design of the grid in `test_readable_model`, without names all of them.
"""

import argparse
from dataclasses import dataclass

import numpy as np
from arviz_stats.base import array_stats

from sos_bayes.estimands import estimate
from sos_bayes.fitting import fit_layout
from tests.contracts.test_readable_model import SETTINGS

ROUTES = ("fast", "nuts", "pymc")
SEED = 3


@dataclass(frozen=True)
class Told:
    """What one route says of one number."""

    mean: float
    sd: float
    error: float
    sd_error: float


@dataclass(frozen=True)
class Beside:
    """One design by three routes: for each number what each says, and whether each passed its gate."""

    name: str
    told: dict[str, dict[str, Told]]
    healthy: dict[str, bool]

    def apart(self, one, other):
        """Differences of means by number: in posterior sds, and in the sampling errors of both."""
        pairs = {name: (by[one], by[other]) for name, by in self.told.items()}
        in_sds = {n: (a.mean - b.mean) / max(a.sd, b.sd) for n, (a, b) in pairs.items()}
        in_errors = {n: (a.mean - b.mean) / np.hypot(a.error, b.error) for n, (a, b) in pairs.items()}
        return in_sds, in_errors

    def spreads(self, one, other):
        """Ratio of posterior sds by number, and its distance from one in the sampling errors of both."""
        pairs = {name: (by[one], by[other]) for name, by in self.told.items()}
        ratios = {n: a.sd / b.sd for n, (a, b) in pairs.items()}
        errors = {n: np.hypot(a.sd_error / a.sd, b.sd_error / b.sd) for n, (a, b) in pairs.items()}
        return ratios, {n: float(np.log(ratios[n]) / errors[n]) for n in ratios}


def numbers(fit):
    """Every scalar that a fit reports, (chain, draw) each: those that a design makes constant are left out."""
    found = {"satt": estimate(fit).draws, "level gap": fit.draws.level_gap} | fit.draws.hyper
    for kind in (fit.draws.shared, {"departure": fit.draws.own["departure"]}):
        found |= {f"{name} {i}": values[..., i] for name, values in kind.items() for i in range(values.shape[2])}
    return {name: values for name, values in found.items() if np.ptp(values) > 1e-9}


def told(fit):
    """Mean and sd of each with their Monte Carlo errors; draws of the fast route err with the points that they share.

    An sd errs as the mean of squared deviations does: of long tails, and few sampled authorities have them, by much.
    """
    points = dict(fit.health.numbers).get("hyper_ess")
    found = {}
    for name, values in numbers(fit).items():
        squares = (values - values.mean()) ** 2
        errors = [float(x.std() / np.sqrt(points or _size(x))) for x in (values, squares)]
        sd = float(values.std())
        found[name] = Told(float(values.mean()), sd, errors[0], errors[1] / (2 * sd))
    return found


def _size(values):
    return float(array_stats.ess(values, method="mean", chain_axis=0, draw_axis=1))


def side_by_side(name, seed=SEED, routes=ROUTES):
    """Fit one design of the grid by every route."""
    layout, design = SETTINGS[name]
    fits = {route: fit_layout(layout, design, method=route, seed=seed, fall_back=False) for route in routes}
    each = {route: told(fit) for route, fit in fits.items()}
    common = set.intersection(*(set(said) for said in each.values()))
    by_number = {n: {route: said[n] for route, said in each.items()} for n in sorted(common)}
    return Beside(name, by_number, {route: fit.health.ok for route, fit in fits.items()})


def largest(values):
    """The number that lies furthest from nought, and how far."""
    name = max(values, key=lambda n: abs(values[n]))
    return name, values[name]


def line(found):
    """One row of the table in `docs/explanation/agreement.md`."""
    (_, errors), (fast, _) = found.apart("pymc", "nuts"), found.apart("fast", "nuts")
    cells = [found.name, str(len(found.told)), f"{fast['satt']:+.3f}", f"{found.apart('pymc', 'nuts')[0]['satt']:+.3f}"]
    cells += [f"{value:+.2f} ({name})" for name, value in (largest(fast), largest(errors))]
    missed = [route for route, ok in found.healthy.items() if not ok]
    return f"| {' | '.join([*cells, ', '.join(missed) or 'none'])} |"


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(SETTINGS))
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    for name in asked.names:
        print(line(side_by_side(name, asked.seed)), flush=True)


if __name__ == "__main__":
    main()
