"""The outcome over time: what was observed of adopters and comparators, and what is expected with and without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes._core.equal_tailed import equal_tailed
from sos_bayes._core.errors import DesignError, nearest
from sos_bayes._core.handed import handed
from sos_bayes._core.sealed import sealed
from sos_bayes._core.shapes import shapes_only
from sos_bayes.data import Cells, Outcome
from sos_bayes.designs import Layout
from sos_bayes.disclosure import SAFE
from sos_bayes.estimands.weights import EVERYBODY

if TYPE_CHECKING:
    import pandas as pd

    from sos_bayes.fitting.posterior.fit_protocol import FitProtocol

DIGITS = 3  # significant, of what was observed: enough to draw, too few to count back to a child
PROB = 0.95


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OutcomePath:
    """One outcome over T periods, in the outcome's natural unit (a share, a rate per ``per`` of exposure, a mean).

    Every period's average is over the same make-up of children: an adopter's patterns of covariates count as its mean
    denominators before its start do, and a comparator's as its mean denominators over all periods.

    Attributes
    ----------
    label : str
        Whose: "all adopters", or one authority.
    outcome : Binary, Count, Ordinal, Continuous or Duration
    periods : tuple of str
    adopters, comparators : ndarray (T,)
        What was observed, to three significant digits, with the middle of the range of a count that is known by bounds;
        NaN where nothing was, or where fewer than ten events (or all
        but fewer than ten) or ten children are behind it.
    with_rollout, without : ndarray (T, 3)
        Posterior mean and 95 % interval of the adopters' expected outcome, to three significant digits. They agree
        before the start. What was observed can be read off an expectation that was fitted to it: where the one is not
        there the other is not, but for what is expected without the rollout once it has begun.
    started : ndarray (T,)
        Share of the adopters' children whose authority had started, 0 to 1.
    n_adopters, n_comparators : int
    design : str
        What the expected outcome without the rollout rests on.
    """

    label: str
    outcome: Outcome
    periods: tuple[str, ...]
    adopters: Floats
    comparators: Floats
    with_rollout: Floats
    without: Floats
    started: Floats
    n_adopters: int
    n_comparators: int
    design: str

    def __repr__(self) -> str:
        return shapes_only(self)

    @property
    def factor(self) -> float:
        """Multiplier from the natural unit to the printed one."""
        return self.outcome.factor

    @property
    def gap(self) -> Floats:
        """Mean difference between expected outcomes with and without the rollout, (T,)."""
        return np.asarray(self.with_rollout[:, 0] - self.without[:, 0])

    def to_frame(self) -> pd.DataFrame:
        """Put every series below the other, in the printed unit.

        Returns
        -------
        pandas.DataFrame
            Columns ``period``, ``series`` (adopters observed, comparators observed, with the rollout, without the
            rollout), ``value``, ``low`` and ``high`` (95 %, NaN of what was observed), ``started`` and ``unit``.

        Examples
        --------
        >>> import sos_bayes as sb
        >>> made = sb.simulation.made_up_england(seed=1)
        >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
        >>> path = sb.outcome_path(sb.fit(panel, made.rollout, made.outcome, method="fast"))
        >>> list(path.to_frame().columns)
        ['period', 'series', 'value', 'low', 'high', 'started', 'unit']
        """
        import pandas as pd

        alone = np.full((len(self.periods), 2), np.nan)
        series = {
            "adopters, observed": np.column_stack([self.adopters, alone]),
            "comparators, observed": np.column_stack([self.comparators, alone]),
            "adopters, expected with the rollout": self.with_rollout,
            "adopters, expected without the rollout": self.without,
        }
        parts = [
            pd.DataFrame(
                {
                    "period": self.periods,
                    "series": name,
                    **dict(zip(("value", "low", "high"), self.factor * values.T, strict=True)),
                    "started": self.started,
                    "unit": self.outcome.level_unit,
                }
            )
            for name, values in series.items()
        ]
        return pd.concat(parts, ignore_index=True)


@sealed
@handed("layout", "contrast", give="what sb.fit returned")
def outcome_path(fit: FitProtocol, *, authority: str | None = None) -> OutcomePath:
    """Follow an outcome over time: observed, and expected with and without the rollout.

    Parameters
    ----------
    fit : Fit
        Of any design, with its cells.
    authority : str, optional
        Name of one adopter; all adopters together by default.

    Returns
    -------
    OutcomePath

    Raises
    ------
    DesignError
        If there is no adopter of that name.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_england(seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> path = sb.outcome_path(sb.fit(panel, made.rollout, made.outcome, method="fast"))
    >>> path.periods[0], path.started.tolist()
    ('2011', [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    """
    layout = fit.layout
    mine = layout.adopters[_places(layout, authority)]
    size = _usual(layout)
    others = np.setdiff1d(np.arange(len(size)), layout.adopters)
    observed = _observed(layout, mine, size)
    expected = np.zeros((len(layout.adopters), *layout.shape[1:]))
    expected[np.searchsorted(layout.adopters, mine)] = _shares(layout, mine, size)
    with_rollout, without = _expected(fit, expected)
    begun = layout.treated[mine].all(axis=0)
    hidden = np.isnan(observed)
    with_rollout[hidden] = np.nan
    without[hidden & ~begun] = np.nan
    had = (layout.treated[mine][:, :, None] * size[mine][:, None, :]).sum(axis=(0, 2))
    return OutcomePath(
        label=EVERYBODY if authority is None else authority,
        outcome=fit.outcome,
        periods=tuple(layout.cells.calendar.labels),
        adopters=observed,
        comparators=_observed(layout, others, size),
        with_rollout=with_rollout,
        without=without,
        started=np.asarray(had / size[mine].sum()),
        n_adopters=len(mine),
        n_comparators=len(others),
        design=type(fit.design).__name__,
    )


def _places(layout: Layout, authority: str | None) -> NDArray[np.intp]:
    """Positions among the adopters."""
    names = [layout.cells.names[a] for a in layout.adopters]
    if authority is None:
        return np.arange(len(names))
    if authority not in names:
        raise DesignError(
            f"authority={authority!r} is no adopter of this fit.{nearest(authority, names)}",
            cure="Name an authority that adopted, as the rollout does, or none for all of them.",
        )
    return np.array([names.index(authority)])


def _usual(layout: Layout) -> Floats:
    """Mean denominators (A, C): of adopters before their start, of others over all periods."""
    total = layout.cells.counted
    counts = ((total.sum(axis=2) > 0) & layout.untouched)[:, :, None]
    return np.asarray((total * counts).sum(axis=1) / np.maximum(counts.sum(axis=1), 1))


def _shares(layout: Layout, places: NDArray[np.intp], size: Floats) -> Floats:
    """Weights (P, T, C) that sum to one in every period: over cells that were seen, over all where none was."""
    seen = layout.cells.total[places] > 0
    weights = size[places][:, None, :] * (seen | ~seen.any(axis=(0, 2))[None, :, None])
    total = weights.sum(axis=(0, 2))
    usual = np.broadcast_to(size[places][:, None, :], weights.shape)
    weights = np.where(total[None, :, None] > 0, weights, usual)
    return np.asarray(weights / np.maximum(weights.sum(axis=(0, 2)), np.finfo(float).tiny)[None, :, None])


def _observed(layout: Layout, places: NDArray[np.intp], size: Floats) -> Floats:
    """Weighted average (T,) of what was observed; NaN where it is not there or would tell of few children."""
    cells = layout.cells
    if not len(places):
        return np.full(layout.shape[1], np.nan)
    total, events = cells.total[places], cells.likely[places]
    value = np.divide(events, total, out=np.zeros_like(total), where=total > 0)
    average = cells.outcome.per * (_shares(layout, places, size) * value).sum(axis=(0, 2))
    return np.where(_many(cells, places), _rounded(average), np.nan)


def _many(cells: Cells, places: NDArray[np.intp]) -> Flags:
    """In which periods (T,) enough children, events and children without one are behind an average."""
    total, events = (of[places].sum(axis=(0, 2)) for of in (cells.total, cells.likely))
    if cells.outcome.measured:
        if getattr(cells.outcome, "number", None) is None:  # plain numbers, an authority each: nothing was counted
            return np.asarray(total > 0)
        behind = [total]
    elif cells.outcome.proportion:
        behind = [events, total - events]
    else:
        behind = [events]
    return np.array([not any(SAFE.small(n) for n in period) for period in zip(*behind, strict=True)], dtype=np.bool_)


def _rounded(values: Floats) -> Floats:
    return np.array([float(f"{value:.{DIGITS}g}") for value in values.reshape(-1)]).reshape(values.shape)


def _expected(fit: FitProtocol, weights: Floats) -> tuple[Floats, Floats]:
    """Posterior mean and 95 % interval of both worlds, (T, 3) each."""

    def periods() -> Iterator[Floats]:
        for t in range(weights.shape[1]):
            alone = np.zeros_like(weights)
            alone[:, t] = weights[:, t]
            yield alone

    contrast, per = fit.contrast(periods()), fit.outcome.per
    return _rounded(per * _summary(contrast.with_rollout)), _rounded(per * _summary(contrast.without))


def _summary(draws: Floats) -> Floats:
    every = draws.reshape(-1, draws.shape[-1])
    return np.asarray(np.column_stack([every.mean(axis=0), *equal_tailed(every, PROB, axis=0)]))
