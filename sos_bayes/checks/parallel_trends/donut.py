"""Does the answer rest on the adopters' last year before their start? That year is left out.

Adopters that were chosen for a bad year, or that dipped just before they started, recover afterwards without any
rollout. Their last year before is what such a recovery is measured from.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sos_bayes.checks.against_headline import with_bearing, with_numbers
from sos_bayes.checks.fit_under_test import FitUnderTest, directional, effect_on, inapplicable
from sos_bayes.checks.scheduling import Asking
from sos_bayes.data.cells.window_crossing import crossed
from sos_bayes.designs import Layout
from sos_bayes.estimands.effect import Effect

NAME, TITLE = "donut", "Without the last year before the start"


def check_donut(tested: FitUnderTest) -> Asking:
    """Report the effect without the adopters' last year before their start, and how far it falls towards zero.

    ``fall`` is by how much of the headline's sd the answer moves towards zero; below zero where it grows.
    """
    layout = without_last_year(tested.fit.layout)
    if layout is None:
        return inapplicable(NAME, TITLE, "it needs two years of data before the start of every adopter.")
    (effect,) = yield [tested.request(layout=layout)]
    own = effect_on(tested.fast_refit, tested.part)
    result = directional(NAME, TITLE, effect, "Without the adopters' last year before their start")
    return with_bearing(with_numbers(result, fall=fall(own, effect), moved=effect.mean - own.mean), own)


def fall(own: Effect, other: Effect) -> float:
    """How far another answer lies from an effect towards zero, in the effect's sds.

    Examples
    --------
    >>> import numpy as np
    >>> from sos_bayes.data import Aim, Binary
    >>> from sos_bayes.estimands.effect import effect_from_draws
    >>> outcome = Binary("y", aim=Aim.FEWER, worthwhile=0.01, label="y")
    >>> noise = np.random.default_rng(1).standard_normal((1, 4000))
    >>> own, other = (effect_from_draws(mean + 0.01 * noise, outcome) for mean in (-0.03, -0.02))
    >>> round(fall(own, other), 1)
    1.0
    """
    return float(np.sign(own.mean) * (own.mean - other.mean) / own.sd)


def without_last_year(layout: Layout) -> Layout | None:
    """Empty each adopter's last year before its start; None where an adopter has less than a year of data left."""
    year = round(1 / layout.cells.calendar.years)
    last = layout.before & (layout.lags >= -(year + crossed(layout.cells)))
    seen: NDArray[np.bool_] = layout.before & ~last & (layout.cells.total.sum(axis=2) > 0)
    if seen[layout.adopters].sum(axis=1).min() < year:
        return None
    return replace(layout, cells=layout.cells.where(~last))
