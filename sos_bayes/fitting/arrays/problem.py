"""A model and its cells as the flat arrays that the compiled loops read."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.kept import Kept
from sos_bayes._core.shapes import shapes_only
from sos_bayes.data import Cells
from sos_bayes.designs.terms import Model
from sos_bayes.families import FAMILIES, Family
from sos_bayes.families.gaussian import within_density
from sos_bayes.fitting.arrays.ar1_shocks import period_shocks, shock_root
from sos_bayes.fitting.arrays.array_bundles import BoundedCells, Counts, no_expansion
from sos_bayes.fitting.arrays.count_table import CountTable, table_of

LEAST, LEAST_STREAM = 1e-5, 1e-4  # of an innovation's sd: beside shared shocks, smaller ones lose the last digits


@dataclass(frozen=True, slots=True, eq=False)
class Scales:
    """Hyperparameters of H points as sds and other scales of the standardised (non-centred) coefficients.

    Attributes
    ----------
    shared : ndarray (H, p)
    own : ndarray (H, q)
    shocks : ndarray (H, A)
        Innovation sd of one period, in each stream.
    common : ndarray (H, A)
        Innovation sd of one period of the shocks that an authority's streams share; zero with one stream.
    rho, start : ndarray (H,)
        Correlation over one period, and the precision of the first shock in units of the innovation's.
    dispersion : ndarray (H,)
        As in `PriorAtPoint`.
    alone : ndarray (H,)
        What a family adds to the log density that does not depend on the field: the residual sd's density over its
        score's, or what counts say of their dispersion alone; zero for others.
    period : ndarray (H,)
        One period's innovation sd in units of a year's.
    noise : ndarray (H, A)
        Variance of what every period has for itself; zero without such a term.
    """

    shared: Floats
    own: Floats
    shocks: Floats
    common: Floats
    rho: Floats
    start: Floats
    dispersion: Floats
    alone: Floats
    period: Floats
    noise: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Problem(Kept):
    """Arrays of one model on one set of cells.

    Attributes
    ----------
    model : Model
    cells : Cells
    family : Family
    counts : Counts
        Events by cell and by pattern, totals (A, n, R), covariate columns scaled by their prior sd. Of an ordinal
        outcome, R counts patterns of covariates times cutpoints.
    columns : ndarray (U, n, p)
        Shared columns of each kind of authority; authorities with equal columns are of one kind.
    kind : ndarray of int (A,)
    own : ndarray (A, n, q)
        Weights of authorities' own coefficients.
    """

    model: Model
    cells: Cells
    family: Family
    counts: Counts
    columns: Floats
    kind: NDArray[np.intp]
    own: Floats

    def __repr__(self) -> str:
        shape = " x ".join(map(str, self.counts.total.shape))
        return f"<Problem: {self.family.name}, {shape} cells, {len(self.model.hypers)} hyperparameters>"

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Numbers of shared, own and covariate coefficients."""
        return self.columns.shape[2], self.own.shape[2], len(self.counts.patterns)

    @property
    def total(self) -> Floats:
        """Trials or exposure, (A, n, R): n slots of an authority (its periods, for each stream) and R patterns.

        Children, but for an ordinal outcome.
        """
        return self.counts.total

    @property
    def chain(self) -> int:
        """Number of periods: of slots that follow each other."""
        return int(self.total.shape[1]) // self.model.shocks.streams

    @property
    def chained(self) -> tuple[int, int, int]:
        """Where the innovations of shared shocks begin among the shared coefficients, of how many periods, and end."""
        at = 0
        for term in self.model.shared:
            if term.chain:
                return at, term.chain, at + term.columns.shape[2]
            at += term.columns.shape[2]
        return at, 1, at

    def columns_at(self, rho: float, start: float, period: float) -> Floats:
        """Shared columns (U, n, p) of the innovations of shared shocks, and of all else as it is."""
        begin, chain, end = self.chained
        if begin == end:
            return self.columns
        columns = self.columns.copy()
        shocks = columns[:, :, begin:end].reshape(-1, chain)
        columns[:, :, begin:end] = (shocks @ (period * shock_root(chain, rho, start))).reshape(*columns.shape[:2], -1)
        return columns

    @property
    def patterns(self) -> Floats:
        """Covariate columns (C, k)."""
        return self.counts.patterns.T

    @property
    def likely_events(self) -> Floats:
        """Events of every cell (A, T); where only bounds are known, what lies in them nearest to the overall share."""
        counts, bounded = self.counts, self.counts.bounded
        events, total = counts.by_cell.copy(), counts.total.sum(axis=2)
        place = (bounded.authority, bounded.period)
        known = total.copy()
        known[place] = 0.0
        share = events.sum() / known.sum() if known.any() else 0.0
        events[place] = np.clip(np.round(share * total[place]), bounded.low, bounded.high)
        return events

    @property
    def adopters(self) -> NDArray[np.intp]:
        """Positions of the authorities whose shocks have a scale of their own: the adopters."""
        return np.flatnonzero(self.model.shocks.own_scale)

    def values(self, scores: Floats) -> dict[str, Floats]:
        """Hyperparameters and what follows from them, by name, at (H, d) scores."""
        hyper = {h.name: h.prior.from_score(scores[:, i]) for i, h in enumerate(self.model.hypers)}
        every = self.model.scalars(hyper, np)
        return {name: np.broadcast_to(value, len(scores)) for name, value in every.items()}

    def _alone(self, values: dict[str, Floats], dispersion: Floats) -> Floats:
        if self.model.residual is not None:
            return np.asarray(within_density(values["within"], self.model.residual.values, np))
        return self.family.alone(dispersion, self.counts.single)

    def scales(self, scores: Floats) -> Scales:
        """Scales at (H, d) scores."""
        return self.scales_of(self.values(scores))

    def scales_of(self, values: dict[str, Floats]) -> Scales:
        """Scales at hyperparameters and what follows from them, (H,) each."""
        size = len(values["rho"])

        def at(sd: float | str) -> Floats:
            return values[sd] if isinstance(sd, str) else np.full(size, float(sd))

        shared = [np.repeat(at(t.sd)[:, None], t.columns.shape[2], axis=1) for t in self.model.shared]
        shocks = self.model.shocks
        rho, ratio, start = period_shocks(values["rho"], np.ones(size), shocks.years)
        sd = values["sd_shock"] * ratio
        larger = np.where(shocks.own_scale, np.exp(values["log_adopter_scale"])[:, None], 1.0)
        common = np.zeros_like(larger)
        root = self.model.dispersed_by
        dispersion = np.ones(size) if root is None else values[root] ** 2
        if shocks.streams > 1:
            common = sd[:, None] * larger
            sd = values["sd_stream"] * ratio
        return Scales(
            shared=np.concatenate(shared, axis=1),
            own=np.stack([at(t.sd) for t in self.model.by_authority], axis=1),
            shocks=np.maximum(sd[:, None] * larger, LEAST if shocks.streams == 1 else LEAST_STREAM),
            common=common,
            rho=rho,
            start=start,
            dispersion=dispersion,
            alone=self._alone(values, dispersion),
            period=ratio,
            noise=(values["sd_noise"][:, None] * larger) ** 2 if shocks.noisy else np.zeros_like(larger),
        )


