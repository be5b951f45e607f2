"""Expected outcomes inside compiled loops, by the code of the family."""

from __future__ import annotations

import numba as nb

from sos_bayes.families.compiled import FAST


@nb.njit(cache=True, inline="always", **FAST)  # type: ignore[untyped-decorator,unused-ignore]
def mean_of(code: int, grown: float) -> float:
    """Expected outcome where the exponential of the predictor is ``grown``: odds, or a rate (never a measured mean).

    Examples
    --------
    >>> mean_of(0, 1.0), mean_of(1, 2.0)
    (0.5, 2.0)
    """
    return grown / (1.0 + grown) if code == 0 else grown
