"""Figures: each function returns a matplotlib Figure and shows or saves nothing."""

from sos_bayes.plots.authorities import authorities as authorities
from sos_bayes.plots.authorities import authorities_alt as authorities_alt
from sos_bayes.plots.balance import balance as balance
from sos_bayes.plots.balance import balance_alt as balance_alt
from sos_bayes.plots.costs import acceptability as acceptability
from sos_bayes.plots.costs import acceptability_alt as acceptability_alt
from sos_bayes.plots.costs import cost_plane as cost_plane
from sos_bayes.plots.costs import cost_plane_alt as cost_plane_alt
from sos_bayes.plots.event_study import event_study as event_study
from sos_bayes.plots.event_study import event_study_alt as event_study_alt
from sos_bayes.plots.evidence_map import evidence_map as evidence_map
from sos_bayes.plots.evidence_map import evidence_map_alt as evidence_map_alt
from sos_bayes.plots.forest_of_studies import forest_of_studies as forest_of_studies
from sos_bayes.plots.forest_of_studies import forest_of_studies_alt as forest_of_studies_alt
from sos_bayes.plots.funnel import funnel as funnel
from sos_bayes.plots.funnel import funnel_alt as funnel_alt
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
    "acceptability",
    "acceptability_alt",
    "authorities",
    "authorities_alt",
    "balance",
    "balance_alt",
    "cost_plane",
    "cost_plane_alt",
    "event_study",
    "event_study_alt",
    "evidence_map",
    "evidence_map_alt",
    "forest_of_studies",
    "forest_of_studies_alt",
    "funnel",
    "funnel_alt",
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
