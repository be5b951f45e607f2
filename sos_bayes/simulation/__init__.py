"""Made-up Englands with a known truth: synthetic data for tests, tutorials and calibration, never evidence."""

from sos_bayes.simulation.england import MadeUp, made_up_england, replicates
from sos_bayes.simulation.pilots import NinePilots, nine_pilots
from sos_bayes.simulation.scenario import Scenario
from sos_bayes.simulation.subgroups import MadeUpSubgroups, made_up_subgroups
from sos_bayes.simulation.truth import Truth

__all__ = [
    "MadeUp",
    "MadeUpSubgroups",
    "NinePilots",
    "Scenario",
    "Truth",
    "made_up_england",
    "made_up_subgroups",
    "nine_pilots",
    "replicates",
]
