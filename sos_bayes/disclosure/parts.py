"""Draws of parts beside draws of their whole: what keeps the one from telling how the other is weighed."""

from __future__ import annotations

import hashlib

import numpy as np

from sos_bayes._core.array_types import Floats

FINE = 50.0  # steps that draws are rounded to, in an sd, at least


def apart(draws: Floats) -> Floats:
    """Keep the distribution of every part, and not the order of its draws.

    The effect over all adopters is an average of those of parts, and the weights are denominators. Whoever holds both,
    draw by draw, finds them by least squares; from two distributions alone nobody does. Sums that are fixed by design
    would give the order back, so that draws are rounded as well.

    Parameters
    ----------
    draws : ndarray (chain, draw, ...)
        One part, or several along the dimensions after the second.

    Returns
    -------
    ndarray
        Of the same shape. Each part is shuffled, over all chains, by a seed of its own that only the exact draws give,
        and rounded to a fiftieth of its sd or finer.

    Examples
    --------
    >>> draws = np.random.default_rng(1).normal(size=(4, 500, 2))
    >>> mixed = apart(draws)
    >>> bool(abs(np.corrcoef(draws[..., 0].ravel(), mixed[..., 0].ravel())[0, 1]) < 0.1)
    True
    >>> bool(np.allclose(np.sort(draws, axis=None), np.sort(mixed, axis=None), atol=0.02))
    True
    """
    flat = np.ascontiguousarray(draws, dtype=float).reshape(draws.shape[0] * draws.shape[1], -1)
    seed = np.frombuffer(hashlib.sha256(flat.tobytes()).digest(), dtype=np.uint32)
    mixed = np.random.default_rng(seed).permuted(flat, axis=0)
    return _rounded(mixed).reshape(draws.shape)


def _rounded(columns: Floats) -> Floats:
    """Each column to a power of ten below a fiftieth of its sd."""
    sd = columns.std(axis=0)
    step = 10.0 ** np.floor(np.log10(np.where(sd > 0, sd, 1.0) / FINE))
    return np.asarray(np.where(sd > 0, np.round(columns / step) * step, columns))
