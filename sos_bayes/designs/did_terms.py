"""The terms that a difference-in-differences is put together from, one function each, on authorities and periods."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes.data.children.band_scores import midpoints
from sos_bayes.designs.layout import Layout
from sos_bayes.designs.priors import Priors
from sos_bayes.designs.streams import Streams
from sos_bayes.designs.terms import ByAuthority, ByPattern, Cutpoints, Shared, centred_walk_basis, zero_sum_basis

MOST_SEASONS = 4  # of a year, for each of which there is a contrast; of more, waves of a year and of half a year


def _one(name: str, values: Floats, sd: float, role: Literal["background", "effect"] = "background") -> Shared:
    return Shared(name, values[:, :, None], sd, np.eye(1), (name,), role)


def ever(layout: Layout) -> Floats:
    """One for authorities that adopt, (A, T)."""
    a, t, _ = layout.shape
    values = np.zeros((a, t))
    values[layout.adopters] = 1.0
    return values


def _years(layout: Layout) -> Floats:
    """Time in years from the middle of the panel, (T,)."""
    t = layout.shape[1]
    return np.asarray((np.arange(t) - (t - 1) / 2) * layout.cells.calendar.years)


def background(layout: Layout, priors: Priors) -> tuple[Shared, ...]:
    """Overall level, adopters' level gap and period effects."""
    a, t, _ = layout.shape
    basis = zero_sum_basis(t)
    period = np.broadcast_to(basis, (a, t, t - 1)).copy()
    return (
        _one("intercept", np.ones((a, t)), priors.intercept),
        _one("ever", ever(layout), priors.level_gap),
        Shared("period", period, priors.period, basis, layout.cells.calendar.labels),
    )


def levels(layout: Layout) -> ByAuthority:
    """Authorities' lasting departures."""
    return ByAuthority("authority", np.ones(layout.shape[:2]), "sd_authority", around=("intercept", "ever"))


def effect(layout: Layout, priors: Priors) -> tuple[tuple[Shared, ...], ByAuthority]:
    """Average effect and lag profile (centred over exposed cells), and authorities' departures, each times the dose."""
    dose = layout.dose
    shared = [_one("mu_tau", dose, priors.effect_sd, "effect")]
    lags = np.arange(layout.lags.max() + 1)
    at_lag = (layout.lags[:, :, None] == lags) * (dose * layout.treated)[:, :, None]
    if len(lags) > 1:
        basis = centred_walk_basis(at_lag.sum(axis=(0, 1))) * np.sqrt(layout.cells.calendar.years)
        shared.append(Shared("lag", at_lag @ basis, "sd_step", basis, tuple(str(e) for e in lags), "effect"))
    own = ByAuthority("departure", dose, "omega", role="effect")
    return tuple(shared), own


def trends(layout: Layout) -> ByAuthority:
    """A linear trend of every authority's own."""
    return ByAuthority("trend", np.broadcast_to(_years(layout), layout.shape[:2]).copy(), "sd_trend")


def drift(layout: Layout, sd: float) -> Shared:
    """A linear drift that adopters share."""
    return _one("drift", ever(layout) * _years(layout), sd)


def cohorts(layout: Layout, sd: float | str) -> tuple[Shared, ...]:
    """An effect for each start and period since, where adopters did not all start together."""
    starts = np.unique(layout.starts[layout.adopters])
    if len(starts) < 2:
        return ()
    pairs = [(int(s), e) for s in starts for e in range(layout.shape[1] - int(s))]
    at = np.stack([(layout.starts == s)[:, None] & (layout.lags == e) for s, e in pairs], axis=2)
    columns = at * (layout.dose * layout.treated)[:, :, None]
    labels = tuple(f"{layout.cells.calendar.labels[s]} + {e}" for s, e in pairs)
    return (Shared("cohort", columns, sd, np.eye(len(pairs)), labels, "effect"),)


def slope(layout: Layout, sd: float) -> Shared:
    """What a score adds to the effect, counted from the mean score of exposed cells."""
    if layout.score is None:
        raise DesignError("A slope needs scores of delivery.", cure="Use dose_response(fit, scores).")
    exposed = layout.treated
    centred = np.where(exposed, layout.score - layout.score[exposed].mean(), 0.0)
    return _one("slope", layout.dose * centred, sd, "effect")


