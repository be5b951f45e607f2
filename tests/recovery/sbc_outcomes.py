"""Every outcome on a small layout: made-up data of a world, its true effect, and how likely its data are.

Twelve authorities in five years, four of them adopters that start in the third and the fourth; two patterns of a
covariate where the outcome takes one; about 60 children for each authority and year. Synthetic throughout.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, gammaln, log_expit, logsumexp

from sos_bayes.data import (
    Aim,
    Binary,
    Calendar,
    Cells,
    Continuous,
    Count,
    Duration,
    Intervals,
    Nested,
    Ordinal,
    Outcome,
    Rollout,
    Window,
    read_cohort,
)
from sos_bayes.designs import DiD, Layout, layout_of
from sos_bayes.fitting.runs.methods import prepare_layout
from tests.recovery.worlds import World

Floats = NDArray[np.float64]
AUTHORITIES, STARTS, CHILDREN = 12, (2, 2, 3, 3), 60
YEARS = (2011, 2012, 2013, 2014, 2015)
NAMES = tuple(f"Made-up {a:02d}" for a in range(AUTHORITIES))
ROLLOUT = Rollout({NAMES[a]: YEARS[t] for a, t in enumerate(STARTS)})
CENTRE, SIGMA = 20.0, 5.0
BANDS = (10, 25, 45, 65)
LEVELS = ("none", "some", "high", "severe")
LOW, SURE, HIGH, CHANCE = 1, 5, 15, 0.2
WORDS: dict[str, Any] = {"aim": Aim.FEWER, "worthwhile": 0.01, "label": "made-up outcome"}
BINARY = Binary("event", **WORDS)
WITHIN = Window("closed", 6, "2016-06-30", dated=True)


@dataclass(frozen=True, slots=True)
class Kind:
    """An outcome, whether it takes a covariate, and how data are made of a world and sizes (A, T, C)."""

    outcome: Outcome
    data: Callable[[Layout, World, Floats, np.random.Generator], Layout]
    covariate: bool = True

    @property
    def design_columns(self) -> tuple[str, ...]:
        """What the design adjusts for."""
        return ("sex",) if self.covariate else ()


def sizes_of(kind: Kind, rng: np.random.Generator) -> Floats:
    """Numbers of children (A, T, C)."""
    patterns = 2 if kind.covariate else 1
    return rng.poisson(CHILDREN / patterns, (AUTHORITIES, len(YEARS), patterns)) + 2.0


def empty_layout(kind: Kind, sizes: Floats) -> Layout:
    """The layout before anything is known to have happened: all that the prior depends on."""
    outcome, more = kind.outcome, {}
    if isinstance(outcome, Ordinal):
        more["levels"] = np.stack([sizes, *[np.zeros_like(sizes)] * (len(LEVELS) - 1)], axis=3)
    if isinstance(outcome, Continuous):
        more["squares"] = sizes - 1
    if isinstance(outcome, Duration):
        more["bands"] = np.stack([np.zeros((*sizes.shape, len(BANDS))), np.repeat(sizes[..., None], len(BANDS), 3)], 4)
    patterns = (("f",), ("m",)) if kind.covariate else ((),)
    source = "authorities" if isinstance(outcome, Count) else "children"
    cells = Cells(
        NAMES, NAMES, Calendar.of(YEARS), kind.design_columns, patterns, np.zeros_like(sizes), sizes, outcome,
        source, **more,
    )  # fmt: skip
    return layout_of(cells, ROLLOUT)


def _filled(layout: Layout, **parts: Any) -> Layout:
    return replace(layout, cells=replace(layout.cells, **parts))


def _eta(world: World) -> Floats:
    return np.asarray(world.theta[:, :, None] + world.shift)


def binary(layout: Layout, world: World, sizes: Floats, rng: np.random.Generator) -> Layout:
    """Binomial counts."""
    return _filled(layout, events=rng.binomial(sizes.astype(int), expit(_eta(world))).astype(float))


def count(layout: Layout, world: World, sizes: Floats, rng: np.random.Generator) -> Layout:
    """Poisson counts; beyond 1e15 their normal limit, which numpy's own numbers cannot tell apart."""
    rate = sizes * np.exp(_eta(world))
    many = np.rint(rate + np.sqrt(rate) * rng.standard_normal(rate.shape))
    return _filled(layout, events=np.where(rate > 1e15, many, rng.poisson(np.minimum(rate, 1e15))).astype(float))


def by_bounds(layout: Layout, world: World, sizes: Floats, rng: np.random.Generator) -> Layout:
    """Counts of 1 to 5 are withheld, of those from 6 to 15 one in five too: of either only the range is known."""
    made = (binary if layout.cells.outcome.proportion else count)(layout, world, sizes, rng)
    events, total = made.cells.events[..., 0], sizes[..., 0]
    within = (events >= LOW) & (events <= HIGH)
    hidden = within & ((events <= SURE) | (rng.random(events.shape) < CHANCE))
    known = np.where(hidden, np.nan, events)
    high = np.minimum(np.full_like(total, HIGH), total if layout.cells.outcome.proportion else np.inf)
    bounds = (np.full_like(total, LOW), high, np.full_like(total, SURE), np.full_like(total, CHANCE))
    return _filled(layout, events=known[..., None], intervals=Intervals.where(known, *bounds))


