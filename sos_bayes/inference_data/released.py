"""What of a fit's draws may leave the secure setting, and in which order."""

from __future__ import annotations

import numpy as np

from sos_bayes.disclosure import release
from sos_bayes.disclosure.parts import apart
from sos_bayes.estimands.weights import groups_by
from sos_bayes.fitting.posterior.fit_protocol import FitProtocol
from sos_bayes.inference_data.named_draws import ADOPTERS, Variable, Variables


def shown(fit: FitProtocol) -> tuple[int, ...]:
    """Places among the adopters whose own effects may be shown: those that reports show."""
    groups = groups_by(fit.layout, "authority")
    children = groups.sums(fit.layout.cells.counted[fit.layout.adopters]).sum(axis=1)
    return tuple(int(k) for k in np.flatnonzero(release(list(children))))


def released(variables: Variables, places: tuple[int, ...]) -> Variables:
    """Scalars as they are; of everything with parts the distribution of each part (`disclosure.parts.apart`).

    Authorities that are withheld are left out, and with them what has no authority left.
    """
    kept: Variables = {}
    for name, (values, dims) in variables.items():
        if ADOPTERS in dims:
            values = np.take(values, places, axis=2 + dims.index(ADOPTERS))
        if values.size:
            kept[name] = Variable(apart(values) if dims else values, dims)
    return kept
