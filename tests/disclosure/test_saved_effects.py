"""What is saved without cells gives no count away, neither by itself nor two things beside each other."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes._core.errors import FileError
from sos_bayes.checks import CheckResult, State
from sos_bayes.estimands import Effects
from sos_bayes.saving.released import _floored, released_checks, released_effect
from tests.reports.made_up import KINSHIP, PLANS, SMALL, effect, finding
from tests.saving.made_up import GRADE, HEADLINE

DENOMINATORS = np.array([41.0, 97.0, 230.0])
WEIGHTS = DENOMINATORS / DENOMINATORS.sum()


def kept(tmp_path, found, name="found.nc"):
    return sb.load(sb.save(found, tmp_path / name, overwrite=True))


def parts():
    """Three authorities' effects, and the headline that their denominators make of them, draw by draw."""
    rng = np.random.default_rng(5)
    own = rng.normal([-0.05, 0.02, -0.11], 0.03, (1, 8000, 3))
    names = ("Ashford", "Birchley", "Cedarham")
    each = tuple(
        replace(effect(KINSHIP, 0, 1), label=name, draws=own[..., k], n_children=int(4 * n), k_effective=1.0)
        for k, (name, n) in enumerate(zip(names, DENOMINATORS, strict=True))
    )
    k_effective = float(1 / (WEIGHTS**2).sum())
    return Effects("authority", each), replace(HEADLINE, draws=own @ WEIGHTS, points=None, k_effective=k_effective)


def solved(headline, by_authority):
    """Weights that explain the headline by the parts, by least squares over draws."""
    n = min(e.draws.size for e in (*by_authority, headline))
    columns = np.stack([e.draws.ravel()[:n] for e in by_authority], axis=1)
    return np.linalg.lstsq(columns, headline.draws.ravel()[:n], rcond=None)[0]


def test_denominators_are_not_solved_from_draws(tmp_path):
    by_authority, headline = parts()
    assert solved(headline, by_authority) == pytest.approx(WEIGHTS, abs=1e-9)  # what exact draws would tell
    found = kept(tmp_path, by_authority), kept(tmp_path, headline, "headline.nc")
    assert found[1].draws.tobytes() == headline.draws.tobytes()
    assert np.abs(solved(found[1], found[0]) - WEIGHTS).max() > 0.05
    ordered = [np.sort(e.draws.ravel()) for e in found[0]]
    assert all(np.abs(np.corrcoef(e.draws.ravel()[:7000], headline.draws.ravel()[:7000])[0, 1]) < 0.05
               for e in found[0])  # fmt: skip
    for mine, theirs in zip(ordered, by_authority, strict=True):
        assert np.quantile(mine, [0.025, 0.5, 0.975]) == pytest.approx(
            np.quantile(theirs.draws, [0.025, 0.5, 0.975]), abs=0.05 * theirs.sd
        )


def ratio_of(first, second, whole):
    """Denominators of two adopters, as the simplest fraction of means that explains the whole."""
    share = (whole - second) / (first - second)
    return Fraction(share / (1 - share)).limit_denominator(500)


def test_denominators_of_two_adopters_are_not_solved_from_means(tmp_path):
    by_authority, _ = parts()
    one, two = by_authority.effects[:2]
    w = 41 / (41 + 97)
    headline = replace(HEADLINE, draws=w * one.draws + (1 - w) * two.draws, points=None)
    exact = [float(e.draws.mean()) for e in (one, two, headline)]
    assert ratio_of(*exact) == Fraction(41, 97)
    found = kept(tmp_path, Effects("authority", (one, two)))
    told = [e.mean for e in (*found, kept(tmp_path, headline, "headline.nc"))]
    assert ratio_of(*told) != Fraction(41, 97)


def test_denominators_of_two_adopters_are_not_solved_from_their_effective_number(tmp_path):
    def guess(k):
        share = (1 - math.sqrt(2 / k - 1)) / 2
        return Fraction(share / (1 - share)).limit_denominator(500)

    w = 41 / (41 + 97)
    k = 1 / (w**2 + (1 - w) ** 2)
    assert guess(k) == Fraction(41, 97)
    found = kept(tmp_path, replace(HEADLINE, k_effective=k))
    assert guess(found.k_effective) != Fraction(41, 97)


@pytest.mark.parametrize("value", [4.5, 4.4999999, 4.500001, 1.8, 1.15, 1.149999999999, 9.0, 0.29])
def test_no_verdict_moves_by_the_rounding_of_the_effective_number(value):
    floored = _floored(value)
    assert value - 0.01 < floored <= value
    assert all((value >= step) == (floored >= step) for step in np.round(np.arange(0, 10, 0.01), 2))


