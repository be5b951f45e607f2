"""Small-number control: what may be printed, and how, when numbers of children stand behind it."""

from sos_bayes.disclosure.rules import SAFE as SAFE
from sos_bayes.disclosure.rules import Rules as Rules
from sos_bayes.disclosure.tables import protect as protect
from sos_bayes.disclosure.tables import release as release
from sos_bayes.disclosure.tables import suppress as suppress

__all__ = ["SAFE", "Rules", "protect", "release", "suppress"]
