"""One outcome's average effect on the model's scale, with what its correlation with other outcomes is read from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.sealed import sealed
from sos_bayes.estimands.link_scale import link_averages
from sos_bayes.estimands.weights import child_weights, effective_number, groups_by, normalised
from sos_bayes.families import FAMILIES
from sos_bayes.fitting.posterior.fit_protocol import FitProtocol

FEWEST = 20  # degrees of freedom of two outcomes' common residuals below which no correlation is read from them


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LinkEffect:
    """SATT on the log-odds or log-rate scale, children weighted equally.

    Attributes
    ----------
    mean, sd : float
        Of the posterior.
    prior_sd : float
        Of the same average before the data.
    authorities : tuple of str
        Comparators with data in every period.
    periods : tuple of str
    residuals : ndarray (authority, period)
        How these comparators depart from their own level and from everybody's period: shocks and counting noise
        together, which is what the effect's error is made of.
    """

    mean: float
    sd: float
    prior_sd: float
    authorities: tuple[str, ...]
    periods: tuple[str, ...]
    residuals: Floats

    @property
    def likelihood(self) -> tuple[float, float]:
        """Mean and sd of what the data alone say, the normal prior taken out again."""
        share = max(1 - (self.sd / self.prior_sd) ** 2, 0.1)
        return self.mean / share, self.sd / share**0.5

    def __repr__(self) -> str:
        return f"<LinkEffect {self.mean:.3g} (sd {self.sd:.3g})>"


@sealed
def link_effect(fit: FitProtocol) -> LinkEffect:
    """Read one outcome's average effect on the model's scale from its fit.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    LinkEffect

    Examples
    --------
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_england(seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> found = link_effect(sb.fit(panel, made.rollout, made.outcome, method="fast"))
    >>> found.residuals.shape, found.sd < found.prior_sd
    ((31, 8), True)
    """
    groups = groups_by(fit.layout, None)
    weights = normalised(child_weights(fit.layout), groups)
    draws = link_averages(fit, groups, weights)[..., 0]
    p = fit.priors
    share = float(effective_number(groups.sums(weights))[0])
    prior_sd = float(np.sqrt(p.effect_sd**2 + p.heterogeneity**2 / share))
    names, residuals = _residuals(fit)
    labels = tuple(str(label) for label in fit.layout.cells.calendar.labels)
    return LinkEffect(float(draws.mean()), float(draws.std()), prior_sd, names, labels, residuals)


def _residuals(fit: FitProtocol) -> tuple[tuple[str, ...], Floats]:
    layout = fit.layout
    events, total = (x.sum(axis=2)[layout.comparators] for x in (layout.cells.events, layout.cells.total))
    whole = (total > 0).all(axis=1)
    y, n = events[whole], total[whole]
    names = tuple(layout.cells.authorities[a] for a, w in zip(layout.comparators, whole, strict=True) if w)
    return names, _both_ways(FAMILIES[layout.cells.outcome.family].start(y, n))


def _both_ways(values: Floats) -> Floats:
    """Take out the mean of each row and of each column."""
    if not values.size:
        return values
    rows, columns = values.mean(axis=1, keepdims=True), values.mean(axis=0, keepdims=True)
    return np.asarray(values - rows - columns + values.mean())


def correlation(one: LinkEffect, other: LinkEffect) -> float | None:
    """Correlation of two outcomes' errors, from the comparators that both have; None where there are too few.

    Examples
    --------
    >>> noise = np.random.default_rng(1).standard_normal((2, 9, 6))
    >>> made = [LinkEffect(0, 1, 2, tuple("abcdefghi"), tuple("uvwxyz"), x) for x in (noise[0], noise[0] + noise[1])]
    >>> round(correlation(*made), 1)
    0.7
    """
    names = [a for a in one.authorities if a in other.authorities]
    labels = [t for t in one.periods if t in other.periods]
    if (len(names) - 1) * (len(labels) - 1) < FEWEST:
        return None
    x, y = (
        _both_ways(e.residuals[np.ix_([e.authorities.index(a) for a in names], [e.periods.index(t) for t in labels])])
        for e in (one, other)
    )
    size = np.sqrt((x**2).sum() * (y**2).sum())
    return float((x * y).sum() / size) if size > 0 else None
