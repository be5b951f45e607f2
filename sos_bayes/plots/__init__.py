"""Figures: each function returns a matplotlib Figure and shows or saves nothing."""

from sos_bayes.plots.authorities import authorities as authorities
from sos_bayes.plots.authorities import authorities_alt as authorities_alt
from sos_bayes.plots.balance import balance as balance
from sos_bayes.plots.balance import balance_alt as balance_alt
from sos_bayes.plots.event_study import event_study as event_study
from sos_bayes.plots.event_study import event_study_alt as event_study_alt
from sos_bayes.plots.heterogeneity import heterogeneity as heterogeneity
from sos_bayes.plots.heterogeneity import heterogeneity_alt as heterogeneity_alt
from sos_bayes.plots.path import path as path
from sos_bayes.plots.path import path_alt as path_alt
from sos_bayes.plots.predictive import predictive as predictive
from sos_bayes.plots.predictive import predictive_alt as predictive_alt
from sos_bayes.plots.style import to_svg as to_svg
from sos_bayes.plots.subgroups import subgroups as subgroups
from sos_bayes.plots.subgroups import subgroups_alt as subgroups_alt

__all__ = [
    "authorities",
    "authorities_alt",
    "balance",
    "balance_alt",
    "event_study",
    "event_study_alt",
    "heterogeneity",
    "heterogeneity_alt",
    "path",
    "path_alt",
    "predictive",
    "predictive_alt",
    "subgroups",
    "subgroups_alt",
    "to_svg",
]
