"""Do authorities move together beyond what all of them do? Shocks that they share make them fewer than they are.

What the headline's model expects is drawn from its posterior and put beside what the comparators show. Where published
regions of the authorities are known, the question is whether those of one region move together; else, how much of all
movement lies along one pattern over time, which sees less.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sos_bayes._core.array_types import Floats, Indices
from sos_bayes._core.shapes import shapes_only
from sos_bayes._core.words import chance, probability
from sos_bayes.checks.fit_under_test import FitUnderTest, inapplicable
from sos_bayes.checks.parallel_trends.year_steps import levels_at
from sos_bayes.checks.result import Bearing, CheckResult, State
from sos_bayes.data.authorities.clusters import offered
from sos_bayes.data.england import region_of
from sos_bayes.estimands.cluster_sharing import sharing
from sos_bayes.fitting import Fit
from sos_bayes.fitting.arrays.ar1_shocks import period_shocks, shock_root

NAME, TITLE = "shared_shocks", "Shocks that authorities share"
FEWEST = 6  # comparators, and periods, of which to ask
REPEATS = 400
ALARM = 0.05
TOGETHER, HALF = 5, 0.5  # of the power: authorities of a cluster, and the share of shocks' variance that they share


class Movement(NamedTuple):
    """Comparators' levels (C, T) with the variance of counting, and what each is taken to belong to (C,), or -1."""

    level: Floats
    variance: Floats
    cluster: Indices

    def __repr__(self) -> str:
        return shapes_only(self)


def check_shared_shocks(tested: FitUnderTest) -> CheckResult:
    """Report whether comparators' movements hang together more than the model expects, and how well that is seen."""
    fit = tested.fit
    if any(term.chain for term in fit.problem.model.shared):
        return _stated(fit)
    if tested.part is not None:
        return inapplicable(NAME, TITLE, "looked at for all children together, with the overall effect.")
    seen = movement(fit)
    if len(seen.level) < FEWEST or seen.level.shape[1] < FEWEST - 2:
        return inapplicable(NAME, TITLE, f"there are fewer than {FEWEST} comparators or {FEWEST - 2} periods.")
    return _looked_for(fit, seen)


def _stated(fit: Fit) -> CheckResult:
    """What clusters that were stated hold."""
    shares = sharing(fit)
    sentence = (
        f"Clusters hold {shares.share:.0%} of the variance of authorities' shocks: the adopters are worth "
        f"{shares.adopters:.1f} independent ones, the comparators {shares.comparators:.1f}."
    )
    numbers = (("share", shares.share), ("adopters", shares.adopters), ("comparators", shares.comparators))
    return CheckResult(NAME, TITLE, State.REPORTED, numbers, sentence)


def _looked_for(fit: Fit, seen: Movement) -> CheckResult:
    known = (seen.cluster >= 0).any()
    rng = np.random.default_rng([fit.seed, 37])
    alone = np.array([statistic(_drawn(fit, seen, rng, 0.0), seen) for _ in range(REPEATS)])
    shared = np.array([statistic(_drawn(fit, seen, rng, HALF), seen) for _ in range(REPEATS)])
    observed = statistic(seen.level, seen)
    p = float((1 + (alone >= observed).sum()) / (1 + REPEATS))
    power = float((shared > np.quantile(alone, 1 - ALARM)).mean())
    numbers = (("p_value", p), ("statistic", observed), ("expected", float(alone.mean())), ("power", power))
    how = "within published regions" if known else "along one pattern over time"
    stands = "more than expected" if p <= ALARM else "no more than expected"
    cure = 'Name what they belong to with cluster= (for English authorities cluster="region").'
    sentence = (
        f"Comparators move together {how} {stands} of authorities on their own ({probability(p)} by chance). Shocks of "
        f"which clusters share half would be noticed in {chance(power)} cases, and one in twenty panels without any is "
        f"flagged. {cure}"
    )
    bearing: Bearing | None = "weakens" if p <= ALARM else None
    return CheckResult(NAME, TITLE, State.REPORTED, numbers, sentence, bearing=bearing)


def movement(fit: Fit) -> Movement:
    """Comparators with data in every period, and their published regions where these are known."""
    layout = fit.layout
    level, variance = levels_at(layout)
    seen = np.isfinite(level).all(axis=1)
    cells, there = layout.cells, layout.comparators[seen]
    cluster = np.full(len(there), -1, dtype=np.intp)
    if offered(cells.authorities, cells.names):
        named = [region_of(cells.authorities[a], cells.names[a]) or cells.authorities[a] for a in there]
        cluster = np.unique(named, return_inverse=True)[1].astype(np.intp)
    return Movement(level[seen], variance[seen], cluster)


def statistic(level: Floats, seen: Movement) -> float:
    """Share of all movement, authorities' and periods' means taken out, that clusters or one pattern over time hold."""
    away = level - level.mean(axis=1, keepdims=True)
    away = away - away.mean(axis=0)
    away = away / np.sqrt(seen.variance + np.median((away**2).mean(axis=1)))
    whole = float((away**2).sum())
    if (seen.cluster < 0).all():
        return float(np.linalg.eigvalsh(away.T @ away)[-1] / whole)
    size = np.bincount(seen.cluster)
    sums = np.zeros((len(size), away.shape[1]))
    np.add.at(sums, seen.cluster, away)
    return float((sums**2 / size[:, None]).sum() / whole)


def _drawn(fit: Fit, seen: Movement, rng: np.random.Generator, shared: float) -> Floats:
    """Levels (C, T) that one draw of the posterior expects, with a share of the shocks' variance in clusters."""
    hyper, (n_c, n_t) = fit.draws.hyper, seen.level.shape
    i = rng.integers(hyper["rho"].size)
    rho, sd = hyper["rho"].ravel()[i : i + 1], hyper["sd_shock"].ravel()[i : i + 1]
    by_period = period_shocks(rho, sd, fit.layout.cells.calendar.years)
    root = float(by_period[1][0]) * shock_root(n_t, float(by_period[0][0]), float(by_period[2][0]))
    steps = rng.standard_normal((n_c, n_t))
    if shared:
        cluster = np.arange(n_c) // TOGETHER if (seen.cluster < 0).all() else seen.cluster
        together = rng.standard_normal((int(cluster.max()) + 1, n_t))[cluster]
        steps = np.sqrt(1 - shared) * steps + np.sqrt(shared) * together
    return np.asarray(steps @ root.T + np.sqrt(seen.variance) * rng.standard_normal((n_c, n_t)))
