"""Dispatch on the family: the one place where compiled loops choose between likelihoods, by an integer code.

Compiled loops cannot call methods of a `Family`. Functions of one row are compiled into the loops that call them, since
handing them the whole table costs a tenth of a fit; a family's own loops are in its own file. A new family adds its
branch to

- `row_of`: value, slope and curvature by theta of one row, for Newton's steps (nested Laplace);
- `table_of`: value and gradient of the whole table (NUTS);
- `cumulants_of`: third and fourth derivatives of minus the log-likelihood (the second-order correction);

and, where it differs from a Poisson, to those below them.
"""

from __future__ import annotations

import math

import numba as nb

from sos_bayes.families.beta_binomial import (
    BETA_BINOMIAL,
    beta_binomial_cumulants,
    beta_binomial_curved,
    beta_binomial_table,
)
from sos_bayes.families.binomial import BINOMIAL, binomial_cumulants, binomial_curved, binomial_table
from sos_bayes.families.compiled import FAST, STRICT
from sos_bayes.families.gaussian import GAUSSIAN, gaussian_curved, gaussian_table
from sos_bayes.families.negative_binomial import (
    NEGATIVE_BINOMIAL,
    log_rising,
    negative_binomial_cumulants,
    negative_binomial_curved,
    negative_binomial_table,
)
from sos_bayes.families.poisson import poisson_cumulants, poisson_curved, poisson_table
from sos_bayes.families.student_t import STUDENT_T, student_t_row, student_t_row_cumulants, student_t_table


@nb.njit(cache=True, inline="always", **FAST)  # type: ignore[untyped-decorator,unused-ignore]
def mean_of(code: int, grown: float) -> float:
    """Expected outcome where the exponential of the predictor is ``grown``: odds, or a rate (never a measured mean).

    Examples
    --------
    >>> mean_of(0, 1.0), mean_of(1, 2.0)
    (0.5, 2.0)
    """
    return grown / (1.0 + grown) if code == BINOMIAL else grown


@nb.njit(cache=True, **STRICT)
def is_square(code):  # type: ignore[no-untyped-def]
    """Whether the log-likelihood is a square of the predictor, divided by the dispersion.

    It is then its own expansion, a Newton step to its top is exact, and it has no cumulants beyond the second.
    """
    return code == GAUSSIAN


@nb.njit(cache=True, **STRICT)
def third_is_bounded(code):  # type: ignore[no-untyped-def]
    """Whether no third derivative of a cell's log-likelihood exceeds its second: a Newton step then bounds the next."""
    return code != STUDENT_T and code != BETA_BINOMIAL


@nb.njit(cache=True, **STRICT)
def constant_of(code, single, dispersion):  # type: ignore[no-untyped-def]
    """The part of the log-likelihood's normalising constant that depends on the dispersion and on no predictor."""
    if code == NEGATIVE_BINOMIAL:
        return log_rising(dispersion, single.more, single.large, single.times)[0]
    if code == BETA_BINOMIAL:
        return -log_rising(dispersion, single.more, single.large, single.times)[0]
    return 0.0


@nb.njit(cache=True, forceinline=True, **STRICT)
def row_of(counts, a, t, dispersion, theta, shift, by_shift, curve, row):  # type: ignore[no-untyped-def]
    """Log-likelihood of row (a, t) of the table at one ``theta``, its slope and curvature: see `binomial_curved`."""
    total, single = counts.total[a, t], counts.single
    if counts.code == BINOMIAL:
        return binomial_curved(theta, shift, total, by_shift, curve, row)
    if counts.code == GAUSSIAN:
        return gaussian_curved(theta, shift, total, by_shift, curve, row)
    if counts.code == NEGATIVE_BINOMIAL:
        return negative_binomial_curved(
            theta, shift, total, single.events[a, t], single.logs[a, t], dispersion, by_shift, curve, row
        )
    if counts.code == STUDENT_T:
        return student_t_row(theta, shift, single, a, t, dispersion, by_shift, curve, row)
    if counts.code == BETA_BINOMIAL:
        return beta_binomial_curved(theta, shift, total, single.events[a, t], dispersion, by_shift, curve, row)
    return poisson_curved(theta, shift, total, by_shift, curve, row)


