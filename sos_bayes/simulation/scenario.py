"""What a made-up England is like: sizes, noise, who adopts when, and the effect put in."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal

from sos_bayes._core.errors import DesignError

type Starts = Literal["common", "staggered"] | int | tuple[int, ...]
type Shape = Literal["constant", "grow", "fade", "delayed"]
type Family = Literal["binomial", "poisson"]
type Period = Literal["year", "quarter", "month"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "shape": ("constant", "grow", "fade", "delayed"),
    "family": ("binomial", "poisson"),
    "period": ("year", "quarter", "month"),
}
_IN_A_YEAR = {"year": 1, "quarter": 4, "month": 12}
_NOT_NEGATIVE = ("sd_authority", "sd_period", "sd_shock", "sd_trend", "heterogeneity", "size_log_sd", "size_wobble")
_POSITIVE = ("per", "size_median", "adopters_shock_scale")
_FINITE = ("base", "rho", "level_gap", "drift", "effect", *_NOT_NEGATIVE, *_POSITIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """The settings of a made-up England; the defaults are 40 authorities of which 9 adopt half-way through 8 years.

    All standard deviations, gaps and trends are on the scale of the link (log-odds for ``"binomial"``, log rate for
    ``"poisson"``) and *per period*; ``base`` and ``effect`` are on the natural scale.

    Parameters
    ----------
    authorities, adopters, periods : int
        How many there are. The adopters are the first by name.
    starts : "common", "staggered", int or tuple of int
        Position (from 0) of the first period with the rollout: half-way for everyone, drawn from the middle third
        of the periods (never the first two), one position for everyone, or one for each adopter.
    family : "binomial" or "poisson"
        Children with a yes or no, or counts per exposure.
    base : float
        Risk, or rate per `per`, of the average authority in the average period without the rollout.
    per : float
        The unit of a rate, such as 10,000 children; 1 for a risk.
    size_median, size_log_sd, size_min, size_max, size_wobble : float
        Children (or exposure) in an authority and period: log-normal over authorities, times log-normal noise of
        sd `size_wobble` from period to period, clipped and cut to a whole number.
    sd_authority, sd_period : float
        Sd of the authorities' levels, and of the steps of the random walk that all share over periods.
    sd_shock, rho, shock_df
        Marginal sd and lag-1 correlation of each authority's own stationary AR(1) shocks; with `shock_df` their
        innovations are Student-t with these degrees of freedom (above 2), scaled to the same sd.
    adopters_shock_scale : float
        The adopters' shocks are multiplied by this.
    sd_trend : float
        Sd of the authorities' own linear trends.
    drift, level_gap : float
        A linear trend, and a difference in level, that all adopters share whatever the rollout does.
    effect : float
        The SATT without heterogeneity, children-weighted: -0.13 is -13 percentage points; for a count, per `per`.
    heterogeneity : float
        Sd of the adopters' own effects around their mean, on the scale of the link.
    shape : "constant", "grow", "fade" or "delayed"
        How the effect moves with years since the start: the same; 1/3, 2/3, then all of it; times 0.7 a year;
        nothing in the first year. Scaled to a mean of 1 over the treated cells.
    period : "year", "quarter" or "month"
        Labels 2011, 2012, ..., "2011Q1", "2011Q2", ... or "2011-01", "2011-02", ...

    Raises
    ------
    DesignError
        If a setting is out of its range.

    Examples
    --------
    >>> Scenario(adopters=4, effect=-0.02).adopters
    4
    >>> Scenario(adopters=4).start_positions()
    (4, 4, 4, 4)
    """

    authorities: int = 40
    adopters: int = 9
    periods: int = 8
    starts: Starts = "common"
    family: Family = "binomial"
    base: float = 0.15
    per: float = 1.0
    size_median: float = 400.0
    size_log_sd: float = 0.8
    size_min: float = 50.0
    size_max: float = 3000.0
    size_wobble: float = 0.1
    sd_authority: float = 0.35
    sd_period: float = 0.08
    sd_shock: float = 0.15
    rho: float = 0.5
    shock_df: float | None = None
    adopters_shock_scale: float = 1.0
    sd_trend: float = 0.0
    drift: float = 0.0
    level_gap: float = 0.0
    effect: float = 0.0
    heterogeneity: float = 0.0
    shape: Shape = "constant"
    period: Period = "year"

    def __post_init__(self) -> None:
        _require_words(self)
        _require_counts(self)
        _require_ranges(self)

    @property
    def years(self) -> float:
        """Length of one period in years."""
        return 1.0 / self.in_a_year

    @property
    def proportion(self) -> bool:
        """Whether the outcome is a share of trials; it is a rate per exposure otherwise."""
        return self.family == "binomial"

    @property
    def total_name(self) -> str:
        """Column of the denominator."""
        return "trials" if self.proportion else "exposure"

    @property
    def in_a_year(self) -> int:
        """How many periods make a year."""
        return _IN_A_YEAR[self.period]

    @property
    def labels(self) -> tuple[int, ...] | tuple[str, ...]:
        """The periods as they stand in the tables."""
        if self.period == "year":
            return tuple(range(2011, 2011 + self.periods))
        if self.period == "quarter":
            return tuple(f"{2011 + t // 4}Q{t % 4 + 1}" for t in range(self.periods))
        return tuple(f"{2011 + t // 12}-{t % 12 + 1:02d}" for t in range(self.periods))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the authorities, in their sorted order, plainly made up."""
        width = max(3, len(str(self.authorities)))
        return tuple(f"Made-up {a:0{width}d}" for a in range(1, self.authorities + 1))

    def start_positions(self) -> tuple[int, ...] | None:
        """One position for each adopter, or None where they are to be drawn."""
        if self.starts == "staggered":
            return None
        if isinstance(self.starts, tuple):
            return self.starts
        return (self.periods // 2 if self.starts == "common" else int(self.starts),) * self.adopters


def _require(holds: bool, what: str, where: str, cure: str | None = None) -> None:
    if not holds:
        raise DesignError(what, where=f"Scenario({where}=...)", cure=cure)


def _require_words(scenario: Scenario) -> None:
    for name, allowed in _CHOICES.items():
        value = getattr(scenario, name)
        _require(value in allowed, f"{name} is {value!r}.", name, f"Choose one of {', '.join(allowed)}.")


def _require_counts(scenario: Scenario) -> None:
    _require(scenario.periods >= 2, "A rollout needs at least two periods.", "periods")
    within = 1 <= scenario.adopters <= scenario.authorities
    _require(within, "There must be at least one adopter and no more of them than authorities.", "adopters")
    if isinstance(scenario.starts, str):
        _require(scenario.starts in ("common", "staggered"), f"starts is {scenario.starts!r}.", "starts")
        least = 4 if scenario.starts == "staggered" else 2
        _require(scenario.periods >= least, f"Starts that are {scenario.starts} need {least} periods.", "starts")
        return
    positions = scenario.start_positions() or ()
    cure = f"Give {scenario.adopters} positions from 1 to {scenario.periods - 1}."
    _require(len(positions) == scenario.adopters, "There must be one start for each adopter.", "starts", cure)
    inside = all(1 <= start < scenario.periods for start in positions)
    _require(inside, "A start leaves no period before it, or none after.", "starts", cure)


def _require_ranges(scenario: Scenario) -> None:
    for name in _FINITE:
        _require(isfinite(getattr(scenario, name)), f"{name} is not a finite number.", name)
    for name in _NOT_NEGATIVE:
        _require(getattr(scenario, name) >= 0, f"{name} is negative.", name)
    for name in _POSITIVE:
        _require(getattr(scenario, name) > 0, f"{name} is not positive.", name)
    _require(1 <= scenario.size_min <= scenario.size_max, "Sizes need 1 <= size_min <= size_max.", "size_min")
    _require(-1 < scenario.rho < 1, "A stationary shock needs a correlation between -1 and 1.", "rho")
    heavy = scenario.shock_df is None or scenario.shock_df > 2
    _require(heavy, "Shocks need a finite sd: more than 2 degrees of freedom.", "shock_df")
    if scenario.proportion:
        _require(0 < scenario.base < 1, "A risk lies between 0 and 1.", "base")
        _require(scenario.per == 1, "A risk has no unit: leave per at 1.", "per")
    _require(scenario.base > 0, "A rate is positive.", "base")