def family_of(model: Model, cells: Cells) -> Family:
    """The likelihood, with the units of a measured outcome."""
    family = FAMILIES[model.family]
    if model.residual is None:
        return family
    return family.of(cells.outcome, model.residual.units.mean, model.residual.units.sd)


def _bounded(cells: Cells) -> BoundedCells:
    """Cells known by bounds, where there are any."""
    if cells.intervals is None:
        return BoundedCells(np.empty(0, np.intp), np.empty(0, np.intp), *np.empty((4, 0)))
    return BoundedCells(cells.intervals.authority, cells.intervals.period, *cells.intervals.bounds)


def _countable(cells: Cells) -> Cells:
    """Cells with no events where these are known by bounds: those are counted apart."""
    if cells.intervals is None:
        return cells
    return replace(cells, events=np.where(np.isnan(cells.events), 0.0, cells.events), intervals=None)


def counted_table(model: Model, cells: Cells) -> CountTable:
    """The table of a model: known counts on its slots, a plain number as the children that it stands for."""
    table = table_of(_countable(cells), model)
    if model.residual is not None and model.residual.units.plain:
        each = model.residual.units.children
        table = replace(table, events=each * table.events, total=each * table.total)
    return table


def counts_of(model: Model, cells: Cells, family: Family) -> Counts:
    """Count cells as the compiled loops do."""
    table = counted_table(model, cells)
    events = family.margins(table.events, table.total)
    return Counts(
        code=family.code,
        by_cell=events.sum(axis=2),
        by_pattern=events.sum(axis=(0, 1)),
        total=np.ascontiguousarray(table.total, dtype=float),
        patterns=np.ascontiguousarray(table.patterns),
        around=no_expansion(),
        gaps=table.gaps,
        between=table.between,
        fixed=-0.5 * float((events**2 / np.maximum(table.total, 1.0)).sum()),
        filled=float((table.total > 0).sum()),
        bounded=_bounded(cells),
        single=family.cellwise(table.events, table.total, cells.values, model.slots.laid_out),
    )


def problem_of(model: Model, cells: Cells) -> Problem:
    """Lay a model out on its cells."""
    family = family_of(model, cells)
    counts = counts_of(model, cells, family)
    n_a, n_t, _ = counts.total.shape
    flat = model.shared_columns().reshape(n_a, -1)
    unique, kind = np.unique(flat, axis=0, return_inverse=True)
    return Problem(
        model=model,
        cells=cells,
        family=family,
        counts=counts,
        columns=np.ascontiguousarray(unique.reshape(len(unique), n_t, -1)),
        kind=np.ascontiguousarray(kind.ravel(), dtype=np.intp),
        own=np.ascontiguousarray(np.stack([t.weights for t in model.by_authority], axis=2), dtype=float),
    )
