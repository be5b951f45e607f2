"""Named worlds that the comparison holds in, or breaks in: a scenario, what disturbs it, and whom practice counts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from sos_bayes._core.errors import DesignError, nearest
from sos_bayes.simulation.disturbances import (
    BadYear,
    Dip,
    Disturbance,
    Factor,
    InPoints,
    LargestAdopt,
    Noise,
    OneHoldsHalf,
    Regions,
    Seasons,
    Step,
)
from sos_bayes.simulation.england import MadeUp, settled
from sos_bayes.simulation.ground import ground_of
from sos_bayes.simulation.scenario import Scenario

STREAMS = 7  # of a plain England; what disturbs it comes after, so that a world without disturbances is that England
MOST = 16  # disturbances of one world


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A kind of England, with no effect unless one is asked for.

    Parameters
    ----------
    title : str
        What a reader sees.
    scenario : Scenario
        Sizes, noise, who adopts when.
    disturbances : tuple of Disturbance
        Changes to the ground, in order, each with its own stream of random numbers.
    screened : float
        Share of the children without an event whom practice no longer counts after an adopter's start.

    Examples
    --------
    >>> WORLDS["dip"].title
    'the last year before the start was bad by .2 log-odds'
    >>> made_up_world("dip", seed=1).truth.satt
    0.0
    """

    title: str
    scenario: Scenario = field(default_factory=Scenario)
    disturbances: tuple[Disturbance, ...] = ()
    screened: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.screened < 1:
            raise DesignError(f"A share of {self.screened} cannot be screened out.", where="World(screened=...)")
        if len(self.disturbances) > MOST:
            raise DesignError(f"A world has at most {MOST} disturbances.", where="World(disturbances=...)")


def made_up_world(world: World | str, *, effect: float | None = None, seed: int = 20180401) -> MadeUp:
    """Draw a made-up England of a named kind, in which the effect of a rollout is known.

    Parameters
    ----------
    world : World or str
        A world, or the name of one in ``WORLDS``.
    effect : float, optional
        The SATT instead of the world's own, which is none: -0.03 is three points fewer.
    seed : int
        The same seed gives the same bytes; without disturbances, those of `made_up_england`.

    Returns
    -------
    MadeUp
        With `clusters` where authorities belong together. Its truth is what the rollout did to children: who is
        screened out of the denominator afterwards is no part of it.

    Raises
    ------
    DesignError
        If there is no such world, or no effect on the scale of the link can give the one asked for.

    Examples
    --------
    >>> made = made_up_world("regions", seed=1)
    >>> made.truth.satt, made.clusters[:2], made.clusters[-1]
    (0.0, ('Region 1', 'Region 1'), 'Region 8')
    >>> round(made_up_world("bad year", effect=-0.02, seed=1).truth.satt, 10)
    -0.02
    """
    kind = _named(world) if isinstance(world, str) else world
    s = kind.scenario if effect is None else replace(kind.scenario, effect=effect)
    drawn = [np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(STREAMS + 1 + MOST)]
    sizes, levels, time, shocks, when, own, counts, screening, *others = drawn
    ground = ground_of(s, sizes, when, (levels, time, shocks))
    for disturbance, rng in zip(kind.disturbances, others, strict=False):
        ground = disturbance.on(ground, s, rng)
    return _screened(settled(s, seed, ground, own, counts), kind.screened, screening)


def _screened(made: MadeUp, share: float, rng: np.random.Generator) -> MadeUp:
    """Take children without an event out of the denominators of exposed cells."""
    if share == 0:
        return made
    exposed = np.arange(made.scenario.periods)[None, :] >= made.start[:, None]
    gone = rng.binomial((made.total - made.events).astype(np.int64), share)
    return replace(made, total=made.total - np.where(exposed, gone, 0.0))


def _named(name: str) -> World:
    if name not in WORLDS:
        raise DesignError(
            f"There is no world {name!r}.{nearest(name, WORLDS)}",
            where="made_up_world(world=...)",
            cure=f"Choose one of {', '.join(WORLDS)}.",
        )
    return WORLDS[name]


def _less_frequent(period: str, periods: int, **noise: float) -> Scenario:
    """Quarters or months with slow shocks: .2, and .9 a year."""
    in_a_year = {"quarter": 4, "month": 12}[period]
    slow = Scenario(
        period=period,  # type: ignore[arg-type]
        periods=periods,
        sd_shock=0.2,
        rho=0.9 ** (1 / in_a_year),
        sd_period=0.08 / in_a_year**0.5,
    )
    return replace(slow, **noise)  # type: ignore[arg-type]


