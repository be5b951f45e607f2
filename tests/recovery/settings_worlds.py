"""Every setting of the calibration, by name: what is drawn, what is promised there, and what was published before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from zlib import crc32

from sos_bayes.designs import DiD, Layout, layout_of
from sos_bayes.simulation import WORLDS, Scenario, World, made_up_numbers, made_up_world
from tests.recovery.settings import EFFECTS, NULLS
from tests.recovery.settings_scales import scales

type Drawn = tuple[Layout, float]  # cells with the rollout on them, and the true effect
NULL_REPLICATES, EFFECT_REPLICATES = 1_000, 400
FIRST_SEED = 40_000_000


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of a page.

    Parameters
    ----------
    name : str
    draw : callable
        Layout and truth of a seed.
    group : str
        ``"exchangeable"``, ``"effects"``, or a kind of world.
    null : bool
        Whether nothing happened, so that a grade of moderate or better is false.
    limit : float or None
        What the one-sided 95 % upper limit of moderate or better may be.
    covers : bool
        Whether 90 % intervals are promised to hold the truth, .86 to .94.
    power : float or None
        How often moderate or better is promised.
    before : str
        What was published before this version, with its errors.
    design : DiD
    """

    name: str
    draw: Callable[[int], Drawn]
    group: str
    null: bool = True
    limit: float | None = None
    covers: bool = False
    power: float | None = None
    before: str = ""
    design: DiD = field(default_factory=DiD)

    @property
    def replicates(self) -> int:
        """How many are asked for."""
        return NULL_REPLICATES if self.null else EFFECT_REPLICATES

    @property
    def first_seed(self) -> int:
        """First of its seeds: its own, whatever other settings there are."""
        return FIRST_SEED + 10_000 * (crc32(self.name.encode()) % 100_000)


def of_world(seed: int, world: World | str, named: bool = False, effect: float | None = None) -> Drawn:
    """Lay out one made-up England."""
    made = made_up_world(world, effect=effect, seed=seed)
    own = made.clusters is None  # authorities that belong to nothing are said to stand for themselves
    clusters = made.cells.authorities if own else made.clusters if named else None
    return layout_of(replace(made.cells, clusters=clusters), made.rollout), made.truth.satt


def of_numbers(seed: int, **settings: Any) -> Drawn:
    """Lay out one table of plain numbers."""
    made = made_up_numbers(seed=seed, **settings)
    return layout_of(made.cells, made.rollout), made.effect


def _plain(settings: dict[str, Any]) -> Callable[[int], Drawn]:
    return partial(of_world, world=World(title="", scenario=Scenario(**settings)))


BEFORE = {
    "regions": "declared 22.7 % (3.4), moderate or better 11.3 % (2.6), high 4.7 % (1.7), covers 67 % (3.8)",
    "areas of three authorities": "declared 12 of 40, one high, covers 62 %",
    "quarters, seasons": "declared 16.4 % (3.5), covers 74 % (4.2)",
    "quarters, noise": "declared 12 % (4.6), covers 82 % (5.4)",
    "bad year": "moderate or better 7.3 % (2.1), covers 78 % (3.4), bias -.63 points",
    "dip": "moderate or better 22 % (4.4), covers 67 %, bias -1.18 points",
    "screened denominators": "moderate or better 7 of 10, high 5 of 10",
    "parallel in points, twice": "graded 6 of 10, bias +1.9 points",
    "parallel in points, three times": "graded 6 of 6, one high, bias +3.7 to +4.6 points",
    "start shock": "declared 25 %, moderate or better 5 of 40, covers 65 %",
    "drift": "declared 34 %, moderate or better 7.5 %, high 2.0 %, covers 55 %",
}
_CLUSTERED = (
    "regions",
    "regions, with memory",
    "nine regions",
    "regions, adopters in all",
    "areas of three authorities",
)
_QUARTERS = tuple(name for name in WORLDS if name.startswith(("quarters", "months")))
_BROKEN = {
    "bad year": ("bad years", 0.08),
    "dip": ("bad years", 0.08),
    "dip, the other way": ("bad years", 0.08),
    "screened denominators": ("who is counted", None),
    "parallel in points, twice": ("scale", 0.08),
    "parallel in points, three times": ("scale", 0.08),
    "start shock": ("start", 0.08),
    "adopters falling": ("drift", None),
    "drift": ("drift", 0.10),
}
_POWER = {"2 pp": 0.40, "3 pp": 0.75, "5 pp": 0.95}


def _world(name: str, group: str, limit: float | None, covers: bool = False) -> Setting:
    return Setting(name, partial(of_world, world=name), group, True, limit, covers, before=BEFORE.get(name, ""))


def _settings() -> list[Setting]:
    """All settings, those of the published page first."""
    found = [Setting(f"null: {k}", _plain(v), "exchangeable", True, 0.06, True) for k, v in NULLS.items()]
    for name, v in EFFECTS.items():
        found.append(Setting(f"effect: {name}", _plain(v), "effects", False, None, True, _POWER.get(name)))
    for name, draw, design, null in scales():
        limit = 0.06 if null else None
        found.append(Setting(name, draw, "scales", null, limit, True, design=design))
    for name in _CLUSTERED:
        said = BEFORE.get(name, "")
        found.append(_world(name, "clusters not named", 0.10))
        named = partial(of_world, world=name, named=True)
        found.append(Setting(f"{name}, named", named, "clusters named", True, 0.06, True, before=said))
        strong = partial(of_world, world=name, named=True, effect=-0.03)
        found.append(Setting(f"{name}, named: 3 pp", strong, "effects", False, None, True))
    found += [_world(name, "quarters", 0.08, covers=True) for name in _QUARTERS]
    for name in _QUARTERS:
        found.append(
            Setting(f"{name}: 3 pp", partial(of_world, world=name, effect=-0.03), "effects", False, None, True)
        )
    found += [_world(name, *of) for name, of in _BROKEN.items()]
    drawn_effects = {"heterogeneity"}  # an effect differs from nothing in every draw
    taken = {*_CLUSTERED, *_QUARTERS, *_BROKEN}
    for name in WORLDS:
        if name not in taken:
            limit = None if name in drawn_effects else 0.06
            found.append(Setting(name, partial(of_world, world=name), "held", limit is not None, limit, True))
    return found + _numbers()


def _numbers() -> list[Setting]:
    nothing = partial(of_numbers, trend=4.0)
    three = partial(of_numbers, effect=-3.0)
    ten = partial(of_numbers, effect=-10.0, adopters=1)
    said = "declared 53 %, covers 20 %"
    return [
        Setting("plain numbers, common trend", nothing, "plain numbers", True, 0.06, True, before=said),
        Setting("plain numbers, 3 sds", three, "plain numbers", False, None, True, before="2.27 (.27), covers 0 of 6"),
        Setting("plain numbers, 10 sds in one", ten, "plain numbers", False, None, True, before=".53 (.61)"),
    ]


SETTINGS: dict[str, Setting] = {one.name: one for one in _settings()}
