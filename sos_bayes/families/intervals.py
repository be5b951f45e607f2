"""Counts known only to lie between two bounds: one cell's truncated cumulant generating function and its derivatives.

With h the family's base measure (binomial: the number of ways; Poisson: exposure^y / y!) and eta the predictor,

    G(eta) = log of the sum over y from low to high of w(y) h(y) exp(y eta)

and the cell's log-likelihood is G(eta) - total * b(eta), b the log-partition that tables hold. G' is the count expected
given the bounds, G'' its variance, and so on; a known count is the case low = high.

w(y) is the probability that a count is withheld: 1 up to ``sure``, and ``chance`` above it. Where counts above are as
surely withheld (chance 1) the log-likelihood is concave; else it may bend the other way where both kinds are plausible.

Terms fall away on both sides of the largest, so sums start there and stop where the rest is beyond double precision:
wide bounds cost no more than what can be seen of them.
"""

from __future__ import annotations

import math

import numba as nb

from sos_bayes.families.by_code import largest_of, log_base_of, ratio_of
from sos_bayes.families.compiled import LARGEST, STRICT

NEGLIGIBLE = 1e-19  # of the largest term: what is then left out is below double precision, fourth powers included


@nb.njit(cache=True, **STRICT)
def _next(code, grown, total, count, sure, chance):  # type: ignore[no-untyped-def]
    """Weight of the count above, relative to that of this one, withheld as likely as they are."""
    return ratio_of(code, grown, total, count) * (chance if count == sure else 1.0)


@nb.njit(cache=True, **STRICT)
def interval_cumulants(code, eta, total, low, high, sure, chance):  # type: ignore[no-untyped-def]
    """G and its first four derivatives at ``eta``: log sum, mean, variance, third and fourth cumulant in the bounds.

    Parameters
    ----------
    code : int
        Of the family: 0 binomial, 1 Poisson.
    eta : float
        Log-odds or log-rate of one trial, or of one unit of exposure.
    total : float
        Trials or exposure, above zero.
    low, high : float
        Whole numbers, both within the bounds; a binomial's ``high`` is at most ``total``.
    sure, chance : float
        Counts above ``sure`` are withheld with probability ``chance`` only, above zero; ``high`` and 1 for none.

    Returns
    -------
    tuple of float

    Examples
    --------
    >>> log_sum, mean, variance, _, _ = interval_cumulants(0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0)
    >>> round(log_sum, 4), mean, variance
    (0.6931, 0.5, 0.25)
    """
    eta = min(max(eta, -LARGEST), LARGEST)
    grown = math.exp(eta)
    peak = largest_of(code, grown, total, low, high)
    log_peak = log_base_of(code, peak, total) + peak * eta + (math.log(chance) if peak > sure else 0.0)
    stop = NEGLIGIBLE * chance
    # s_k = sum over y of (y - peak)^k w(y) h(y) exp(y eta), over the term at the peak, upwards and then downwards
    s0, s1, s2, s3, s4 = 1.0, 0.0, 0.0, 0.0, 0.0
    for side in (1.0, -1.0):
        term, count = 1.0, peak
        while (count < high) if side > 0.0 else (count > low):
            if side > 0.0:
                term *= _next(code, grown, total, count, sure, chance)
            else:
                term /= _next(code, grown, total, count - 1.0, sure, chance)
            count += side
            d = count - peak
            s0 += term
            s1 += term * d
            s2 += term * d * d
            s3 += term * d * d * d
            s4 += term * d * d * d * d
            if term < stop:
                break
    # moments around the peak, then cumulants
    m1, m2, m3, m4 = s1 / s0, s2 / s0, s3 / s0, s4 / s0
    variance = max(m2 - m1 * m1, 0.0)
    third = m3 - m1 * (3.0 * m2 - 2.0 * m1 * m1)
    fourth = m4 - 4.0 * m1 * m3 + 6.0 * m1 * m1 * m2 - 3.0 * m1**4 - 3.0 * variance * variance
    return log_peak + math.log(s0), peak + m1, variance, third, fourth


@nb.njit(cache=True, **STRICT)
def interval_draw(code, eta, total, low, high, sure, chance, uniform):  # type: ignore[no-untyped-def]
    """A count within the bounds at ``eta``, by inversion: ``uniform`` lies between 0 and 1.

    Examples
    --------
    >>> [interval_draw(0, 0.0, 10.0, 1.0, 5.0, 5.0, 1.0, u) for u in (0.0, 0.5, 1.0)]
    [1.0, 4.0, 5.0]
    """
    eta = min(max(eta, -LARGEST), LARGEST)
    grown = math.exp(eta)
    peak = largest_of(code, grown, total, low, high)
    # sums of terms below and above the peak; then upwards from the lowest count until the wanted share is reached
    first, term, below = peak, 1.0, 0.0
    while first > low and term >= NEGLIGIBLE * chance:
        term /= _next(code, grown, total, first - 1.0, sure, chance)
        first -= 1.0
        below += term
    start, above, count = term, 1.0, peak
    term = 1.0
    while count < high and term >= NEGLIGIBLE * chance:
        term *= _next(code, grown, total, count, sure, chance)
        count += 1.0
        above += term
    target, term, reached, count = uniform * (below + above), start, start, first
    while reached < target and count < high:
        term *= _next(code, grown, total, count, sure, chance)
        count += 1.0
        reached += term
    return count
