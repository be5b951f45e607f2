"""How well adopters delivered the practice: scores laid out on cells, and what may have been behind them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError, nearest
from sos_bayes.designs import Layout

SAMPLES = 12  # of delivery, given scores
LEAST = 0.02


def curved(layout: Layout, z: Floats, power: float) -> Floats:
    """Doses of exposed cells: what a power of the score makes of full delivery."""
    return np.where(layout.treated, layout.dose * np.maximum(z, LEAST) ** power, layout.dose)


def scores_on(layout: Layout, scores: Mapping[str, float | Mapping[object, float]]) -> Floats:
    """Lay scores out by authority and period, (A, T); zero where nobody is exposed.

    Raises
    ------
    DesignError
        If an adopter has no score, a name is not an adopter's, or a score lies outside 0 to 1.
    """
    cells = layout.cells
    out = np.zeros(layout.shape[:2])
    known = {cells.authorities[a] for a in layout.adopters}
    for name in scores:
        if name not in known:
            raise DesignError(f"{name!r} is not among the adopters.{nearest(str(name), sorted(known))}", where="scores")
    for a in layout.adopters:
        given = scores.get(cells.authorities[a])
        if given is None:
            raise DesignError(
                f"{cells.names[a]} has no score.", where="scores", cure="Score every adopter, or leave it out."
            )
        for t in np.flatnonzero(layout.treated[a]):
            if isinstance(given, Mapping):
                label = cells.calendar.labels[t]
                value = given.get(label, given.get(int(label) if label.isdigit() else label))
            else:
                value = given
            if value is None:
                raise DesignError(f"{cells.names[a]} has no score in {cells.calendar.labels[t]}.", where="scores")
            refuse_outside(value, cells.names[a])
            out[a, t] = value
    return out


def refuse_outside(value: object, where: str) -> None:
    """Refuse a score that does not lie from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise DesignError(f"A score of {value!r} does not lie from 0 to 1.", where=where, cure="Rescale scores.")


def delivered(layout: Layout, observed: Floats, error_sd: float, seed: int) -> list[Floats]:
    """Delivery (A, T) drawn given scores: one error an authority, drawn towards the mean of all as errors ask for."""
    rng = np.random.default_rng([seed, 19])
    means = np.array([observed[a][layout.treated[a]].mean() for a in layout.adopters])
    spread = max(float(means.var(ddof=1)) - error_sd**2, 0.01) if len(means) > 1 else 0.0625
    kept = spread / (spread + error_sd**2)
    centre = means.mean() + kept * (means - means.mean())
    drawn = []
    for _ in range(SAMPLES):
        moved = np.zeros(layout.shape[0])
        noise = np.sqrt(kept) * error_sd * rng.standard_normal(len(means))
        moved[layout.adopters] = centre + noise - means
        drawn.append(np.where(layout.treated, np.clip(observed + moved[:, None], LEAST, 1.0), 0.0))
    return drawn
