"""What hyperparameters and effects are, in words, and in which unit."""

from __future__ import annotations

from sos_bayes.data import Outcome

SHARE, SCALE = "share", "scale"  # no unit; the predictor's

# name: (unit, meaning)
MEANINGS = {
    "satt": ("outcome", "average effect in the adopting authorities after they started, children weighted equally"),
    "mu_tau": (SCALE, "average effect over the population of adopters"),
    "omega": (SCALE, "sd of authorities' effects around their average"),
    "departure": (SCALE, "an authority's own effect minus the average"),
    "lag_effect": (SCALE, "effect at this time since the start minus its average over time"),
    "sd_step": (SCALE, "sd of the change of the effect from one year to the next"),
    "cohort_effect": (SCALE, "effect of those with this start, at this time since it, minus the common one"),
    "sd_cohort": (SCALE, "sd of the effects of different starts around the common one"),
    "mu_tau_by_stream": (SCALE, "average effect in this subgroup minus the common one"),
    "sd_vary": (SCALE, "sd of subgroups' effects around the common one"),
    "baseline_effect": (SCALE, "what a period adds where this number was one sd higher before the first start"),
    "sd_baseline": (SCALE, "sd of what periods add for one sd of a number before the first start"),
    "slope": (SCALE, "what a score of 1 adds to the effect over a score of 0"),
    "spread": (SCALE, "sd of authorities' levels, lasting and slowly changing together"),
    "sd_authority": (SCALE, "sd of what lasts of authorities' levels"),
    "sd_shock": (SCALE, "sd of a year's innovation of an authority's own shocks"),
    "memory": (SHARE, "where the yearly correlation of shocks lies, from none to the most that the spread allows"),
    "rho": (SHARE, "correlation of an authority's shocks over one year"),
    "log_adopter_scale": (SHARE, "log of how many times as large adopters' shocks are as comparators'"),
    "overdispersion": (SHARE, "how much single cells scatter beyond chance"),
    "variance_within": (SHARE, "variance of children within a cell, in units of the pooled one"),
    "sd_within": (SHARE, "sd of children within a cell, in units of the pooled one"),
    "sd_trend": (SCALE, "sd of authorities' own yearly trends"),
    "sd_lead": (SCALE, "sd of adopters' departures before their start"),
    "sd_season": (SCALE, "sd of authorities' own seasons"),
    "sd_noise": (SCALE, "sd of what one period has for itself and the next has not"),
    "sd_cluster": (SCALE, "sd of a year's innovation of shocks that a cluster shares"),
    "sd_stream": (SCALE, "sd of a year's innovation of each subgroup's own shocks"),
    "sd_stream_level": (SCALE, "sd of authorities' lasting departures in a subgroup"),
}
UNITS = {"log_odds": "log-odds", "log_rate": "log-rate", "mean_in_sds": "pooled sds"}
OF_THE_FIRST_STAGE = (SCALE, "learnt from donors by the first stage")


def meaning_of(name: str, outcome: Outcome) -> tuple[str, str]:
    """Unit and meaning of a variable.

    Examples
    --------
    >>> from sos_bayes.data import Aim, Binary
    >>> outcome = Binary("again", aim=Aim.FEWER, worthwhile=0.01, label="re-referral")
    >>> meaning_of("omega", outcome)
    ('log-odds', "sd of authorities' effects around their average")
    """
    unit, meaning = MEANINGS.get(name, OF_THE_FIRST_STAGE)
    if unit == "outcome":
        return outcome.change_unit, meaning
    return (UNITS[outcome.predictor] if unit == SCALE else ""), meaning


def factor_of(name: str, outcome: Outcome) -> float:
    """What draws are multiplied by for their unit."""
    return outcome.factor if name == "satt" else 1.0
