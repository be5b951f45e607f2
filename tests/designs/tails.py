"""Synthetic measured children with long tails and gross errors, whose rows are read one by one."""

import numpy as np

from sos_bayes.data import Rollout, collapse, read_cohort
from sos_bayes.designs import layout_of
from tests.designs.values import score, values_of


def tailed(*, gross=0, tails="t", degrees=4.0, drawn=3.0, **more):
    """Layout, true SATT in points, and the rows; ``gross`` rows are a hundredfold wrong, tails are ``drawn``."""
    made, truth, rows = values_of(tails=drawn, **more)
    rows = rows.reset_index(drop=True)
    wrong = np.random.default_rng(7).choice(len(rows), gross, replace=False)
    rows.loc[wrong, "score"] *= 100.0
    years = made.cells.calendar.labels
    rollout = Rollout({made.cells.authorities[a]: years[made.starts[a]] for a in made.adopters})
    columns = made.cells.columns
    cells = collapse(read_cohort(rows, authority="la", period="year"), score(tails=tails, degrees=degrees), columns)
    return layout_of(cells, rollout), truth, rows
