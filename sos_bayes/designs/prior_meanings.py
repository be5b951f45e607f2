"""What the width of each prior means: what half of it, and nearly all of it, make of a share before anybody has looked.

The table is made from the numbers of `Priors`; the pages print it, and nothing in it is written by hand but the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import expit, logit, ndtri

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["shift", "sd", "ratio", "scatter", "correlation"]
HALF, MOST = 0.5, 0.95


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a prior is of.

    Attributes
    ----------
    variable : str
        What it is called in the readable model and in a fit's posterior.
    kind : str
        A ``shift`` of the predictor, normal around zero; the ``sd`` of such shifts, half-normal; the log of a ``ratio``
        of sds; the sd of what multiplies a rate, ``scatter``; the root of the odds of a ``correlation``.
    words : str
    """

    variable: str
    kind: Kind
    words: str


MEANINGS = {
    "effect_sd": Meaning("mu_tau", "shift", "average effect of the rollout"),
    "heterogeneity": Meaning("omega", "sd", "how far adopters' effects lie from their average"),
    "lag_step": Meaning("sd_step", "sd", "change of the effect from one year to the next"),
    "shock": Meaning("sd_shock", "sd", "what a year brings to one authority alone"),
    "adopter_scale": Meaning("log_adopter_scale", "ratio", "adopters' shocks against comparators'"),
    "authority": Meaning("spread", "sd", "how far authorities lie apart, levels and slow shocks together"),
    "level_gap": Meaning("ever", "shift", "adopters' level against comparators', before any effect"),
    "period": Meaning("period_effect", "shift", "what a period brings to everybody"),
    "covariate": Meaning("covariate_effect", "shift", "a contrast of a covariate's levels"),
    "baseline": Meaning("sd_baseline", "sd", "what a period brings for one sd of a number before the start"),
    "intercept": Meaning("intercept", "shift", "overall level, around even odds"),
    "cutpoint": Meaning("cutpoints", "shift", "where a level of an Ordinal begins, before sorting"),
    "overdispersion": Meaning("overdispersion", "scatter", "what multiplies the rate of one cell"),
    "extra_binomial": Meaning("overdispersion", "correlation", "two children of one cell"),
    "trend": Meaning("sd_trend", "sd", "an authority's own trend, a year"),
    "lead": Meaning("sd_lead", "sd", "adopters' departures in periods before their start"),
    "cohort": Meaning("sd_cohort", "sd", "effects of adopters that started together"),
    "vary": Meaning("sd_vary", "sd", "how far subgroups' effects lie from their average"),
    "stream_level": Meaning("sd_stream_level", "sd", "an authority's level in one subgroup against its others"),
    "stream_shock": Meaning("sd_stream", "sd", "what a year brings to one subgroup of one authority"),
    "cluster_shock": Meaning("sd_cluster", "sd", "what a year brings to all authorities of a cluster"),
    "season": Meaning("sd_season", "sd", "an authority's own seasons"),
    "noise": Meaning("sd_noise", "sd", "what a period shorter than a year brings, gone in the next"),
}


def prior_table(widths: Mapping[str, float], base: float) -> pd.DataFrame:
    """One row a prior, by its name in `Priors`; see `Priors.to_frame`."""
    import pandas as pd

    rows = []
    for name, scale in widths.items():
        meaning = MEANINGS[name]
        shape = "normal" if meaning.kind in ("shift", "ratio") else "half-normal"
        half, most = (_said(meaning, scale, part, base) for part in (HALF, MOST))
        rows.append(
            {
                "prior": name, "of": meaning.variable, "meaning": meaning.words, "shape": f"{shape}({scale:g})",
                "half": half, "most": most,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def reach(scale: float, part: float) -> float:
    """Distance from zero within which a normal of this sd holds a part of its mass; of a half-normal, its quantile.

    Examples
    --------
    >>> round(reach(0.5, 0.95), 2)
    0.98
    """
    return float(scale * ndtri(0.5 + part / 2))


def _said(meaning: Meaning, scale: float, part: float, base: float) -> str:
    far = reach(scale, part)
    if meaning.kind == "ratio":
        return f"{np.exp(-far):.2f} to {np.exp(far):.2f} times"
    if meaning.kind == "scatter":
        return f"up to an sd of {100 * far:.0f} % of the rate"
    if meaning.kind == "correlation":
        return f"a correlation up to {far**2 / (1 + far**2):.3f}"
    centre = 0.5 if meaning.variable in ("intercept", "cutpoints") else base
    low, high = (_share(expit(logit(centre) + sign * far)) for sign in (-1, 1))
    return f"{low} to {high}" if meaning.kind == "shift" else f"one sd up to {far:.2f}: {low} to {high}"


def _share(value: float) -> str:
    percent = 100 * value
    if percent < 0.1:
        return "below 0.1 %"
    return "above 99.9 %" if percent > 99.9 else f"{percent:.1f} %"
