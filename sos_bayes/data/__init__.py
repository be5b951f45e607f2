"""From tables to exact counts: outcomes, calendars, rollouts, children, authorities, cells."""

from sos_bayes.data.calendar import Calendar, CalendarKind, PeriodLabel
from sos_bayes.data.cells import Cells
from sos_bayes.data.cohort import Cohort, read_cohort
from sos_bayes.data.counting import collapse
from sos_bayes.data.covariates import Bins, Category
from sos_bayes.data.dfe import DfE
from sos_bayes.data.doses import doses_on
from sos_bayes.data.exposure import Exposure
from sos_bayes.data.intervals import Intervals
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
from sos_bayes.data.panel import Panel, read_panel
from sos_bayes.data.quantiles import settled
from sos_bayes.data.rollout import Rollout, comparable, read_rollout, starts_on
from sos_bayes.data.who import authorities_of

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
