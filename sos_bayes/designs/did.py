"""Difference-in-differences in a hierarchy: authorities, periods, lag profile and authority-by-period shocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from sos_bayes._core.errors import DesignError
from sos_bayes.data.covariates import Bins, Category, Covariate, declared, name_of
from sos_bayes.designs.layout import Floats, Layout
from sos_bayes.designs.priors import HalfNormal, Hyper, Normal, Priors, Uniform
from sos_bayes.designs.streams import Streams, departing, lifted, lifted_own, own_levels, streams_of
from sos_bayes.designs.terms import (
    ByAuthority,
    ByPattern,
    Model,
    Shared,
    Shocks,
    centred_walk_basis,
    zero_sum_basis,
)


@dataclass(frozen=True, slots=True)
class DiD:
    """Hierarchical difference-in-differences; the defaults are the calibrated model.

    The effect on authority a in period t is ``mu_tau + omega * z[a] + g[lag]``: an average, the authority's own
    departure and a profile over time since the start that averages zero. Beside it stand an overall level,
    period effects, the adopters' level gap, authority levels, and autoregressive shocks of every authority
    in every period, with a scale of their own for adopters. The rest of the arguments are for the variants
    that `check` fits: one part exchanged, everything else the same.

    Parameters
    ----------
    adjust : tuple of str, Category or Bins
        Covariates of child rows: names of columns of categories, `Bins` of numbers, or a `Category` with a level for
        missing values; every distinct combination becomes a pattern.
    priors : Priors
    shocks : {"ar1", "random_walk"}
    trends : bool
        Give every authority a linear trend of its own.
    drift : float, optional
        Prior sd, per year on the log-odds or log-rate scale, of a linear drift that all adopters share.
    vary_by : tuple of str, Category or Bins
        Covariates of child rows whose levels (or combinations of levels) may have effects of
        their own, partially pooled. Each is a stream with period effects, authority levels and shocks of its
        own, so that a difference between subgroups needs authorities and not children.
    leads : bool or float
        Let adopters depart in each period before their start (a check; the headline has none). A number is
        the prior sd of every departure; True learns it.

    Raises
    ------
    DesignError
        If ``adjust`` is a bare string or repeats a name.

    Examples
    --------
    >>> DiD(adjust=("age_band", "sex")).adjust
    ('age_band', 'sex')
    """

    adjust: tuple[Covariate, ...] = ()
    priors: Priors = field(default_factory=Priors)
    shocks: Literal["ar1", "random_walk"] = "ar1"
    trends: bool = False
    drift: float | None = None
    leads: bool | float = False
    vary_by: tuple[Covariate, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "adjust", _names("adjust", self.adjust))
        object.__setattr__(self, "vary_by", _names("vary_by", self.vary_by))

    @property
    def columns(self) -> tuple[str, ...]:
        """Covariate columns of child rows that the design needs: those of ``adjust``, then those of ``vary_by``."""
        return tuple(name_of(c) for c in self.covariates)

    @property
    def covariates(self) -> tuple[Covariate, ...]:
        """The same with what is said of each, in the same order."""
        return declared((*self.adjust, *self.vary_by))

    def model(self, layout: Layout) -> Model:
        """Declare the linear predictor for these cells as terms."""
        effect, own = _effect(layout, self.priors)
        shared = [*_background(layout, self.priors), *effect]
        by_authority = [_levels(layout), own]
        if self.trends:
            by_authority.append(_trends(layout))
        if self.drift is not None:
            shared.append(_drift(layout, self.drift))
        if self.leads:
            shared.extend(_leads(layout, "sd_lead" if self.leads is True else float(self.leads)))
        streams = streams_of(layout.cells, tuple(name_of(c) for c in self.vary_by))
        if len(streams) > 1:
            shared, by_authority = self._in_streams(shared, by_authority, layout, streams)
        walk, adopting = self.shocks == "random_walk", _ever(layout)[:, 0] > 0
        return Model(
            family=layout.cells.outcome.family,
            shared=tuple(shared),
            by_authority=tuple(by_authority),
            patterns=_patterns(streams, self.priors),
            shocks=Shocks(walk, adopting, layout.cells.calendar.years, len(streams)),
            hypers=self._hypers(shared, by_authority, len(streams)),
            slots=streams,
        )

    def _in_streams(
        self, shared: list[Shared], by_authority: list[ByAuthority], layout: Layout, streams: Streams
    ) -> tuple[list[Shared], list[ByAuthority]]:
        """Let terms act in every stream, and streams depart from level, level gap, period effects and effect."""
        p = self.priors
        departs: dict[str, float | str] = {
            "intercept": p.level_gap, "ever": p.covariate, "period": p.period, "mu_tau": "sd_vary"
        }  # fmt: skip
        own = [departing(t, streams, f"{t.name}_by_stream", departs[t.name]) for t in shared if t.name in departs]
        levels = own_levels(*layout.shape[:2], streams)
        return (
            [*(lifted(t, streams) for t in shared), *own],
            [*(lifted_own(t, streams) for t in by_authority), *levels],
        )

    def _hypers(self, shared: list[Shared], by_authority: list[ByAuthority], streams: int) -> tuple[Hyper, ...]:
        """Hyperparameters that the terms and the shocks name, in one order."""
        p = self.priors
        known = {
            "sd_step": Hyper("sd_step", HalfNormal(p.lag_step)),
            "sd_lead": Hyper("sd_lead", HalfNormal(p.lead)),
            "omega": Hyper("omega", HalfNormal(p.heterogeneity)),
            "sd_trend": Hyper("sd_trend", HalfNormal(p.trend)),
            "sd_vary": Hyper("sd_vary", HalfNormal(p.vary)),
            "sd_stream_level": Hyper("sd_stream_level", HalfNormal(p.stream_level)),
            "sd_stream": Hyper("sd_stream", HalfNormal(p.stream_shock)),
        }
        named = dict.fromkeys([t.sd for t in shared] + [t.sd for t in by_authority] + ["sd_stream"] * (streams > 1))
        scales = tuple(known[sd] for sd in named if isinstance(sd, str) and sd in known)
        memory = () if self.shocks == "random_walk" else (Hyper("memory", Uniform()),)
        shocks = (Hyper("spread", HalfNormal(p.authority)), Hyper("sd_shock", HalfNormal(p.shock)))
        return (*scales, *shocks, *memory, Hyper("log_adopter_scale", Normal(p.adopter_scale)))


def _names(argument: str, named: object) -> tuple[Covariate, ...]:
    if isinstance(named, str):
        raise DesignError(
            f"{argument} is the bare string {named!r}.",
            where=f"DiD({argument}=...)",
            why="A string is read letter by letter.",
            cure=f"Write {argument}=({named!r},).",
        )
    if not isinstance(named, tuple | list) or not all(isinstance(c, str | Category | Bins) for c in named):
        raise DesignError(
            f"{argument} holds something other than column names.", cure=f'Write {argument}=("sex", "age_band").'
        )
    names = tuple(name_of(c) for c in named)
    if len(set(names)) < len(names):
        raise DesignError(f"{argument} names a column twice.", where=f"{names}", cure="Name each column once.")
    return tuple(named)


def _one(name: str, values: Floats, sd: float, role: Literal["background", "effect"] = "background") -> Shared:
    return Shared(name, values[:, :, None], sd, np.eye(1), (name,), role)


def _ever(layout: Layout) -> Floats:
    a, t, _ = layout.shape
    values = np.zeros((a, t))
    values[layout.adopters] = 1.0
    return values


def _years(layout: Layout) -> Floats:
    """Time in years from the middle of the panel, (T,)."""
    t = layout.shape[1]
    return np.asarray((np.arange(t) - (t - 1) / 2) * layout.cells.calendar.years)


def _background(layout: Layout, priors: Priors) -> tuple[Shared, ...]:
    a, t, _ = layout.shape
    basis = zero_sum_basis(t)
    period = np.broadcast_to(basis, (a, t, t - 1)).copy()
    return (
        _one("intercept", np.ones((a, t)), priors.intercept),
        _one("ever", _ever(layout), priors.level_gap),
        Shared("period", period, priors.period, basis, layout.cells.calendar.labels),
    )


def _levels(layout: Layout) -> ByAuthority:
    return ByAuthority("authority", np.ones(layout.shape[:2]), "sd_authority", around=("intercept", "ever"))


def _effect(layout: Layout, priors: Priors) -> tuple[tuple[Shared, ...], ByAuthority]:
    """Average effect and lag profile (centred over treated cells), and authorities' departures."""
    treated = layout.treated.astype(float)
    shared = [_one("mu_tau", treated, priors.effect_sd, "effect")]
    lags = np.arange(layout.lags.max() + 1)
    at_lag = (layout.lags[:, :, None] == lags).astype(float)
    if len(lags) > 1:
        basis = centred_walk_basis(at_lag.sum(axis=(0, 1))) * np.sqrt(layout.cells.calendar.years)
        shared.append(Shared("lag", at_lag @ basis, "sd_step", basis, tuple(str(e) for e in lags), "effect"))
    own = ByAuthority("departure", treated, "omega", role="effect")
    return tuple(shared), own


