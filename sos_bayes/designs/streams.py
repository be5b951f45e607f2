"""Streams: parts of the children whose outcomes move on their own, each with periods and shocks of its own.

A subgroup whose effect may differ is one, a band of waiting days another. With one shock for an authority and period,
however many children there are, they would buy certainty about differences *between* streams; so every stream has
shocks beside those that all share.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes.data import Cells
from sos_bayes.designs.terms import ByAuthority, Shared, zero_sum_basis


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Streams:
    """Which stream every covariate pattern belongs to, and which of the remaining patterns it is there.

    Attributes
    ----------
    labels : tuple of str
        The S streams.
    of, rest : ndarray of int (C,)
        Stream, and place among the R patterns that remain without the streams' columns.
    patterns : tuple of tuple of str
        Those R patterns.
    columns : tuple of str
        The covariates of those patterns.

    Examples
    --------
    >>> streams = Streams(("boys", "girls"), np.array([0, 1, 1]), np.array([0, 0, 1]), (("a",), ("b",)), ("age",))
    >>> streams.laid_out(np.array([[1.0, 2.0, 3.0]])).tolist()
    [[1.0, 0.0], [2.0, 3.0]]
    """

    labels: tuple[str, ...]
    of: NDArray[np.intp]
    rest: NDArray[np.intp]
    patterns: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def laid_out(self, values: Floats) -> Floats:
        """Turn (..., T, C) into (..., S T, R), stream after stream; zero where a stream lacks a pattern."""
        if len(self) == 1:
            return values
        *lead, n_t, _ = values.shape
        out = np.zeros((*lead, len(self), n_t, len(self.patterns)))
        out[..., self.of, :, self.rest] = np.moveaxis(values, -1, 0)
        return out.reshape(*lead, len(self) * n_t, len(self.patterns))

    def by_stream(self, values: Floats) -> Floats:
        """Turn (A, T, k) of a term into (A, S T, k S'), with a zero-sum contrast of streams for each column."""
        n_a, n_t, k = values.shape
        basis = zero_sum_basis(len(self))
        out = np.einsum("atk,sj->astkj", values, basis)
        return np.ascontiguousarray(out.reshape(n_a, len(self) * n_t, k * basis.shape[1]))

    def __repr__(self) -> str:
        return f"<Streams: {len(self)}>"


def one_stream(cells: Cells) -> Streams:
    """All patterns together: what most designs have."""
    n_c = len(cells.patterns)
    return Streams(("all",), np.zeros(n_c, dtype=np.intp), np.arange(n_c), cells.patterns, cells.columns)


def streams_of(cells: Cells, columns: tuple[str, ...]) -> Streams:
    """Divide the patterns by the levels of some of their columns."""
    if not columns:
        return one_stream(cells)
    own = [cells.columns.index(column) for column in columns]
    others = [j for j in range(len(cells.columns)) if j not in own]
    key = [" / ".join(pattern[j] for j in own) for pattern in cells.patterns]
    remaining = [tuple(pattern[j] for j in others) for pattern in cells.patterns]
    labels, patterns = tuple(dict.fromkeys(key)), tuple(dict.fromkeys(remaining))
    return Streams(
        labels,
        np.array([labels.index(k) for k in key]),
        np.array([patterns.index(r) for r in remaining]),
        patterns,
        tuple(cells.columns[j] for j in others),
    )


def band_streams(cells: Cells, names: tuple[str, ...]) -> Streams:
    """One stream for each band of waiting days; every pattern occurs in all of them."""
    n_c = len(cells.patterns)
    return Streams(names, np.zeros(n_c, dtype=np.intp), np.arange(n_c), cells.patterns, cells.columns)


def lifted(term: Shared, streams: Streams) -> Shared:
    """Let a shared term act alike in every stream."""
    return replace(term, columns=np.tile(term.columns, (1, len(streams), 1)))


def lifted_own(term: ByAuthority, streams: Streams) -> ByAuthority:
    """Let an authority's coefficient act alike in every stream."""
    return replace(term, weights=np.tile(term.weights, (1, len(streams))))


def departing(term: Shared, streams: Streams, name: str, sd: float | str) -> Shared:
    """How streams depart from a shared term: coefficients that sum to zero over streams.

    What is reported are the departures themselves, for each of the term's values stream after stream.
    """
    contrast = zero_sum_basis(len(streams))
    basis: Floats = np.kron(term.basis, contrast).astype(np.float64)
    labels = tuple(f"{label}, {stream}" for label in term.labels for stream in streams.labels)
    return Shared(name, streams.by_stream(term.columns), sd, basis, labels, term.role)


def own_levels(n_authorities: int, n_periods: int, streams: Streams) -> tuple[ByAuthority, ...]:
    """A lasting departure of every authority in every stream."""
    parts = []
    for s in range(len(streams)):
        weights = np.zeros((n_authorities, len(streams), n_periods))
        weights[:, s] = 1.0
        parts.append(ByAuthority(f"stream_level_{s}", weights.reshape(n_authorities, -1), "sd_stream_level"))
    return tuple(parts)
