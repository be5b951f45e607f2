"""The grading rule as data: named, versioned, and the same for every outcome."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sos_bayes._core.errors import SosBayesError
from sos_bayes.evidence.strength import Strength


@dataclass(frozen=True, slots=True)
class Steps:
    """What a figure must reach for each strength; None asks nothing of that strength.

    Examples
    --------
    >>> Steps(0.95, 0.975, 0.995).moderate
    0.975
    """

    low: float | None
    moderate: float | None
    high: float | None

    def __post_init__(self) -> None:
        asked = [s for s in (self.low, self.moderate, self.high) if s is not None]
        if asked != sorted(asked):
            raise SosBayesError(f"Thresholds {asked} fall: a higher strength must not ask for less.")


NOTHING = Steps(None, None, None)


@dataclass(frozen=True, slots=True)
class Rule:
    """A complete grading rule.

    Attributes
    ----------
    name, version : str
    direction, population, size, specification, sceptical, drift, weighting : Steps
        Probabilities: of the SATT's direction; of the direction in the population (``mu_tau``); that the
        effect exceeds the worthwhile change; the lowest over other specifications and left-out adopters;
        under the sceptical prior; with adopters drifting; with adopters weighted equally.
    adopters, effective_adopters, comparators, periods_before : Steps
        Numbers that cap the strength.
    null_finding, null_variants : Steps
        P(|SATT| below the worthwhile change) under a flat prior, in the default model and at worst over variants.
    denominator_small, denominator_large : float
        Where practice decides who is counted: at most moderate unless P(change below 5 %) reaches the first, at
        most low if P(change above 10 %) reaches the second.
    unclustered, shared_shocks : Strength
        Highest strength where it was not said what authorities belong to, and where they were seen to move together by
        a chance of ``shared_from`` or less and nothing says with whom.
    zeros_adopters, zeros_comparators, zeros_few : Strength
        Highest strength where chance cannot explain zeros of adopters, of a tenth or more of the comparators only, or
        of fewer of them.
    denominator_contradicted : float or None
        Where the denominator is said to be the population's: at most moderate if P(change above 5 %) reaches it, at
        most low if P(change above 10 %) reaches ``denominator_large``. None looks at it only where practice is said to
        decide.
    denominator_seen : float
        P(direction of that change) from which on it is seen; one that is not never counts for more than *cannot be
        told*, which where practice decides is at most moderate.
    leads, leads_apart : Steps
        Probabilities of the direction had departures before the start gone on along their line, and where these are
        beyond what nineteen in twenty data sets without any show.
    donut, donut_fallen, points, start_shock, start_shaken : Steps
        Probabilities of the direction: without the adopters' last year before their start, and where leaving it out
        moves the answer towards zero by ``donut_fall`` of its sd or more; had adopters changed as comparators did in
        points; had they taken the steps that comparators took at the start, and where with probability
        ``shaken_from`` or more these were larger than at other times. A rule may ask nothing of them.
    subgroup : Strength
        Highest strength for the effect in one of several subgroups.
    years_before : Steps
        Years of data before its start that the adopter with the fewest has: three quarters are not three years.
    uncalibrated : Strength
        Highest strength of a design for which nobody has measured how often the rule is wrong: a model of one's own.
    """

    name: str
    version: str
    direction: Steps
    population: Steps
    size: Steps
    specification: Steps
    sceptical: Steps
    drift: Steps
    weighting: Steps
    adopters: Steps
    effective_adopters: Steps
    comparators: Steps
    periods_before: Steps
    null_finding: Steps
    null_variants: Steps
    denominator_small: float
    denominator_large: float
    subgroup: Strength = Strength.MODERATE
    unclustered: Strength = Strength.HIGH
    shared_shocks: Strength = Strength.HIGH
    shared_from: float = 0.0
    zeros_adopters: Strength = Strength.HIGH
    zeros_comparators: Strength = Strength.HIGH
    zeros_few: Strength = Strength.HIGH
    denominator_contradicted: float | None = None
    denominator_seen: float = 0.0
    years_before: Steps = Steps(None, None, None)
    leads: Steps = NOTHING
    leads_apart: Steps = NOTHING
    donut: Steps = NOTHING
    donut_fallen: Steps = NOTHING
    donut_fall: float = 0.0
    points: Steps = NOTHING
    start_shock: Steps = NOTHING
    start_shaken: Steps = NOTHING
    shaken_from: float = 0.0
    uncalibrated: Strength = Strength.LOW


SOS_DEFAULT_1 = Rule(
    name="sos_default",
    version="1",
    direction=Steps(0.95, 0.975, 0.995),
    population=Steps(None, 0.95, 0.99),
    size=Steps(None, 0.50, 0.95),
    specification=Steps(None, 0.80, 0.90),
    sceptical=Steps(None, 0.90, 0.95),
    drift=Steps(None, 0.95, 0.975),
    weighting=Steps(None, 0.80, 0.80),
    adopters=Steps(None, 2, 5),
    effective_adopters=Steps(None, 1.8, 4.5),
    comparators=Steps(None, 5, 10),
    periods_before=Steps(None, 2, 3),
    null_finding=Steps(0.80, 0.90, 0.975),
    null_variants=Steps(0.70, 0.80, 0.90),
    denominator_small=0.90,
    denominator_large=0.50,
)

SOS_DEFAULT = replace(
    SOS_DEFAULT_1,
    version="2",
    years_before=Steps(None, 2, 3),
    unclustered=Strength.MODERATE,
    shared_shocks=Strength.LOW,
    shared_from=0.05,
    zeros_adopters=Strength.NONE,
    zeros_comparators=Strength.LOW,
    zeros_few=Strength.MODERATE,
    denominator_contradicted=0.80,
    denominator_seen=0.975,
    leads=Steps(None, 0.85, 0.90),
    leads_apart=Steps(None, 0.95, 0.975),
    donut=Steps(None, 0.80, 0.90),
    donut_fallen=Steps(None, 0.99, 0.995),
    donut_fall=0.5,
    points=Steps(None, 0.95, 0.975),
    start_shock=Steps(None, 0.95, 0.975),
    start_shaken=Steps(None, 0.975, 0.995),
    shaken_from=0.80,
)
