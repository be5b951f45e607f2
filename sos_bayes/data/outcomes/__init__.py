"""What is counted, among whom, and which way is better: one outcome a file."""

from sos_bayes.data.outcomes.aim import Aim
from sos_bayes.data.outcomes.binary import Binary
from sos_bayes.data.outcomes.continuous import Continuous
from sos_bayes.data.outcomes.count import Count
from sos_bayes.data.outcomes.described import Denominator, Family, Missing
from sos_bayes.data.outcomes.duration import Duration
from sos_bayes.data.outcomes.nested import Nested
from sos_bayes.data.outcomes.ordinal import Ordinal
from sos_bayes.data.outcomes.window import Window

Outcome = Binary | Count | Ordinal | Continuous | Duration


def is_outcome(value: object) -> bool:
    """Whether something is an outcome of any kind."""
    return isinstance(value, Outcome)


def noun(outcome: Outcome) -> str:
    """What an outcome's denominator counts, in the plural.

    Examples
    --------
    >>> noun(Binary("again", aim=Aim.FEWER, worthwhile=0.01, label="re-referral"))
    'children'
    """
    return outcome.children if isinstance(outcome, Continuous) else outcome.unit


__all__ = [
    "Aim",
    "Binary",
    "Continuous",
    "Count",
    "Denominator",
    "Duration",
    "Family",
    "Missing",
    "Nested",
    "Ordinal",
    "Outcome",
    "Window",
    "is_outcome",
    "noun",
]
