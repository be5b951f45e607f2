"""What every likelihood answers: the one seam between families and all that fits, checks and reports them.

Loops compiled by numba take a family's integer code and dispatch on it in `families.by_code` alone. All else asks the
family itself, an immutable dataclass. `ExponentialFamily` answers for a likelihood whose events are sufficient by their
margins, and a family of another kind overrides what it does differently.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes.data.outcomes import Outcome
from sos_bayes.families.cellwise import CellwiseData, no_cellwise_data


@dataclass(frozen=True, slots=True)
class Overdispersion:
    """How the cells of one authority and period scatter beyond a family's own noise.

    Attributes
    ----------
    name : str
        Of the hyperparameter, half-normal around zero; its square is the dispersion.
    prior : str
        The field of `designs.Priors` that holds its scale.
    beyond : str
        What its noise is compared with, as sentences name it.
    note : str
        What a fit says of it, with ``{scale}`` where the scale stands.

    Examples
    --------
    >>> Overdispersion("overdispersion", "overdispersion", "Poisson", "half-normal({scale})").note.format(scale=0.5)
    'half-normal(0.5)'
    """

    name: str
    prior: str
    beyond: str
    note: str


class Children(Protocol):
    """Children's values by cell, as `data.Cells` holds them."""

    @property
    def values(self) -> Floats:
        """All values, one cell after the other."""
        ...

    @property
    def times(self) -> Floats:
        """How many children have each."""
        ...

    @property
    def ends(self) -> NDArray[np.intp]:
        """Where each cell's values end."""
        ...

    @property
    def cell(self) -> NDArray[np.intp]:
        """Flat position of the cell of each value."""
        ...

    def medians(self) -> Floats:
        """Median of every cell's children."""
        ...


class Counted(Protocol):
    """Counts of authorities, as `fitting.arrays.array_bundles.Counts` holds them."""

    @property
    def by_cell(self) -> Floats:
        """Events by authority and period, (A, T)."""
        ...

    @property
    def total(self) -> Floats:
        """Trials or exposure, (A, T, C)."""
        ...

    @property
    def single(self) -> CellwiseData:
        """Cells or children one by one, where the family reads them."""
        ...


class Observed(NamedTuple):
    """What was seen of cells, (..., R): events or sums of values, trials, exposure or numbers of children.

    ``squares`` are children's squared deviations from the mean of their cell, None where a value is one number.
    """

    events: Floats
    total: Floats
    squares: Floats | None

    def __repr__(self) -> str:
        return f"<Observed: {self.total.shape}>"


class Replicate(NamedTuple):
    """Cells whose outcomes are to be drawn anew, m of them in every draw of a posterior.

    ``expected`` (chain, draw, m) are shares, rates or means, ``total`` (m,) trials, exposure or numbers measured.
    ``joint`` (m,) is how far the patterns of a cell are one: the sum of their squared shares. ``root`` (chain, draw) is
    the root of the dispersion, None without one; ``noise`` the sd of one child around the mean of its cell, a number or
    (chain, draw, 1).
    """

    expected: Floats
    total: Floats
    joint: Floats
    root: Floats | None
    noise: Floats | float

    def __repr__(self) -> str:
        return f"<Replicate: {self.expected.shape[-1]} cells>"


