"""One part of the model exchanged, everything else the same."""

from __future__ import annotations

from dataclasses import replace

from sos_bayes.checks.bench import SCEPTICAL_SD, Bench, directional
from sos_bayes.checks.rounds import Asking
from sos_bayes.designs import DiD

DRIFT_SD = 0.03  # per year, log-odds or log-rate


def random_walk_design(design: DiD) -> DiD:
    """Shocks that never die out."""
    return replace(design, shocks="random_walk")


def trends_design(design: DiD) -> DiD:
    """Every authority on a trend of its own."""
    return replace(design, trends=True)


def drift_design(design: DiD) -> DiD:
    """Adopters drifting apart linearly, by chance or by selection, whatever the rollout did."""
    return replace(design, drift=DRIFT_SD)


def check_random_walk(bench: Bench) -> Asking:
    """Report the effect where shocks are a random walk."""
    (effect,) = yield [bench.look(random_walk_design(bench.fit.design))]
    return directional("random_walk", "Shocks as a random walk", effect, "With shocks that never die out")


def check_trends(bench: Bench) -> Asking:
    """Report the effect where every authority has its own trend."""
    (effect,) = yield [bench.look(trends_design(bench.fit.design))]
    return directional("trends", "Own trend in every authority", effect, "With a trend of its own in every authority")


def check_drift(bench: Bench) -> Asking:
    """Report the effect where adopters may have been drifting apart anyway."""
    (effect,) = yield [bench.look(drift_design(bench.fit.design))]
    said = f"If adopters may drift apart anyway (sd {DRIFT_SD} a year on the model's scale)"
    return directional("drift", "Adopters drifting apart", effect, said)


def check_sceptical(bench: Bench) -> Asking:
    """Report the effect under a prior that expects next to nothing."""
    effect = bench.under(SCEPTICAL_SD, bench.twin)
    if not effect.health.ok:
        (effect,) = yield [bench.anew(SCEPTICAL_SD)]
    return directional("sceptical", "Sceptical prior", effect, "Under a prior that expects next to no effect")