_OWN = Scenario(sd_shock=0.1)
_AREAS = Scenario(authorities=39, sd_shock=0.0)
_QUARTERS = _less_frequent("quarter", 24)
_MONTHS = _less_frequent("month", 48)
_INNOVATIONS = Scenario(sd_shock=0.15 / (1 - 0.5**2) ** 0.5)

WORLDS: dict[str, World] = {
    "regions": World(
        title="eight regions share shocks of sd .15, adopters fill two", scenario=_OWN, disturbances=(Regions(),)
    ),
    "regions, with memory": World(
        title="the same, the regions' shocks with a correlation of .7",
        scenario=_OWN,
        disturbances=(Regions(rho=0.7),),
    ),
    "nine regions": World(title="nine regions, adopters fill two", scenario=_OWN, disturbances=(Regions(9),)),
    "regions, adopters in all": World(
        title="eight regions, adopters spread over all", scenario=_OWN, disturbances=(Regions(spread=True),)
    ),
    "areas of three authorities": World(
        title="three real adopters of thirteen authorities, each cut into three areas with the same shocks",
        scenario=_AREAS,
        disturbances=(Regions(13, rho=0.5, named="Authority"),),
    ),
    "quarters": World(title="24 quarters, slow shocks", scenario=_QUARTERS),
    "quarters, seasons": World(
        title="24 quarters, slow shocks, seasons that differ (sd .15)",
        scenario=_QUARTERS,
        disturbances=(Seasons(),),
    ),
    "quarters, noise": World(
        title="24 quarters, slow shocks, noise by quarter (sd .15)", scenario=_QUARTERS, disturbances=(Noise(),)
    ),
    "quarters, seasons and noise": World(
        title="24 quarters, slow shocks, seasons that differ and noise",
        scenario=_QUARTERS,
        disturbances=(Seasons(), Noise()),
    ),
    "months, seasons and noise": World(
        title="48 months, slow shocks, seasons that differ and noise",
        scenario=_MONTHS,
        disturbances=(Seasons(), Noise()),
    ),
    "bad year": World(
        title="adopters are the top nine by their last year before, plus as much noise", disturbances=(BadYear(),)
    ),
    "dip": World(title="the last year before the start was bad by .2 log-odds", disturbances=(Dip(),)),
    "dip, the other way": World(title="the last year before was good by .2 log-odds", disturbances=(Dip(-0.2),)),
    "screened denominators": World(
        title="practice screens out a fifth of the children who would have had no event", screened=0.2
    ),
    "parallel in points, twice": World(
        title="everybody falls by a point a year, adopters' level is twice as high", disturbances=(InPoints(),)
    ),
    "parallel in points, three times": World(
        title="the same, adopters' level three times as high", disturbances=(InPoints(times=3.0),)
    ),
    "start shock": World(
        title="a lasting step of every authority's own (sd .4) in the year of the start",
        scenario=_INNOVATIONS,
        disturbances=(Step(),),
    ),
    "adopters falling": World(title="adopters fall by two points a year throughout", scenario=Scenario(drift=-0.157)),
    "drift": World(title="adopters drift by .03 log-odds a year", scenario=Scenario(drift=0.03)),
    "base of 1 %": World(title="base of 1 %", scenario=Scenario(base=0.01)),
    "base of 95 %": World(title="base of 95 %", scenario=Scenario(base=0.95)),
    "20 to 20,000 children": World(
        title="denominators from 20 to 20,000",
        scenario=Scenario(size_median=600, size_log_sd=2.0, size_min=20, size_max=20_000),
    ),
    "one holds half": World(title="one adopter with half of the children", disturbances=(OneHoldsHalf(),)),
    "largest adopt": World(title="the largest authorities adopt", disturbances=(LargestAdopt(),)),
    "two adopters": World(title="two adopters", scenario=Scenario(adopters=2)),
    "two years each": World(title="two years before, two after", scenario=Scenario(periods=4)),
    "own slopes": World(title="each authority's own slope, sd .05 a year", scenario=Scenario(sd_trend=0.05)),
    "t2.5 shocks": World(title="shocks of t with 2.5 degrees", scenario=Scenario(shock_df=2.5)),
    "one factor": World(title="one latent factor with loadings of their own", disturbances=(Factor(),)),
    "heterogeneity": World(title="adopters' effects differ by .3 log-odds", scenario=Scenario(heterogeneity=0.3)),
}
