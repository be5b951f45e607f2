"""Nine synthetic pilots: a cohort shaped like the published evaluation, with a known truth.

The shape (nine pilots, 78,000 children, four outcomes, -13 percentage points on kinship placement and nothing on the
rest) is the published one. No child, authority or number in the table is real.

Where the baselines come from
-----------------------------
Read in the Department for Education's published statistics for 2014 to 2017: 82 per cent of assessments end within 45
working days; 35 to 38 per cent of referrals end without further action or in an assessment of no need; 21 to 22 per
cent of children are referred again within 12 months.
Judgements, fixed before any grade was looked at: 13 per cent within six months (about two thirds of those within 12);
one re-referral in five escalates; 22 per cent of the children are looked after (about 80 in an authority and year) and
30 per cent of these are placed with kin; the ages and their small differences.

Where the noise comes from
--------------------------
Sds and correlations of the authorities' yearly shocks, on the log-odds, follow what the published panel shows for
similar measures: timeliness .65, re-referral .25, care entry .2, placements .3 to .4 (kinship takes the upper end, with
a correlation of .7: between the panel's flows, .4 to .6, and its stocks, .9), decisions to take no further action .6
(the lower end). Sds between authorities and the kinship effect's own heterogeneity (.2) are judgements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes.data import Aim, Binary, Rollout
from sos_bayes.simulation.children import made_up_ids
from sos_bayes.simulation.latent import ar1, inverse_logit, logit, solve_increasing, walk
from sos_bayes.simulation.places import PILOTS, PLACES

if TYPE_CHECKING:
    import pandas as pd


CHILDREN = 78_000
YEARS = (2012, 2013, 2014, 2015, 2016, 2017)
START = 2015
KINSHIP_EFFECT = -0.13
SYNTHETIC = "Synthetic data: no child, authority or number in this table is real."

AGES = ("00-04", "05-09", "10-15", "16-17")
_AGE_SHARES = (0.28, 0.27, 0.31, 0.14)
_SEXES = ("female", "male")
_MALE_SHARE = 0.52
_SIZE_LOG_SD, _SIZE_WOBBLE = 0.35, 0.1
_KINSHIP_HETEROGENEITY = 0.2


class _Practice(NamedTuple):
    """How a decision varies: median risk, then sds and correlation on the log-odds, then a shift for each age."""

    risk: float
    sd_authority: float
    sd_period: float
    sd_shock: float
    rho: float
    ages: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


_LOOKED_AFTER = _Practice(0.22, 0.30, 0.05, 0.20, 0.70)
_NO_FURTHER_ACTION = _Practice(0.45, 0.50, 0.05, 0.60, 0.70)
_ASSESSED = _Practice(0.82, 0.50, 0.05, 0.65, 0.45)
_RE_REFERRED = _Practice(0.13, 0.35, 0.05, 0.25, 0.45, (0.10, 0.05, 0.0, -0.30))
_ESCALATED = _Practice(0.20, 0.30, 0.05, 0.30, 0.30)
_KINSHIP = _Practice(0.30, 0.40, 0.05, 0.40, 0.70, (0.25, 0.10, -0.15, -0.40))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NinePilots:
    """A synthetic cohort of 78,000 children in 9 pilot and 27 comparator authorities that do not exist.

    Made by :func:`nine_pilots`.

    Parameters
    ----------
    children : pandas.DataFrame
        One row per synthetic child: authority, period (year ending 31 March), child, age_band, sex,
        assessed_in_45_days, no_further_action, re_referred, escalated, looked_after, kinship. Outcomes of children
        outside their `among` are missing.
    rollout : Rollout
        The nine pilots start in 2015, after three years.
    outcomes : tuple of Binary
        Assessment in time, re-referral, escalation, kinship placement.
    kinship_risks : pandas.DataFrame
        The true risk of kinship placement, without and with the rollout, and the fixed weight of each treated
        cell, by authority, period, age_band and sex.
    seed : int
        The seed it was drawn with.
    """

    children: pd.DataFrame
    rollout: Rollout
    outcomes: tuple[Binary, Binary, Binary, Binary]
    kinship_risks: pd.DataFrame
    seed: int

    def __repr__(self) -> str:
        return (
            f"NinePilots(synthetic: {len(self.children):,} made-up children, {len(PILOTS)} pilots, "
            f"{len(PLACES) - len(PILOTS)} comparators, {len(YEARS)} years, seed {self.seed})"
        )

    @property
    def synthetic(self) -> str:
        """The label that goes wherever these data go."""
        return SYNTHETIC

    @property
    def truth(self) -> dict[str, float]:
        """The true effect on the children who were exposed (SATT, children-weighted), by label of the outcome."""
        risks = self.kinship_risks
        share = risks["weight"] / risks["weight"].sum()
        kinship = float((share * (risks["risk_with"] - risks["risk_without"])).sum())
        return {outcome.label: kinship if outcome.events == "kinship" else 0.0 for outcome in self.outcomes}


def nine_pilots(seed: int = 20180401) -> NinePilots:
    """Draw a synthetic cohort like the published evaluation's: kinship falls by 13 points, nothing else changes.

    Parameters
    ----------
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    NinePilots
        Children, rollout, outcomes and truth, all synthetic.

    Examples
    --------
    >>> nine_pilots()
    NinePilots(synthetic: 78,000 made-up children, 9 pilots, 27 comparators, 6 years, seed 20180401)
    >>> round(nine_pilots().truth["kinship placement"], 10)
    -0.13
    """
    who, looked, closed, assessed, again, worse, kin, own = (
        np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(8)
    )
    cell, age, sex = _draw_children(who)
    looked_after = _happens(looked, _predictor(looked, _LOOKED_AFTER), cell, age)
    no_further_action = ~looked_after & _happens(closed, _predictor(closed, _NO_FURTHER_ACTION), cell, age)
    re_referred = no_further_action & _happens(again, _predictor(again, _RE_REFERRED), cell, age)
    escalated = re_referred & _happens(worse, _predictor(worse, _ESCALATED), cell, age)
    without = _predictor(kin, _KINSHIP)
    weights = _kinship_weights(cell[looked_after], age[looked_after], sex[looked_after])
    push = _kinship_push(own, without, weights)
    flags = {
        "assessed_in_45_days": (_happens(assessed, _predictor(assessed, _ASSESSED), cell, age), None),
        "no_further_action": (no_further_action, None),
        "re_referred": (re_referred, no_further_action),
        "escalated": (escalated, no_further_action),
        "looked_after": (looked_after, None),
        "kinship": (_happens(kin, without + push, cell, age), looked_after),
    }
    table = _table(who.permutation(CHILDREN), cell, age, sex, flags)
    rollout = Rollout(dict.fromkeys(PILOTS, START))
    return NinePilots(table, rollout, _outcomes(), _risks(without, push, weights), seed)


def _outcomes() -> tuple[Binary, Binary, Binary, Binary]:
    return (
        Binary(
            "assessed_in_45_days",
            aim=Aim.MORE,
            worthwhile=0.02,
            label="assessment within 45 working days",
            denominator="by_practice",
        ),
        Binary(
            "re_referred",
            aim=Aim.FEWER,
            worthwhile=0.01,
            label="re-referral within six months",
            among="no_further_action",
        ),
        Binary(
            "escalated",
            aim=Aim.FEWER,
            worthwhile=0.01,
            label="re-referral escalated to a plan or care",
            among="no_further_action",
        ),
        Binary("kinship", aim=Aim.MORE, worthwhile=0.03, label="kinship placement", among="looked_after"),
    )


def _draw_children(rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Cell (authority x period), age and sex of each child; the cells hold CHILDREN exactly."""
    own = np.exp(_SIZE_LOG_SD * rng.standard_normal((len(PLACES), 1)))
    sizes = (own * np.exp(_SIZE_WOBBLE * rng.standard_normal((len(PLACES), len(YEARS))))).ravel()
    wanted = CHILDREN * sizes / sizes.sum()
    count = np.floor(wanted).astype(np.int64)
    count[np.argsort(count - wanted, kind="stable")[: CHILDREN - count.sum()]] += 1
    age = np.searchsorted(np.cumsum(_AGE_SHARES)[:-1], rng.random(CHILDREN))
    sex = (rng.random(CHILDREN) < _MALE_SHARE).astype(np.int64)
    return np.repeat(np.arange(len(count)), count), age, sex