def _trends(layout: Layout) -> ByAuthority:
    return ByAuthority("trend", np.broadcast_to(_years(layout), layout.shape[:2]).copy(), "sd_trend")


def _drift(layout: Layout, sd: float) -> Shared:
    return _one("drift", _ever(layout) * _years(layout), sd)


def _leads(layout: Layout, sd: float | str) -> tuple[Shared, ...]:
    """Departures of adopters before their start, summing to zero over the event times that have data."""
    leads = layout.leads
    if len(leads) < 2:
        return ()
    at_lead = (layout.lags[:, :, None] == leads).astype(float)
    basis = zero_sum_basis(len(leads))
    labels = tuple(str(e) for e in leads)
    return (Shared("lead", at_lead @ basis, sd, basis, labels, "lead"),)


def _patterns(streams: Streams, priors: Priors) -> ByPattern | None:
    """Zero-sum coding of every covariate, so that no level is the reference."""
    blocks, labels = [], []
    for j, column in enumerate(streams.columns):
        values = [pattern[j] for pattern in streams.patterns]
        levels = list(dict.fromkeys(values))
        rows = np.array([levels.index(v) for v in values])
        basis = zero_sum_basis(len(levels))
        blocks.append(basis[rows])
        labels += [f"{column}[{i}]" for i in range(basis.shape[1])]
    columns = np.concatenate(blocks, axis=1) if blocks else np.zeros((len(streams.patterns), 0))
    if not columns.shape[1]:
        return None
    return ByPattern("covariates", np.ascontiguousarray(columns), priors.covariate, tuple(labels))