@nb.njit(cache=True, **STRICT)
def table_of(table, log_sd, theta, shift, by_theta, by_shift):  # type: ignore[no-untyped-def]
    """Log-likelihood of the whole table, (B, C), for the sampler; fills both gradients, events by margins aside.

    ``theta`` (B,), ``shift`` (C,), ``log_sd`` half the log of the dispersion. Returns the value and its derivative by
    ``log_sd``; a normal's residual variance is left at one.
    """
    single = table.single
    if table.code == NEGATIVE_BINOMIAL:
        variance = math.exp(2.0 * log_sd)
        value, by_log = negative_binomial_table(
            theta, shift, table.total, single.events, single.logs, variance, by_theta, by_shift
        )
        risen, by_risen = log_rising(variance, single.more, single.large, single.times)
        return value + risen, 2.0 * (by_log + by_risen)
    if table.code == STUDENT_T:
        return student_t_table(single, theta, shift, math.exp(log_sd), by_theta, by_shift)
    if table.code == BETA_BINOMIAL:
        variance = math.exp(2.0 * log_sd)
        value, by_log = beta_binomial_table(theta, shift, table.total, single.events, variance, by_theta, by_shift)
        risen, by_risen = log_rising(variance, single.more, single.large, single.times)
        return value - risen, 2.0 * (by_log - by_risen)
    if shift.size == 1:  # one column is one row: cells then run along the loop that vectorises
        return _partition(table.code, shift, theta, table.total.reshape(1, theta.size), by_shift, by_theta), 0.0
    return _partition(table.code, theta, shift, table.total, by_theta, by_shift), 0.0


@nb.njit(cache=True, **STRICT)
def _partition(code, rows, columns, total, by_rows, by_columns):  # type: ignore[no-untyped-def]
    """Minus the log-partition function summed over a table of an exponential family, and its two gradients."""
    if code == BINOMIAL:
        return binomial_table(rows, columns, total, by_rows, by_columns)
    if code == GAUSSIAN:
        return gaussian_table(rows, columns, total, by_rows, by_columns)
    return poisson_table(rows, columns, total, by_rows, by_columns)


@nb.njit(cache=True, forceinline=True, **STRICT)
def cumulants_of(counts, a, t, dispersion, theta, shift, skews):  # type: ignore[no-untyped-def]
    """Third and fourth derivatives of minus row (a, t)'s log-likelihood; ``skews`` as in `binomial_cumulants`."""
    total, single = counts.total[a, t], counts.single
    if counts.code == BINOMIAL:
        return binomial_cumulants(theta, shift, total, skews)
    if counts.code == GAUSSIAN:
        return 0.0, 0.0
    if counts.code == NEGATIVE_BINOMIAL:
        return negative_binomial_cumulants(theta, shift, total, single.events[a, t], dispersion, skews)
    if counts.code == STUDENT_T:
        return student_t_row_cumulants(theta, shift, single, a, t, dispersion, skews)
    if counts.code == BETA_BINOMIAL:
        return beta_binomial_cumulants(theta, shift, total, single.events[a, t], dispersion, skews)
    return poisson_cumulants(theta, shift, total, skews)


@nb.njit(cache=True, **STRICT)
def largest_of(code, grown, total, low, high):  # type: ignore[no-untyped-def]
    """The most probable count (mode) within bounds, where the predictor's exponential is ``grown``."""
    peak = (total + 1.0) * (grown / (1.0 + grown)) if code == BINOMIAL else total * grown
    return math.floor(min(max(peak, low), high))


@nb.njit(cache=True, **STRICT)
def log_base_of(code, count, total):  # type: ignore[no-untyped-def]
    """Log of the family's base measure at a count, but for what no count changes."""
    if code == BINOMIAL:
        return math.lgamma(total + 1.0) - math.lgamma(count + 1.0) - math.lgamma(total - count + 1.0)
    return count * math.log(total) - math.lgamma(count + 1.0)


@nb.njit(cache=True, **STRICT)
def ratio_of(code, grown, total, count):  # type: ignore[no-untyped-def]
    """Probability of the count above, relative to that of this one."""
    return (total - count) / (count + 1.0) * grown if code == BINOMIAL else total * grown / (count + 1.0)
