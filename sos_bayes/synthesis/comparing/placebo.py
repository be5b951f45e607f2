"""Placebo in space: donors as if they had started, fitted in the same way, and where the adopter ranks among them.

Two forms. The point form fits everyone by least-squares weights: a second, for every check. The sampled form fits each
donor by the design itself: as many fits as donors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes._core.sealed import sealed
from sos_bayes._core.words import probability
from sos_bayes.checks.fit_under_test import inapplicable
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.data import Rollout
from sos_bayes.designs import layout_of
from sos_bayes.estimands.estimation import estimate
from sos_bayes.synthesis.estimators.point_estimators import synthetic_control
from sos_bayes.synthesis.panel.series import Series
from sos_bayes.synthesis.panel.shrunk_cells import known_of
from sos_bayes.synthesis.second_stage.imputed_fit import ImputedFit

if TYPE_CHECKING:
    import pandas as pd

    from sos_bayes.sampling.sampler import Sampler

SETS = 2000  # random sets of donors, where several adopt
NAME, TITLE = "placebo_in_space", "Donors as if they had started"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Placebos:
    """Effects of one adopter and of each donor as if it had started then.

    Attributes
    ----------
    adopter : str
    donors : tuple of str
    effects : ndarray (1 + J,)
        Means of the posterior, natural scale: the adopter's first.
    draws : ndarray (1 + J, S)
        Of each.
    """

    adopter: str
    donors: tuple[str, ...]
    effects: Floats
    draws: Floats

    @property
    def rank(self) -> int:
        """Place of the adopter's effect by size, 1 for the largest."""
        return 1 + int((np.abs(self.effects[1:]) >= abs(self.effects[0])).sum())

    @property
    def p(self) -> float:
        """Share of authorities, the adopter among them, with an effect at least as large: never below ``floor``."""
        return self.rank / len(self.effects)

    @property
    def floor(self) -> float:
        """The smallest that `p` can be, 1 / (J + 1)."""
        return 1 / len(self.effects)

    @property
    def p_largest(self) -> float:
        """Posterior probability that the adopter's effect is larger than every donor's."""
        size = np.abs(self.draws)
        return float((size[0] > size[1:].max(axis=0)).mean())

    def to_frame(self) -> pd.DataFrame:
        """One row an authority, largest effect first."""
        import pandas as pd

        table = pd.DataFrame(
            {
                "authority": (self.adopter, *self.donors),
                "effect": self.effects,
                "adopter": [True] + [False] * len(self.donors),
            }
        )
        return table.sort_values("effect", key=abs, ascending=False, ignore_index=True)

    def __repr__(self) -> str:
        p = f"p {self.p:.3f} (floor {self.floor:.3f})"
        return f"<Placebos: {self.adopter} ranks {self.rank} of {len(self.effects)}, {p}>"


@sealed
def placebo_in_space(fit: ImputedFit, *, sampler: Sampler | None = None) -> Placebos:
    """Fit every donor as if it had started with the adopter, by the fit's own design.

    Parameters
    ----------
    fit : ImputedFit
        With one adopter.
    sampler : Sampler, optional
        Of the placebo fits: by default two chains of 500 draws.

    Raises
    ------
    DesignError
        If there are several adopters, or fewer than three donors.

    Examples
    --------
    >>> placebo_in_space(result)  # doctest: +SKIP
    <Placebos: California ranks 3 of 39, p 0.077 (floor 0.026)>
    """
    from sos_bayes.sampling.sampler import Sampler

    series = fit.series
    if series.adopters != 1 or series.donors < 3:
        raise DesignError(
            f"There are {series.adopters} adopters and {series.donors} donors.",
            cure="Sampled placebos are for one adopter and three donors or more; check(fit) ranks several adopters.",
        )
    sampler = sampler or Sampler(draws=500, tune=500, chains=2, target_accept=0.95, progress=False)
    cells = fit.layout.cells
    pool = [cells.authorities[a] for a in series.rows[1:]]
    start = cells.calendar.labels[int(series.starts[0])]
    design = replace(fit.design, donors=())
    draws = [estimate(fit).draws.ravel()]
    for name in pool:
        layout = layout_of(cells.of(pool), Rollout({name: start}))
        draws.append(estimate(design.sampled(layout, fit.seed, sampler)).draws.ravel())
    size = min(map(len, draws))
    kept = np.stack([d[np.linspace(0, len(d) - 1, size).astype(int)] for d in draws])
    return Placebos(series.names[0], series.names[1:], np.array([d.mean() for d in draws]), kept)


def point_placebos(fit: ImputedFit) -> CheckResult:
    """Rank adopters' mean effect among random sets of donors with the same starts, all by least-squares weights."""
    series = fit.series
    if series.donors < max(3, series.adopters + 1):
        return inapplicable(NAME, TITLE, "there are too few donors to stand in for adopters.")
    intercept = getattr(fit.design, "intercept", True)
    own, theirs = _point_effects(series, intercept=intercept)
    if series.adopters == 1:
        sets = theirs[:, 0]
    else:
        rng = np.random.default_rng([fit.seed, 19])
        order = np.argsort(rng.random((SETS, series.donors)), axis=1)[:, : series.adopters]
        sets = theirs[order, np.arange(series.adopters)].mean(axis=1)
    effect = float(own.mean())
    rank = 1 + int((np.abs(sets) >= abs(effect)).sum())
    p, floor = rank / (len(sets) + 1), 1 / (len(sets) + 1)
    numbers = (("rank", float(rank)), ("of", len(sets) + 1.0), ("p", p), ("floor", floor), ("effect", effect))
    among = "donors" if series.adopters == 1 else "random sets of donors"
    sentence = (
        f"Fitted in the same way (least-squares weights), the effect ranks {rank} of {len(sets) + 1} among {among} as "
        f"if they had started: {probability(p)} of one as large by chance; the smallest possible is {floor:.3f}."
    )
    return CheckResult(NAME, TITLE, State.REPORTED, numbers, sentence)


def _point_effects(series: Series, *, intercept: bool) -> tuple[Floats, Floats]:
    """Mean gaps on the natural scale of adopters (K,), and of donors as if they had started with each, (J, K)."""
    values, k = known_of(series).centre, series.adopters
    pool = values[k:].T
    mean = series.family.mean

    def gap(target: Floats, donors: Floats, start: int) -> float:
        fitted = synthetic_control(target, donors, start, intercept=intercept)
        return float((mean(target[start:]) - mean(target[start:] - fitted.gaps[start:])).mean())

    treated = np.where(series.seen[:k], series.value[:k], values[:k])
    starts = [int(s) for s in series.starts]
    own = np.array([gap(treated[a], pool, starts[a]) for a in range(k)])
    by_start = {
        s: [gap(pool[:, j], np.delete(pool, j, axis=1), s) for j in range(pool.shape[1])] for s in sorted(set(starts))
    }
    return own, np.array([by_start[s] for s in starts]).T