def _predictor(rng: np.random.Generator, practice: _Practice) -> Floats:
    """Log-odds without the rollout: (authority, period, age)."""
    level = practice.sd_authority * rng.standard_normal((len(PLACES), 1))
    shocks = practice.sd_shock * ar1(rng, (len(PLACES), len(YEARS)), practice.rho)
    eta = logit(practice.risk) + level + walk(rng, len(YEARS), practice.sd_period) + shocks
    return np.asarray(eta[:, :, None] + np.array(practice.ages))


def _happens(rng: np.random.Generator, eta: Floats, cell: NDArray[np.int64], age: NDArray[np.int64]) -> Flags:
    risk = inverse_logit(eta).reshape(-1, len(AGES))
    return np.asarray(rng.random(len(cell)) < risk[cell, age])


def _kinship_weights(cell: NDArray[np.int64], age: NDArray[np.int64], sex: NDArray[np.int64]) -> Floats:
    """Treated cells weigh the authority's mean number of such looked-after children before the start."""
    shape = (len(PLACES), len(YEARS), len(AGES), len(_SEXES))
    number = np.zeros(shape)
    np.add.at(number.reshape(-1, len(AGES), len(_SEXES)), (cell, age, sex), 1.0)
    first = YEARS.index(START)
    weights = np.zeros(shape)
    pilots = [PLACES.index(name) for name in PILOTS]
    weights[pilots, first:] = number[pilots, :first].mean(axis=1)[:, None]
    return weights


