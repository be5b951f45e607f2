"""Difference-in-differences in a hierarchy: authorities, periods, lag profile and authority-by-period shocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from sos_bayes._core.errors import DesignError, nearest
from sos_bayes.data.cells.within_cell_units import is_plain, pooled
from sos_bayes.data.children.covariates import Bins, Covariate, declared, name_of
from sos_bayes.designs import did_terms
from sos_bayes.designs.argument_columns import columns_of, covariates_of, refuse_scored
from sos_bayes.designs.dispersion import scatter_of
from sos_bayes.designs.layout import Layout
from sos_bayes.designs.plain_number_priors import on_scale
from sos_bayes.designs.priors import HalfNormal, Hyper, Normal, Priors, Uniform, positive_number
from sos_bayes.designs.residual_scale import Residual, residual_of
from sos_bayes.designs.streams import (
    Streams,
    band_streams,
    departing,
    lifted,
    lifted_own,
    one_stream,
    own_levels,
    streams_of,
)
from sos_bayes.designs.terms import (
    ByAuthority,
    Model,
    Shared,
    Shocks,
)

SHOCKS = ("ar1", "random_walk")


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
    cohorts : bool or float
        Let adopters that started together have an effect of their own in each period since, beside the profile that
        all share: for effects that differ between early and late adopters. A number is their prior sd, a large one
        pools nothing; True learns it.
    slope : float, optional
        Prior sd of how much more effect a score of 1 has than a score of 0, on the log-odds or log-rate scale; needs
        a layout with scores (`dose_response`).
    baseline : tuple of str
        Columns of a `Panel`: numbers of the authorities, such as deprivation or how many live there. Their mean over
        the periods before the first start is taken, standardised over authorities, and every period may shift
        authorities in proportion to it (one slope for each period, shrunk): for comparisons in which adopters would
        have moved otherwise because they were other places. What does not change over time is in the authorities'
        levels already.
    leads : bool or float
        Let adopters depart in each period before their start (a check; the headline has none). A number is
        the prior sd of every departure; True learns it.

    Raises
    ------
    DesignError
        If ``adjust`` is a bare string or repeats a name, ``priors`` are no `Priors`, or another argument is not one of
        the values allowed.

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
    slope: float | None = None
    cohorts: bool | float = False
    baseline: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "adjust", covariates_of("adjust", self.adjust))
        object.__setattr__(self, "vary_by", covariates_of("vary_by", self.vary_by))
        object.__setattr__(self, "baseline", columns_of("baseline", self.baseline))
        _refuse_priors(self.priors)
        refuse_scored("vary_by", self.vary_by)
        if self.shocks not in SHOCKS:
            raise DesignError(
                f"shocks={self.shocks!r:.60} is not known.{nearest(str(self.shocks), SHOCKS)}",
                where="DiD(shocks=...)",
                cure=f"Use one of {', '.join(SHOCKS)}.",
            )
        if not isinstance(self.trends, bool):
            raise DesignError(f"trends is {self.trends!r:.60}.", where="DiD(trends=...)", cure="Say True or False.")
        for name in ("drift", "slope"):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else positive_number(name, value, "DiD"))
        for name in ("leads", "cohorts"):
            value = getattr(self, name)
            object.__setattr__(self, name, value if isinstance(value, bool) else positive_number(name, value, "DiD"))

    @property
    def columns(self) -> tuple[str, ...]:
        """Covariate columns of child rows that the design needs: those of ``adjust``, then those of ``vary_by``."""
        return tuple(name_of(c) for c in self.covariates)

    @property
    def covariates(self) -> tuple[Covariate, ...]:
        """The same with what is said of each, in the same order."""
        return declared((*self.adjust, *self.vary_by))

    @property
    def scored(self) -> frozenset[str]:
        """Columns of bands that share one slope."""
        return frozenset(c.column for c in self.covariates if isinstance(c, Bins) and c.scored)

    @property
    def varying(self) -> tuple[str, ...]:
        """The columns of ``vary_by``."""
        return tuple(name_of(c) for c in self.vary_by)

    def model(self, layout: Layout) -> Model:
        """Declare the linear predictor for these cells as terms."""
        cells = layout.cells
        if not cells.outcome.measured:
            return self._model(layout, None)
        units = pooled(cells, layout.untouched)
        patterns = did_terms.patterns(one_stream(cells), self.priors, self.scored)
        residual = residual_of(cells, None if patterns is None else patterns.columns, units)
        return replace(self, priors=on_scale(self.priors, units))._model(layout, residual)

    def priors_on(self, layout: Layout) -> Priors:
        """The priors that apply to these cells: of plain numbers, on their scale."""
        if not layout.cells.outcome.measured:
            return self.priors
        return on_scale(self.priors, pooled(layout.cells, layout.untouched))

    def _model(self, layout: Layout, residual: Residual | None) -> Model:
        effect, own = did_terms.effect(layout, self.priors)
        shared = [*did_terms.background(layout, self.priors), *effect]
        by_authority = [did_terms.levels(layout), own, *did_terms.seasons(layout)]
        if self.trends:
            by_authority.append(did_terms.trends(layout))
        if self.drift is not None:
            shared.append(did_terms.drift(layout, self.drift))
        if self.baseline:
            shared.append(did_terms.baseline(layout, self.baseline))
        if self.cohorts:
            shared.extend(did_terms.cohorts(layout, "sd_cohort" if self.cohorts is True else float(self.cohorts)))
        if self.slope is not None:
            shared.append(did_terms.slope(layout, self.slope))
        if self.leads:
            shared.extend(did_terms.leads(layout, "sd_lead" if self.leads is True else float(self.leads)))
        shared.extend(did_terms.cluster_shocks(layout))
        streams = self._streams(layout)
        noisy = did_terms.in_a_year(layout) > 1 and not is_plain(layout.cells)
        if len(streams) > 1:
            shared, by_authority = self._in_streams(shared, by_authority, layout, streams)
        walk, adopting = self.shocks == "random_walk", did_terms.ever(layout)[:, 0] > 0
        scatter = scatter_of(layout.cells, streams, residual, self.priors)
        return Model(
            family=scatter.family,
            shared=tuple(shared),
            by_authority=tuple(by_authority),
            patterns=did_terms.patterns(streams, self.priors, self.scored),
            shocks=Shocks(walk, adopting, layout.cells.calendar.years, len(streams), noisy),
            hypers=(*self._hypers(shared, by_authority, len(streams), noisy), *scatter.hypers),
            slots=streams,
            residual=residual,
            dispersed_by=scatter.root,
            cutpoints=did_terms.cutpoints(layout, self.priors),
        )

    def _streams(self, layout: Layout) -> Streams:
        outcome = layout.cells.outcome
        if self.vary_by and layout.cells.intervals is not None:
            raise DesignError(
                "The effect on counts known by bounds cannot vary by covariates.",
                where=f"vary_by={self.vary_by!r}",
                why="A bound on a sum says nothing of its parts that a model could use part by part.",
                cure="Leave vary_by out, or use rows of children.",
            )
        if not outcome.bands:
            return streams_of(layout.cells, self.varying)
        if self.vary_by:
            raise DesignError(
                "The effect on a Duration varies by band of days already.",
                where=f"DiD(vary_by={self.varying!r})",
                cure="Leave vary_by empty, or take the share done by one day as a Binary.",
            )
        return band_streams(layout.cells, outcome.names)

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

    def _hypers(
        self, shared: list[Shared], by_authority: list[ByAuthority], streams: int, noisy: bool
    ) -> tuple[Hyper, ...]:
        """Hyperparameters that the terms and the shocks name, in one order."""
        p = self.priors
        known = {
            "sd_step": Hyper("sd_step", HalfNormal(p.lag_step)),
            "sd_lead": Hyper("sd_lead", HalfNormal(p.lead)),
            "sd_baseline": Hyper("sd_baseline", HalfNormal(p.baseline)),
            "omega": Hyper("omega", HalfNormal(p.heterogeneity)),
            "sd_cohort": Hyper("sd_cohort", HalfNormal(p.cohort)),
            "sd_trend": Hyper("sd_trend", HalfNormal(p.trend)),
            "sd_vary": Hyper("sd_vary", HalfNormal(p.vary)),
            "sd_stream_level": Hyper("sd_stream_level", HalfNormal(p.stream_level)),
            "sd_cluster": Hyper("sd_cluster", HalfNormal(p.cluster_shock)),
            "sd_season": Hyper("sd_season", HalfNormal(p.season)),
            "sd_noise": Hyper("sd_noise", HalfNormal(p.noise)),
            "sd_stream": Hyper("sd_stream", HalfNormal(p.stream_shock)),
        }
        named = dict.fromkeys(
            [t.sd for t in shared] + [t.sd for t in by_authority] + ["sd_stream"] * (streams > 1) + ["sd_noise"] * noisy
        )
        scales = tuple(known[sd] for sd in named if isinstance(sd, str) and sd in known)
        memory = () if self.shocks == "random_walk" else (Hyper("memory", Uniform()),)
        shocks = (Hyper("spread", HalfNormal(p.authority)), Hyper("sd_shock", HalfNormal(p.shock)))
        return (*scales, *shocks, *memory, Hyper("log_adopter_scale", Normal(p.adopter_scale)))


def _refuse_priors(priors: object) -> None:
    """Refuse priors that are written in another way than as `Priors`."""
    if isinstance(priors, Priors):
        return
    scales = {str(name): value for name, value in priors.items()} if isinstance(priors, Mapping) else {}
    unknown = [name for name in scales if name not in Priors.__slots__]
    told = ", ".join(f"{name}={value!r:.20}" for name, value in scales.items() if name not in unknown)
    known = f" There is no prior {unknown[0]!r}.{nearest(unknown[0], Priors.__slots__)}" if unknown else ""
    raise DesignError(
        f"priors is a {type(priors).__name__} and no Priors.{known}",
        where="DiD(priors=...)",
        cure=f"Write priors=sb.Priors({told or 'effect_sd=0.3'}); what is not named keeps its default.",
    )