class Family(Protocol):
    """A likelihood of cells given their linear predictor."""

    @property
    def name(self) -> str:
        """Key of the family in `FAMILIES`, and what it is called in a model."""
        ...

    @property
    def code(self) -> int:
        """By which compiled loops choose; to be handed over, never to be asked."""
        ...

    @property
    def link(self) -> int:
        """Code of the family whose mean it has: what `by_code.mean_of` takes."""
        ...

    @property
    def overdispersion(self) -> Overdispersion | None:
        """The hyperparameter of its scatter by cell, None where it has none."""
        ...

    @property
    def reads_cells(self) -> bool:
        """Whether sums over the table do not suffice: no expansion then stands for a table."""
        ...

    @property
    def affine(self) -> tuple[float, float] | None:
        """Centre and unit of a mean that is straight in the predictor; None where it is curved."""
        ...

    def of(self, outcome: Outcome, centre: float, unit: float) -> Family:
        """The family of a measured outcome, whose predictor counts units from a centre; itself for the others."""
        ...

    def mean(self, eta: Floats) -> Floats:
        """Expected outcome at a predictor."""
        ...

    def variance(self, mean: Floats) -> Floats:
        """Variance of one trial, unit of exposure or child with this mean."""
        ...

    def slope(self, mean: Floats) -> Floats:
        """Change of the mean with the predictor."""
        ...

    def derivatives(self, eta: Floats) -> Floats:
        """Derivatives of the log-partition by eta, orders 0 to 7, (8, ...)."""
        ...

    def start(self, events: Floats | float, total: Floats | float) -> Floats:
        """Predictor of each cell, finite whatever was counted."""
        ...

    def middles(self, single: CellwiseData) -> Floats | None:
        """Predictor of each slot (A, n) from which Newton's steps start, where it is not `start`."""
        ...

    def working(self, events: Floats, total: Floats) -> Floats:
        """Predictor of each cell by its own counts, shrunk by half an event."""
        ...

    def at(self, events: Floats, total: Floats, eta: Floats) -> tuple[Floats, Floats]:
        """Slope and curvature of cells' log-likelihood by eta, dispersion aside."""
        ...

    def margins(self, events: Floats, total: Floats) -> Floats:
        """What of the events (A, n, R) is summed over the table; zeros where no margin says anything of them."""
        ...

    def cellwise(
        self, events: Floats, total: Floats, children: Children | None, laid_out: Callable[[Floats], Floats]
    ) -> CellwiseData:
        """What it must keep of single cells or children; ``laid_out`` turns (..., T, C) into slots and patterns."""
        ...

    def alone(self, dispersion: Floats, single: CellwiseData) -> Floats:
        """What it adds to the log density that no predictor touches, at every dispersion (H,)."""
        ...

    def log_constant(self, seen: Observed, dispersion: Floats) -> Floats:
        """What of the log density of cells no predictor touches, patterns summed: (N, ...) at every dispersion (N,).

        With the log-likelihood of the compiled loops, which leave it out, the log density of what was seen: counts, or
        children's values in the outcome's own unit.
        """
        ...

    def all_alike(self, events: float, total: float) -> bool:
        """Whether these sums hold no event, or all that could be: the fast route is too certain there."""
        ...

    def score(self, eta: Floats, counts: Counted, rows: NDArray[np.intp], root: float) -> tuple[Floats, Floats]:
        """Slope and curvature by theta (K, T) of the log-likelihood of some authorities' cells.

        ``eta`` (K, T, C) are their predictors by pattern, ``rows`` (K,) their places, ``root`` that of the dispersion.
        """
        ...

    def replicated(self, rng: np.random.Generator, cells: Replicate) -> Floats:
        """Shares, rates or means (chain, draw, m) that as many children would have shown, around those expected."""
        ...

    def centres(self, children: Children, root: float) -> tuple[Floats, Floats]:
        """Centre of every cell's children in their own unit, and its precision; of families that read children.

        Raises
        ------
        TypeError
            If cells are known by their sums only.
        """
        ...


class ExponentialFamily:
    """Answers of a family whose events are sufficient by their margins; the likelihood itself is left to each."""

    __slots__ = ()

    overdispersion: ClassVar[Overdispersion | None] = None
    reads_cells: ClassVar[bool] = False

    @property
    def affine(self) -> tuple[float, float] | None:
        """None: the mean is curved."""
        return None

    def derivatives(self, eta: Floats) -> Floats:
        """Derivatives of the log-partition by eta, orders 0 to 7, (8, ...)."""
        raise NotImplementedError

    def of(self, outcome: Outcome, centre: float, unit: float) -> Family:
        """Itself: the outcome is counted, not measured."""
        return self  # type: ignore[return-value]

    def middles(self, single: CellwiseData) -> Floats | None:
        """None: `start` does."""
        return None

    def margins(self, events: Floats, total: Floats) -> Floats:
        """The events themselves."""
        return events

    def cellwise(
        self, events: Floats, total: Floats, children: Children | None, laid_out: Callable[[Floats], Floats]
    ) -> CellwiseData:
        """Nothing."""
        return no_cellwise_data()

    def alone(self, dispersion: Floats, single: CellwiseData) -> Floats:
        """Nothing, (H,)."""
        return np.zeros(len(dispersion))

    def score(self, eta: Floats, counts: Counted, rows: NDArray[np.intp], root: float) -> tuple[Floats, Floats]:
        """Events less those expected, and their variance, summed over patterns, (K, T)."""
        orders = self.derivatives(eta) * counts.total[rows]
        return counts.by_cell[rows] - orders[1].sum(axis=2), orders[2].sum(axis=2)

    def centres(self, children: Children, root: float) -> tuple[Floats, Floats]:
        """Refused: no child is read by itself."""
        raise TypeError("Cells of this family are known by their sums only.")