def ordinal(layout: Layout, world: World, sizes: Floats, rng: np.random.Generator) -> Layout:
    """Children at four levels."""
    reach = expit(_eta(world)[..., None] - world.cuts)
    levels = rng.multinomial(sizes.astype(int), -np.diff(reach, prepend=1.0, append=0.0)).astype(float)
    assert isinstance(layout.cells.outcome, Ordinal)
    return _filled(layout, levels=levels, events=levels[..., layout.cells.outcome.reached :].sum(axis=3))


def measured(layout: Layout, world: World, sizes: Floats, rng: np.random.Generator) -> Layout:
    """Sums and squares of normal children.

    The model works in units of the children's own spread and around their own mean, so its prior moves with the data
    in both. Centre and residual sd are therefore fixed: any value gives the same ranks, but for the 1 or 2 per cent by
    which the spread of some 3,600 children differs from the true one.
    """
    mean = CENTRE + SIGMA * (_eta(world) + rng.standard_normal(sizes.shape) / np.sqrt(sizes))
    return _filled(layout, events=sizes * mean, squares=SIGMA**2 * rng.chisquare(sizes - 1))


def _rows(sizes: Floats) -> tuple[NDArray[np.intp], pd.DataFrame]:
    """One row for each child: its place (3, n) and its columns."""
    place = np.repeat(np.indices(sizes.shape).reshape(3, -1), sizes.astype(int).ravel(), axis=1)
    table = {"la": np.array(NAMES)[place[0]], "year": YEARS[0] + place[1], "sex": np.array(["f", "m"])[place[2]]}
    return place, pd.DataFrame(table)


def _laid_out(rows: pd.DataFrame, layout: Layout) -> Layout:
    made = prepare_layout(
        read_cohort(rows, authority="la", period="year"), ROLLOUT, layout.cells.outcome, DiD(adjust=("sex",))
    )
    assert made.cells.patterns == layout.cells.patterns
    assert made.shape == layout.shape
    return made


def nested(layout: Layout, world: World, sizes: Floats, rng: np.random.Generator) -> Layout:
    """Children by row, the second event after the first only: both have the model's probability."""
    place, rows = _rows(sizes)
    both = expit(_eta(world))[tuple(place)]
    first = rng.random(len(rows)) < np.sqrt(both)
    then = np.where(first, rng.random(len(rows)) < np.sqrt(both), np.nan)
    return _laid_out(rows.assign(first=first.astype(int), then=then), layout)


def window(layout: Layout, world: World, sizes: Floats, rng: np.random.Generator) -> Layout:
    """Children by row with days: a sixth year is not followed to its end, and windows across a start are half treated.

    Neither enters the model, so neither may move a rank.
    """
    after = np.concatenate([sizes, sizes[:, -1:]], axis=1)
    eta = np.concatenate([_eta(world), _eta(world)[:, -1:] + rng.standard_normal()], axis=1)
    for a, t in enumerate(STARTS):
        eta[a, t - 1] += 0.5 * world.effect[a, t]
    place, rows = _rows(after)
    happens = rng.random(len(rows)) < expit(eta)[tuple(place)]
    closed = pd.to_datetime(rows["year"].astype(str) + "-01-01") + pd.to_timedelta(rng.integers(0, 365, len(rows)), "D")
    late = np.where(rng.random(len(rows)) < 0.5, rng.integers(200, 400, len(rows)), 9_999)
    again = closed + pd.to_timedelta(np.where(happens, rng.integers(0, 180, len(rows)), late), "D")
    rows = rows.assign(closed=closed, again=again.where(again <= pd.Timestamp("2016-06-30")))
    return _laid_out(rows, layout)


def waiting(layout: Layout, world: World, sizes: Floats, rng: np.random.Generator) -> Layout:
    """Episodes by row, those of the last year open after 5 to 90 days."""
    place, rows = _rows(sizes)
    a, t, c = place
    hazard = expit(world.theta.reshape(AUTHORITIES, len(BANDS), -1)[a, :, t] + world.shift[c][:, None])
    ends = np.concatenate([rng.random(hazard.shape) < hazard, np.ones((len(rows), 1), bool)], axis=1).argmax(axis=1)
    days = rng.integers(np.array((0, *(day + 1 for day in BANDS)))[ends], np.array((*BANDS, 120))[ends] + 1)
    left = np.where(t == len(YEARS) - 1, rng.integers(5, 91, len(rows)), 10_000)
    return _laid_out(rows.assign(days=np.minimum(days, left), closed=(days <= left).astype(int)), layout)


