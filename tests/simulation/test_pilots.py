"""Nine synthetic pilots: exact totals, honest labels, and a truth that loops confirm."""

from collections import defaultdict
from io import BytesIO

import numpy as np
import pandas as pd
import pytest

from sos_bayes.data import collapse, read_cohort
from sos_bayes.datasets import attributes
from sos_bayes.simulation import NinePilots, nine_pilots
from sos_bayes.simulation.places import COMPARATORS, PILOTS, PLACES


@pytest.fixture(scope="module")
def pilots() -> NinePilots:
    return nine_pilots()


def test_totals_are_exact(pilots: NinePilots) -> None:
    children = pilots.children
    assert len(children) == 78_000
    assert children["child"].is_unique
    assert len(PILOTS) == 9
    assert len(COMPARATORS) == 27
    assert set(children["authority"]) == set(PLACES)
    assert len(children.groupby(["authority", "period"])) == 36 * 6
    assert pilots.rollout.adopters == tuple(sorted(PILOTS))
    assert {str(start) for _, start in pilots.rollout.starts} == {"2015"}
    assert sum(year < 2015 for year in sorted(set(children["period"]))) == 3


def test_outcomes_outside_their_denominator_are_missing(pilots: NinePilots) -> None:
    children = pilots.children
    for outcome in pilots.outcomes:
        missing = children[outcome.events].isna()
        outside = pd.Series(False, index=children.index) if outcome.among is None else children[outcome.among] == 0
        assert (missing == outside).all()
    assert not ((children["looked_after"] == 1) & (children["no_further_action"] == 1)).any()
    again = children[children["no_further_action"] == 1]
    assert (again["escalated"] <= again["re_referred"]).all()


def test_truth_by_brute_force(pilots: NinePilots) -> None:
    children = pilots.children
    before = defaultdict(float)
    looked_after = children[(children["looked_after"] == 1) & (children["period"] < 2015)]
    for child in looked_after.itertuples():
        before[child.authority, child.age_band, child.sex] += 1 / 3
    top = bottom = 0.0
    for row in pilots.kinship_risks.itertuples():
        treated = row.authority in PILOTS and row.period >= 2015
        if treated:
            weight = before[row.authority, row.age_band, row.sex]
            assert row.weight == pytest.approx(weight, abs=1e-9)
            top += weight * (row.risk_with - row.risk_without)
            bottom += weight
        else:
            assert row.risk_with == row.risk_without
            assert row.weight == 0
    assert top / bottom == pytest.approx(-0.13, abs=1e-12)
    assert pilots.truth == {
        "assessment within 45 working days": 0.0,
        "re-referral within six months": 0.0,
        "re-referral escalated to a plan or care": 0.0,
        "kinship placement": pytest.approx(-0.13, abs=1e-12),
    }


def test_children_follow_the_true_risks(pilots: NinePilots) -> None:
    keys = ["authority", "period", "age_band", "sex"]
    looked_after = pilots.children[pilots.children["looked_after"] == 1]
    risk = looked_after[keys].merge(pilots.kinship_risks, on=keys, how="left", validate="many_to_one")
    happened = looked_after["kinship"].to_numpy(dtype=float)
    treated = (risk["weight"] > 0).to_numpy()
    for part in (treated, ~treated):
        p = risk["risk_with"].to_numpy()[part]
        assert abs(happened[part].sum() - p.sum()) < 4 * np.sqrt((p * (1 - p)).sum())
    without = risk["risk_without"].to_numpy()[treated]
    assert happened[treated].sum() - without.sum() < -10 * np.sqrt((without * (1 - without)).sum())


def test_nothing_but_kinship_changes_on_average() -> None:
    columns = ["assessed_in_45_days", "re_referred", "escalated", "looked_after", "no_further_action", "kinship"]
    gaps = []
    for seed in range(24):
        made = nine_pilots(seed).children
        made = made.assign(pilot=made["authority"].isin(PILOTS), after=made["period"] >= 2015)
        rate = made.groupby(["authority", "pilot", "after"])[columns].mean().astype(float)
        change = rate.groupby(["authority", "pilot"]).diff().dropna().groupby("pilot").mean()
        gaps.append((change.loc[True] - change.loc[False]).to_numpy())
    z = np.mean(gaps, axis=0) / (np.std(gaps, axis=0, ddof=1) / np.sqrt(len(gaps)))
    assert (abs(z[:-1]) < 3.5).all()
    assert z[-1] < -20


def test_baselines_are_plausible(pilots: NinePilots) -> None:
    children = pilots.children[~pilots.children["authority"].isin(PILOTS)]
    wanted = {
        "assessed_in_45_days": (0.75, 0.87),
        "no_further_action": (0.28, 0.42),
        "re_referred": (0.10, 0.17),
        "escalated": (0.015, 0.045),
        "looked_after": (0.18, 0.27),
        "kinship": (0.24, 0.36),
    }
    for column, (low, high) in wanted.items():
        assert low < children[column].mean() < high, column


def test_it_collapses_with_every_outcome(pilots: NinePilots) -> None:
    cohort = read_cohort(pilots.children, authority="authority", period="period", child="child")
    for outcome in pilots.outcomes:
        cells = collapse(cohort, outcome, ("age_band", "sex"))
        inside = pilots.children if outcome.among is None else pilots.children[pilots.children[outcome.among] == 1]
        assert cells.total.sum() == len(inside)
        assert cells.events.sum() == inside[outcome.events].sum()
        assert len(cells.patterns) == 8
    assert all(outcome.selected for outcome in pilots.outcomes)


def test_same_seed_same_bytes(pilots: NinePilots) -> None:
    def parquet(made: NinePilots) -> bytes:
        buffer = BytesIO()
        made.children.to_parquet(buffer)
        return buffer.getvalue()

    assert parquet(nine_pilots()) == parquet(pilots)
    assert parquet(nine_pilots(1)) != parquet(pilots)


def test_it_says_that_it_is_synthetic(pilots: NinePilots) -> None:
    assert "synthetic" in repr(pilots)
    assert pilots.synthetic.startswith("Synthetic")
    assert pilots.children.attrs["synthetic"] == pilots.synthetic
    assert "synthetic" in (NinePilots.__doc__ or "")
    assert "synthetic" in (nine_pilots.__doc__ or "")
    assert pilots.children["child"].str.startswith("synthetic-").all()


def test_no_authority_is_a_real_one() -> None:
    real = {name.casefold() for name in attributes()["la_name"]}
    assert len(real) > 100
    assert not real & {name.casefold() for name in PLACES}
