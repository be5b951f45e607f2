"""Our posterior beside another program's estimate: one quantity a row, the difference in the estimate's own sds.

A flat prior and many rows make a posterior mean and a maximum likelihood estimate the same thing, so designs here are
difference-in-differences whose priors are wide, or so narrow that a part is absent: each is then a model that the other
program fits too. Starts that never were are put into both alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sos_bayes.data import Aim, Cohort, Outcome, Panel, Rollout
from sos_bayes.designs import DiD, Priors
from sos_bayes.fitting import Fit, fit_layout
from sos_bayes.fitting.runs.methods import prepare_layout

Floats = NDArray[np.float64]
BENCHMARKS = Path(__file__).resolve().parents[3] / "shared" / "data" / "benchmarks"
needs_files = pytest.mark.skipif(not BENCHMARKS.is_dir(), reason="the benchmark files are not beside the checkout")
ABSENT = 1e-3
WIDE = Priors(
    effect_sd=10.0, heterogeneity=ABSENT, lag_step=ABSENT, shock=ABSENT, adopter_scale=ABSENT, authority=5.0,
    level_gap=10.0, period=10.0, covariate=10.0, intercept=30.0, cutpoint=10.0, vary=ABSENT, stream_level=ABSENT,
    stream_shock=ABSENT,
)  # fmt: skip
WORDS = {"aim": Aim.FEWER, "worthwhile": 0.01, "label": "benchmark"}
MOST = 0.1  # standard errors


@dataclass(frozen=True, slots=True)
class Agreement:
    """A quantity by another program (``theirs``, its standard error ``sd``) and ours, mean and sd of the posterior.

    ``most`` is how many standard errors apart they may lie. ``alike`` says whether the sds are of the same thing.
    """

    what: str
    theirs: float
    sd: float
    ours: float
    our_sd: float
    most: float = MOST
    alike: bool = True

    @property
    def off(self) -> float:
        """Difference in their standard errors."""
        return (self.ours - self.theirs) / self.sd

    def __str__(self) -> str:
        theirs, ours = f"{self.theirs:.4f} ({self.sd:.4f})", f"{self.ours:.4f} ({self.our_sd:.4f})"
        return f"| {self.what} | {theirs} | {ours} | {self.off:+.2f} |"


def against(
    what: str, theirs: tuple[float, float], draws: Floats, most: float = MOST, *, alike: bool = True
) -> Agreement:
    """Hold draws of any shape against an estimate and its standard error."""
    return Agreement(what, *theirs, float(np.mean(draws)), float(np.std(draws)), most, alike)


def agreeing(found: Iterable[Agreement]) -> None:
    """All as near as they must be, and sds within a tenth of each other where they are of the same thing."""
    found = list(found)
    print(*found, sep="\n")
    assert [str(one) for one in found if not abs(one.off) <= one.most] == []
    assert [str(one) for one in found if one.alike and not 0.9 <= one.our_sd / one.sd <= 1.1] == []


def fitted(data: Cohort | Panel, rollout: Rollout, outcome: Outcome, design: DiD) -> Fit:
    """Fit by the fast route, which must pass its gate."""
    fit = fit_layout(prepare_layout(data, rollout, outcome, design), design, seed=1, n_draws=20_000, fall_back=False)
    assert fit.health.ok, fit.health.reasons
    return fit


def shared(fit: Fit, name: str) -> Floats:
    """Draws (n, m) of a shared term."""
    values = fit.draws.shared[name]
    return np.asarray(values.reshape(-1, values.shape[-1]))


def period_gap(fit: Fit, later: int, earlier: int = 0) -> Floats:
    """Draws of one period's effect minus another's."""
    values = shared(fit, "period")
    return np.asarray(values[:, later] - values[:, earlier])


def covariate_gap(fit: Fit, column: str, level: str, reference: str) -> Floats:
    """Draws of one level of a covariate minus another."""
    cells, patterns = fit.layout.cells, fit.problem.model.patterns
    assert patterns is not None
    own = [i for i, label in enumerate(patterns.labels) if label.startswith(f"{column}[")]
    j = cells.columns.index(column)
    rows = [next(i for i, p in enumerate(cells.patterns) if p[j] == one) for one in (level, reference)]
    contrast = patterns.sd * (patterns.columns[rows[0]] - patterns.columns[rows[1]])[own]
    beta = fit.draws.beta.reshape(-1, fit.draws.beta.shape[-1])
    return np.asarray(beta[:, own] @ contrast)


def cut_gap(fit: Fit, later: int) -> Floats:
    """Draws of a cutpoint minus the lowest."""
    found = fit.problem.model.cutpoints
    assert found is not None
    beta = fit.draws.beta.reshape(-1, fit.draws.beta.shape[-1])[:, -found.basis.shape[1] :]
    return np.asarray(-found.sd * beta @ (found.basis[later] - found.basis[0]))


def in_unit(fit: Fit) -> float:
    """What one step of a measured outcome's predictor is in its unit."""
    return float(fit.problem.family.scale)  # type: ignore[union-attr]
