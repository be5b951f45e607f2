"""Made-up Englands with a known truth: synthetic data for tests, tutorials and calibration, never evidence."""

from sos_bayes.simulation.england import MadeUp, made_up_england, replicates
from sos_bayes.simulation.numbers import MadeUpNumbers, made_up_numbers
from sos_bayes.simulation.pilots import NinePilots, nine_pilots
from sos_bayes.simulation.scenario import Scenario
from sos_bayes.simulation.subgroups import MadeUpSubgroups, made_up_subgroups
from sos_bayes.simulation.truth import Truth
from sos_bayes.simulation.worlds import WORLDS, World, made_up_world

__all__ = [
    "WORLDS",
    "MadeUp",
    "MadeUpNumbers",
    "MadeUpSubgroups",
    "NinePilots",
    "Scenario",
    "Truth",
    "World",
    "made_up_england",
    "made_up_numbers",
    "made_up_subgroups",
    "made_up_world",
    "nine_pilots",
    "replicates",
]