def baseline(layout: Layout, columns: tuple[str, ...]) -> Shared:
    """Shifts of every period that go with what authorities' numbers were before the first start.

    What does not change over time belongs to authorities' levels: of each number, slopes sum to zero over periods.
    """
    known = () if layout.baselines is None else layout.baselines.columns
    lost = [column for column in columns if column not in known]
    if layout.baselines is None or lost:
        raise DesignError(
            f'The layout has no number "{lost[0]}" of the authorities.',
            where=f"DiD(baseline={columns!r})",
            cure="Fit a panel that has the column: fit, fit_many and prepare_layout read it.",
        )
    (a, t, _), k = layout.shape, len(columns)
    basis = zero_sum_basis(t)
    values = np.einsum("ak,ts->atks", layout.baselines.standardised(columns), basis).reshape(a, t, k * (t - 1))
    labels = tuple(f"{column}, {period}" for column in columns for period in layout.cells.calendar.labels)
    return Shared("baseline", values, "sd_baseline", np.kron(np.eye(k), basis).astype(np.float64), labels)


def leads(layout: Layout, sd: float | str) -> tuple[Shared, ...]:
    """Departures of adopters before their start, summing to zero over the event times that have data."""
    leads = layout.leads
    if len(leads) < 2:
        return ()
    at_lead = (layout.before[:, :, None] & (layout.lags[:, :, None] == leads)).astype(float)
    basis = zero_sum_basis(len(leads))
    labels = tuple(str(e) for e in leads)
    return (Shared("lead", at_lead @ basis, sd, basis, labels, "lead"),)


def in_a_year(layout: Layout) -> int:
    """Periods in a year where they are shorter than one and there are two years of them, else one."""
    each = round(1 / layout.cells.calendar.years)
    return each if each > 1 and layout.shape[1] >= 2 * each else 1


def seasons(layout: Layout) -> tuple[ByAuthority, ...]:
    """Authorities' own seasons: contrasts of a year's quarters; of shorter periods the first two waves of a year."""
    each, (a, t, _) = in_a_year(layout), layout.shape
    if each == 1:
        return ()
    place = np.arange(t) % each
    if each <= MOST_SEASONS:
        contrasts = zero_sum_basis(each)[place]
    else:
        angles = 2 * np.pi * np.outer(place, (1, 2)) / each
        contrasts = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    return tuple(
        ByAuthority(f"season_{i}", np.broadcast_to(column, (a, t)).copy(), "sd_season")
        for i, column in enumerate(contrasts.T)
    )


def cluster_shocks(layout: Layout) -> tuple[Shared, ...]:
    """Shocks of every cluster in every period, which its authorities share; none where no cluster has two of them.

    One cluster with everybody in it would be the period effects once more.
    """
    clusters = layout.cells.clusters
    if clusters is None:
        return ()
    names = tuple(name for name, n in sorted(Counter(clusters).items()) if n > 1)
    if not names or len(set(clusters)) < 2:
        return ()
    n_t = layout.shape[1]
    member = np.array([[float(own == name) for name in names] for own in clusters])
    columns = np.einsum("ac,ts->atcs", member, np.eye(n_t)).reshape(len(clusters), n_t, -1)
    labels = tuple(f"{name}, {period}" for name in names for period in layout.cells.calendar.labels)
    size = len(names) * n_t
    return (Shared("cluster_shock", columns, "sd_cluster", np.eye(size), labels, chain=n_t),)


def cutpoints(layout: Layout, priors: Priors) -> Cutpoints | None:
    """Where an ordinal outcome's levels begin; None for others."""
    outcome = layout.cells.outcome
    if not outcome.levels:
        return None
    return Cutpoints(zero_sum_basis(len(outcome.levels) - 1), priors.cutpoint)


def patterns(streams: Streams, priors: Priors, scored: frozenset[str] = frozenset()) -> ByPattern | None:
    """Zero-sum coding of every covariate, so that no level is the reference; of scored bands one standardised slope."""
    blocks, labels = [], []
    for j, column in enumerate(streams.columns):
        values = [pattern[j] for pattern in streams.patterns]
        levels = list(dict.fromkeys(values))
        rows = np.array([levels.index(v) for v in values])
        basis = scores(levels) if column in scored else zero_sum_basis(len(levels))
        blocks.append(basis[rows])
        labels += [f"{column}[{i}]" for i in range(basis.shape[1])]
    columns = np.concatenate(blocks, axis=1) if blocks else np.zeros((len(streams.patterns), 0))
    if not columns.shape[1]:
        return None
    return ByPattern("covariates", np.ascontiguousarray(columns), priors.covariate, tuple(labels))


def scores(levels: list[str]) -> Floats:
    """Midpoints (L, 1) of bands with mean 0 and sd 1 over bands; with one beside (L, 2) for a level that is no band.

    Examples
    --------
    >>> scores(["under 2", "2 to under 4", "4 and over", "not recorded"]).round(2).tolist()
    [[-1.22, 0.0], [0.0, 0.0], [1.22, 0.0], [0.0, 1.0]]
    """
    points = midpoints(levels)
    known = np.isfinite(points)
    if known.sum() < 2:
        return zero_sum_basis(len(levels))
    z = np.where(known, (points - points[known].mean()) / points[known].std(), 0.0)[:, None]
    return z if known.all() else np.column_stack([z, ~known])