def _kinship_push(rng: np.random.Generator, without: Floats, weights: Floats) -> Floats:
    """What the rollout adds to the log-odds, (authority, period, 1), so that the SATT is KINSHIP_EFFECT."""
    treated = (weights.sum(axis=(2, 3)) > 0)[:, :, None]
    own = _KINSHIP_HETEROGENEITY * rng.standard_normal((len(PLACES), 1, 1))
    share = weights.sum(axis=3) / weights.sum()

    def satt(mu: float) -> float:
        return float((share * (inverse_logit(without + (mu + own)) - inverse_logit(without))).sum())

    return np.asarray((solve_increasing(satt, KINSHIP_EFFECT) + own) * treated)


def _table(
    order: NDArray[np.int64],
    cell: NDArray[np.int64],
    age: NDArray[np.int64],
    sex: NDArray[np.int64],
    flags: dict[str, tuple[Flags, Flags | None]],
) -> pd.DataFrame:
    import pandas as pd

    cell = cell[order]
    table = pd.DataFrame(
        {
            "authority": np.array(PLACES, dtype=object)[cell // len(YEARS)],
            "period": np.array(YEARS, dtype=np.int64)[cell % len(YEARS)],
            "child": made_up_ids(CHILDREN),
            "age_band": np.array(AGES, dtype=object)[age[order]],
            "sex": np.array(_SEXES, dtype=object)[sex[order]],
        }
    )
    for name, (happened, among) in flags.items():
        missing = np.zeros(CHILDREN, dtype=np.bool_) if among is None else ~among[order]
        table[name] = pd.array(np.where(missing, 0, happened[order]).astype(np.int8), dtype="Int8")
        table.loc[missing, name] = pd.NA
    table.attrs["synthetic"] = SYNTHETIC
    return table


def _risks(without: Floats, push: Floats, weights: Floats) -> pd.DataFrame:
    import pandas as pd

    keys = pd.MultiIndex.from_product([PLACES, YEARS, AGES, _SEXES], names=["authority", "period", "age_band", "sex"])
    columns = {
        "risk_without": inverse_logit(without),
        "risk_with": inverse_logit(without + push),
    }
    spread = {name: np.repeat(values.ravel(), len(_SEXES)) for name, values in columns.items()}
    table = pd.DataFrame({**spread, "weight": weights.ravel()}, index=keys).reset_index()
    table.attrs["synthetic"] = SYNTHETIC
    return table
