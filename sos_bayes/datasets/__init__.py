"""Real data that come with the library: published English statistics, and two panels that every textbook knows.

Nothing is loaded from a network. Each table says in ``attrs`` where it comes from and under which licence; `licences`
prints them all. No table holds a child's record: those of England are not public.
"""

from sos_bayes.datasets.authorities import attributes, neighbours, ofsted, pilots
from sos_bayes.datasets.classics import basque, california
from sos_bayes.datasets.england import england, measures
from sos_bayes.datasets.shipped import licences

__all__ = ["attributes", "basque", "california", "england", "licences", "measures", "neighbours", "ofsted", "pilots"]
