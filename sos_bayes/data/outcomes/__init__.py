"""What is counted, among whom, and which way is better: one outcome a file."""

from sos_bayes.data.outcomes.aim import Aim
from sos_bayes.data.outcomes.binary import Binary
from sos_bayes.data.outcomes.count import Count
from sos_bayes.data.outcomes.described import Denominator, Family, Missing
from sos_bayes.data.outcomes.nested import Nested
from sos_bayes.data.outcomes.window import Window

Outcome = Binary | Count

__all__ = ["Aim", "Binary", "Count", "Denominator", "Family", "Missing", "Nested", "Outcome", "Window"]
