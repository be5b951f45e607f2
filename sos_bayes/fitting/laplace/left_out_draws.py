"""Draws of an authority's cells, each without the shock that its own data had a part in: compiled.

Given all that authorities share and the authority's other periods, the cells of one period are normal
(`left_out_period`). Drawn from that, they are what the period would be had it not been counted: the draws that belong
to the log densities of leaving it out.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.arrays.dense_algebra import backward, cholesky
from sos_bayes.fitting.laplace.authority_blocks import shock_precision
from sos_bayes.fitting.laplace.left_out_period import _conditional, _prior_of_several


@nb.njit(cache=True, nogil=True, **STRICT)
def draw_left_out(given, theta, normals, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (N, n): of every draw and period its cells, drawn given the authority's other periods.

    Parameters
    ----------
    given : Given
        N draws of what the authority shares.
    theta : ndarray (N, n)
        Its cells in the same draws.
    normals : ndarray (N, n)
        Standard normals.
    out : ndarray (N, n)
    """
    n, chain = theta.shape[1], given.chain
    streams = n // chain
    diag, off, gap, alone, pulled = np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    slots, carried = np.empty(streams, np.intp), np.empty((given.own.shape[2], n))
    start, mean, prior = np.empty(streams), np.empty(streams), np.empty((streams, streams))
    root, step = np.empty((streams, streams)), np.empty(streams)
    for d in range(len(theta)):
        shock_precision(chain, given.rho[d], given.start[d], given.shock[d], diag, off)
        gap[:] = theta[d] - given.mean[d]
        _conditional(diag, off, given.noise[d], given.own[d], gap, alone, carried, pulled)
        for t in range(chain):
            for s in range(streams):
                slots[s] = s * chain + t
                start[s] = theta[d, slots[s]]
                step[s] = normals[d, slots[s]]
            _prior_of_several(slots, alone, carried, pulled, start, mean, prior)
            root[:, :] = 0.0
            cholesky(prior, streams, root)
            backward(root, step)
            for s in range(streams):
                out[d, slots[s]] = mean[s] + step[s]