COUNT = Count("events", "children", per=100.0, **WORDS)
KINDS: dict[str, Kind] = {
    "Binary": Kind(BINARY, binary),
    "Count": Kind(COUNT, count),
    "Ordinal": Kind(Ordinal("need", levels=LEVELS, at_least="high", **WORDS), ordinal),
    "Continuous": Kind(Continuous("score", unit="points", **WORDS), measured),
    "Duration": Kind(Duration("days", done="closed", bands=BANDS, by_day=45, **WORDS), waiting),
    "Nested": Kind(Nested("first", "then", **WORDS).joint, nested),
    "Window": Kind(replace(BINARY, events="again", within=WITHIN), window),
    "Binary by bounds": Kind(BINARY, by_bounds, covariate=False),
    "Count by bounds": Kind(COUNT, by_bounds, covariate=False),
}


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Predictors of n worlds: adopters' theta (n, K, S T), covariates' shift (n, C), cutpoints (n, K - 1), residual."""

    theta: Floats
    shift: Floats
    cuts: Floats
    centre: float = 0.0
    scale: Floats | float = 1.0
    residual: Floats | float = 1.0

    @property
    def eta(self) -> Floats:
        """Predictor (n, K, S T, C)."""
        return np.asarray(self.theta[..., None] + self.shift[:, None, None, :])


def expected(outcome: Outcome, field: Field) -> Floats:
    """Natural scale: a share, a rate or a mean of every adopter, period and pattern, (n, K, T, C)."""
    if isinstance(outcome, Continuous):
        return np.asarray(field.centre + field.scale * field.eta)
    if isinstance(outcome, Count):
        return np.asarray(outcome.per * np.exp(field.eta))
    if isinstance(outcome, Ordinal):
        return np.asarray(expit(field.eta - field.cuts[:, outcome.reached - 1, None, None, None]))
    if isinstance(outcome, Duration):
        bands = np.stack(np.split(field.eta, len(BANDS), axis=2), axis=2)[:, :, : outcome.reached + 1]
        return np.asarray(-np.expm1(log_expit(-bands).sum(axis=2)))
    return np.asarray(expit(field.eta))


def effect_weights(layout: Layout) -> Floats:
    """Adopters' mean numbers before their start on their cells from the start on, to a sum of one, (K, T, C)."""
    total, lags = layout.cells.total[layout.adopters], layout.lags[layout.adopters]
    before = ((lags < 0) & (total.sum(axis=2) > 0))[:, :, None]
    mean = (total * before).sum(axis=1) / before.sum(axis=1)
    weights = mean[:, None, :] * (lags >= 0)[:, :, None]
    return np.asarray(weights / weights.sum())


def log_likelihood(layout: Layout, field: Field) -> Floats:
    """Log-likelihood (n,) of adopters' data, but for what no parameter touches."""
    cells, k = layout.cells, layout.adopters
    outcome, events, total, eta = cells.outcome, cells.events[k], cells.total[k], field.eta
    if isinstance(outcome, Ordinal):
        reach = expit(eta[..., None] - field.cuts[:, None, None, None, :])
        shares = -np.diff(reach, prepend=1.0, append=0.0)
        return _summed(cells.levels[k] * np.log(np.maximum(shares, 1e-300)))  # type: ignore[index]
    if isinstance(outcome, Continuous):
        mean, sd = np.asarray(events / total), np.asarray(field.residual).reshape(-1, 1, 1, 1)
        away = (mean - field.centre - field.scale * eta) ** 2 * total + cells.squares[k]  # type: ignore[index]
        return _summed(-total * np.log(sd) - away / (2 * sd**2))
    if isinstance(outcome, Duration):
        done, known = (np.concatenate(np.moveaxis(cells.bands[k][..., i], 3, 0), axis=1) for i in (0, 1))  # type: ignore[index]
        return _summed(done * eta + known * log_expit(-eta))
    cost = log_expit(-eta) if outcome.proportion else -np.exp(eta)
    if cells.intervals is None:
        return _summed(events * eta + total * cost)
    return _summed(np.nan_to_num(events) * eta + total * cost) + _hidden(layout, eta)


def _hidden(layout: Layout, eta: Floats) -> Floats:
    """What withheld counts add: the log of a sum over all they may be."""
    cells, found = layout.cells, np.zeros(len(eta))
    for a, t, *bounds in zip(cells.intervals.authority, cells.intervals.period, *cells.intervals.bounds, strict=True):  # type: ignore[union-attr]
        if a not in layout.adopters:
            continue
        low, high, sure, chance = bounds
        y, n = np.arange(low, high + 1), cells.total[a, t, 0]
        base = gammaln(n + 1) - gammaln(n - y + 1) if cells.outcome.proportion else y * np.log(n)
        base = base - gammaln(y + 1) + np.where(y > sure, np.log(chance), 0.0)
        place = int(np.flatnonzero(layout.adopters == a)[0])
        found += logsumexp(base + y * eta[:, place, t, 0, None], axis=1)
    return found


def _summed(values: Floats) -> Floats:
    return np.asarray(values.reshape(len(values), -1).sum(axis=1))
