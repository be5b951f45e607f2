"""Outcomes of every kind over rows that repeat children, with bands of covariates."""

import numpy as np
import pandas as pd
import pytest

import sos_bayes as sb
from sos_bayes.data import collapse
from sos_bayes.data.children.covariates import Bins
from sos_bayes.designs import layout_of

KINDS = {"an Ordinal": "need", "a Continuous": "score", "a Duration": "days"}


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Synthetic rows, some children with several of a period, the later ones below the first."""
    rng = np.random.default_rng(5)
    n = 600
    return pd.DataFrame(
        {
            "la": rng.choice(["Leeds", "York"], n),
            "year": rng.choice([2014, 2015], n),
            "child": rng.integers(0, 150, n),
            "age": rng.integers(0, 18, n),
            "need": rng.choice(["none", "some", "high"], n),
            "score": rng.normal(50.0, 10.0, n),
            "days": rng.integers(0, 60, n),
            "inside": rng.integers(0, 2, n),
        }
    )


def outcome_of(kind: str, among: str | None = None) -> sb.Ordinal | sb.Continuous | sb.Duration:
    said = {"aim": sb.Aim.FEWER, "worthwhile": 0.1, "label": kind, "among": among}
    if kind == "an Ordinal":
        return sb.Ordinal("need", levels=("none", "some", "high"), at_least="some", **said)
    if kind == "a Continuous":
        return sb.Continuous("score", unit="points", **said)
    return sb.Duration("days", bands=(10, 30), by_day=30, **said)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("among", [None, "inside"])
def test_the_first_row_of_a_child_counts_whatever_the_outcome(rows: pd.DataFrame, kind: str, among: str | None) -> None:
    once = sb.read_cohort(rows, authority="la", period="year", child="child", episodes="first")
    inside = rows if among is None else rows[rows[among] == 1]
    kept = inside.drop_duplicates(["la", "year", "child"])
    plain = sb.read_cohort(kept, authority="la", period="year")
    found, expected = collapse(once, outcome_of(kind, among)), collapse(plain, outcome_of(kind))
    assert found.counted.sum() == len(kept) < len(inside)
    for name in ("events", "total", "levels", "squares", "bands"):
        if getattr(expected, name) is not None:
            np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_counting_every_row_of_a_child_is_refused_by_name_where_it_is_not_defined(
    rows: pd.DataFrame, kind: str
) -> None:
    every = sb.read_cohort(rows, authority="la", period="year", child="child", episodes="all")
    with pytest.raises(sb.SosBayesError, match=f'episodes="all" is not defined for {kind}') as fault:
        collapse(every, outcome_of(kind))
    assert 'episodes="first"' in str(fault.value)


@pytest.mark.parametrize("kind", ["an Ordinal", "a Continuous", "a Duration"])
def test_bands_of_a_covariate_split_every_outcome(rows: pd.DataFrame, kind: str) -> None:
    cohort = sb.read_cohort(rows, authority="la", period="year")
    cells = collapse(cohort, outcome_of(kind), (Bins("age", edges=(5, 10)),))
    assert cells.patterns == (("under 5",), ("5 to under 10",), ("10 and over",))
    whole = collapse(cohort, outcome_of(kind))
    np.testing.assert_allclose(cells.total.sum(axis=2), whole.total[..., 0])
    np.testing.assert_allclose(cells.events.sum(axis=2), whole.events[..., 0])


@pytest.mark.parametrize("adjust", [(), (Bins("age", edges=(5,)),)])
def test_effects_vary_by_a_banded_column_under_its_name(rows: pd.DataFrame, adjust: tuple[Bins, ...]) -> None:
    vary_by = ("age",) if adjust else (Bins("age", edges=(5,)),)
    design = sb.DiD(adjust=adjust, vary_by=vary_by)
    assert design.varying == ("age",) == design.columns
    cohort = sb.read_cohort(rows, authority="la", period="year")
    cells = collapse(cohort, outcome_of("an Ordinal"), design.covariates)
    model = design.model(layout_of(cells, sb.Rollout({"Leeds": 2015})))
    assert len(model.slots) == 2