@pytest.mark.parametrize(("n", "told"), [(0, 0), (SMALL, 0), (12, 10), (4803, 4805)])
def test_numbers_of_children_are_those_that_a_report_prints(tmp_path, n, told):
    assert kept(tmp_path, replace(HEADLINE, n_children=n)).n_children == told


def test_a_baseline_that_tells_a_small_number_is_not_kept(tmp_path):
    few = replace(HEADLINE, baseline=0.01, n_children=300)
    assert math.isnan(kept(tmp_path, few).baseline)
    assert kept(tmp_path, HEADLINE).baseline == HEADLINE.baseline
    with pytest.raises(FileError, match=r"not saved without its cells.*a ratio beside it is a baseline"):
        sb.save(replace(few, scale="ratio", draws=1 + few.draws), tmp_path / "ratio.nc")


def test_effects_in_events_are_not_kept(tmp_path):
    events = replace(HEADLINE, scale="events", draws=HEADLINE.draws * 4803)
    with pytest.raises(FileError, match=r"Events over the difference are the number of children.*cells=True"):
        sb.save(events, tmp_path / "events.nc")
    assert sb.load(sb.save(events, tmp_path / "events.cells.nc", cells=True)).n_children == 4803


def test_authorities_with_few_children_are_left_out_and_never_one_alone(tmp_path):
    by_authority = finding().by_authority
    assert by_authority["Cedarham"].n_children == SMALL
    assert kept(tmp_path, by_authority).labels == ("Ashford", "Birchley")


def test_levels_between_which_few_lie_have_no_baseline(tmp_path):
    made = [replace(effect(KINSHIP, -0.01, 0.01), label=name, baseline=b, n_children=400) for name, b in
            (("some", 0.5), ("high", 0.49), ("highest", 0.1))]  # fmt: skip
    found = kept(tmp_path, Effects("level", tuple(made)))
    assert [math.isnan(e.baseline) for e in found] == [True, True, False]


def test_the_fingerprint_is_not_that_of_the_counts():
    one, two = released_effect(HEADLINE), released_effect(replace(HEADLINE, fingerprint="0" * 64))
    assert one.fingerprint == two.fingerprint
    assert one.fingerprint not in (HEADLINE.fingerprint, None)


def test_checks_lose_their_counts_and_their_series_its_order():
    said = "3 of 961 rows, first at rows 100 and 777 (counted from 0)"
    series = Effects("event_time", parts()[0].effects)
    one = CheckResult("x", "X", State.REPORTED, (("children_left", 7.0), ("events", 3.0), ("p_small", 0.5)), said,
                      series, fingerprint="f" * 64)  # fmt: skip
    (found,) = released_checks((one,), "name")
    assert found.numbers == (("p_small", 0.5),)
    assert found.sentence == "some of 961 rows"
    assert found.fingerprint == "name"
    assert found.series["Ashford"].draws.shape == (1, 7999)


def test_a_grade_keeps_its_verdict(tmp_path):
    found = kept(tmp_path, GRADE)
    assert (found.strength, found.direction, found.null_finding) == (
        GRADE.strength,
        GRADE.direction,
        GRADE.null_finding,
    )
    assert str(found) == str(GRADE)
    assert [c.reached for c in found.criteria] == [c.reached for c in GRADE.criteria]


def test_exact_numbers_need_a_name_that_says_so(tmp_path):
    for name in ("plans.nc", "excells.nc", "plans.zarr"):
        with pytest.raises(FileError, match=r'does not say so.*Call it "\w+\.cells\.(nc|zarr)"'):
            sb.save(HEADLINE, tmp_path / name, cells=True)
    for name in ("plans.cells.nc", "cells.nc", "plans_cells.zarr", "Cells-of-plans.nc"):
        assert sb.load(sb.save(HEADLINE, tmp_path / name, cells=True)).n_children == HEADLINE.n_children
    assert list(tmp_path.glob("plans.nc")) == []


def test_no_count_of_a_rate_is_kept_either(tmp_path):
    rate = effect(PLANS, -5.0, 1.0, n_children=812)
    raw = sb.save(rate, tmp_path / "rate.nc").read_bytes()
    assert b"812" not in raw
    assert np.int64(812).tobytes() not in raw
    assert np.float64(812).tobytes() not in raw
