"""From tables to exact counts: outcomes, calendars, rollouts, children, authorities, cells."""

from sos_bayes.data.authorities.authority_list import authorities_of
from sos_bayes.data.authorities.panel import Panel, read_panel
from sos_bayes.data.cells.cells import Cells
from sos_bayes.data.cells.count_intervals import Intervals
from sos_bayes.data.children.cohort import Cohort, read_cohort
from sos_bayes.data.children.covariates import Bins, Category
from sos_bayes.data.children.quantile_bands import settled
from sos_bayes.data.counting import collapse
from sos_bayes.data.outcomes import (
    Aim,
    Binary,
    Continuous,
    Count,
    Denominator,
    Duration,
    Nested,
    Ordinal,
    Outcome,
    Window,
)
from sos_bayes.data.periods.calendar import Calendar, CalendarKind, PeriodLabel
from sos_bayes.data.published.dfe_conventions import DfE
from sos_bayes.data.rollouts.doses import doses_on
from sos_bayes.data.rollouts.exposure import Exposure
from sos_bayes.data.rollouts.rollout import Rollout, comparable, read_rollout, starts_on

__all__ = [
    "Aim",
    "Binary",
    "Bins",
    "Category",
    "Continuous",
    "Count",
    "Denominator",
    "Duration",
    "Nested",
    "Ordinal",
    "Outcome",
    "Window",
    "Calendar",
    "CalendarKind",
    "PeriodLabel",
    "Exposure",
    "Rollout",
    "doses_on",
    "read_rollout",
    "starts_on",
    "comparable",
    "Cohort",
    "read_cohort",
    "Panel",
    "read_panel",
    "DfE",
    "Cells",
    "Intervals",
    "collapse",
    "settled",
    "authorities_of",
]
