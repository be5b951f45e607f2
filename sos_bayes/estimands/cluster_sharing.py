"""How much of authorities' shocks their clusters share, and how many authorities they are then worth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sos_bayes.estimands.weights import effective_number
from sos_bayes.fitting import Fit
from sos_bayes.fitting.posterior.fit_protocol import FitProtocol


class Sharing(NamedTuple):
    """Whether clusters were stated, what share of the shocks' variance they hold, and effective numbers.

    Attributes
    ----------
    stated : bool
        Whether it was said what authorities belong to, of a design that has a term for it.
    share : float
        Posterior mean of the clusters' part of the variance of comparators' innovations; zero without such a term.
    adopters, comparators : float
        How many independent authorities they are worth, each counting the same.
    """

    stated: bool
    share: float
    adopters: float
    comparators: float


def sharing(fit: FitProtocol) -> Sharing:
    """Look at a fit's clusters.

    Examples
    --------
    >>> from sos_bayes.designs import DiD, layout_of
    >>> from sos_bayes.fitting import fit_layout
    >>> from sos_bayes.simulation import made_up_england
    >>> made = made_up_england(seed=1)
    >>> sharing(fit_layout(layout_of(made.cells, made.rollout), DiD(), method="fast", seed=1, n_draws=500))
    Sharing(stated=False, share=0.0, adopters=9.0, comparators=31.0)
    """
    layout, clusters = fit.layout, fit.layout.cells.clusters
    share = shared_part(fit)
    k, c = (
        round(
            float(
                effective_number(np.full((1, len(there)), 1 / max(len(there), 1)), _named(clusters, there), share)[0]
            ),
            9,
        )
        for there in (layout.adopters, layout.comparators)
    )
    told = clusters is not None and len(set(clusters)) > 1  # one cluster for all says nothing
    return Sharing(told and isinstance(fit, Fit), share, k, c)


def shared_part(fit: FitProtocol) -> float:
    """Posterior mean of the clusters' part of the variance of comparators' innovations."""
    hyper = fit.draws.hyper if isinstance(fit, Fit) else {}
    if "sd_cluster" not in hyper:
        return 0.0
    own, shared = hyper["sd_shock"] ** 2, hyper["sd_cluster"] ** 2
    return float((shared / (own + shared)).mean())


def _named(clusters: tuple[str, ...] | None, there: np.ndarray) -> tuple[str, ...] | None:
    return None if clusters is None else tuple(clusters[a] for a in there)
