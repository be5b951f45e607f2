"""Numbers before the first start: what is taken, what is refused, each with a cure, and what is said."""

import numpy as np
import pytest

from sos_bayes._core.errors import DesignError
from sos_bayes.designs.baselines.screening import with_baselines
from tests.designs.panels import panel

LAYOUT = panel(authorities=12, periods=6, starts=(3, 4, 4))
RNG = np.random.default_rng(3)
FIXED = RNG.normal(20, 5, (12, 1)) * np.ones((1, 6))


def put(*numbers):
    columns = tuple(f"x{j}" for j in range(len(numbers)))
    return with_baselines(LAYOUT, columns, np.stack([np.broadcast_to(x, (12, 6)) for x in numbers], axis=2))


def adopts():
    values = np.zeros((12, 1))
    values[LAYOUT.adopters] = 1.0
    return values


def test_the_mean_before_the_first_start_is_taken_and_said():
    moving = FIXED + np.arange(6) * np.linspace(-1, 1, 12)[:, None]
    moving[:, 3:] = 1e6
    found = put(moving)
    np.testing.assert_allclose(found.baselines.values[:, 0], moving[:, :3].mean(axis=1))
    z = found.baselines.standardised(("x0",))
    np.testing.assert_allclose([z.mean(), z.std()], [0, 1], atol=1e-12)
    assert any("the mean over 2011 to 2013" in note for note in found.cells.notes)


def test_gaps_are_bridged_and_said():
    gaps = FIXED.copy()
    gaps[2, 0] = np.nan
    found = put(gaps)
    np.testing.assert_allclose(found.baselines.values[:, 0], FIXED[:, 0])
    assert any("1 authority by what is recorded" in note for note in found.cells.notes)


def test_numbers_stay_with_their_authorities():
    found = put(FIXED)
    kept = found.only(np.arange(12) != 4).baselines
    np.testing.assert_allclose(kept.values[:, 0], np.delete(FIXED[:, 0], 4))
    assert found.without(4).baselines.columns == ("x0",)


def missing():
    late = FIXED.copy()
    late[5, :3] = np.nan
    return late


REFUSED = {
    "the same everywhere": ([np.full((12, 6), 3.0)], "has one value only"),
    "rounding": ([3.0 + 1e-13 * RNG.standard_normal((12, 6))], "has one value only|the period"),
    "the period": ([np.ones((12, 1)) * np.arange(6.0)], "the period under another name"),
    "the exposure": ([LAYOUT.dose * 2 + 1], "the exposure under another name"),
    "who adopts": ([adopts() * np.ones((1, 6))], "tells who adopts"),
    "who adopts, told by two": ([FIXED, adopts() * 10 + FIXED], "tell together who adopts"),
    "the share": ([LAYOUT.cells.events[..., 0] / LAYOUT.cells.total[..., 0]], "the outcome under another name"),
    "the events": ([LAYOUT.cells.events[..., 0]], "the outcome under another name"),
    "not known before": ([missing()], "no \"x0\" before the first start"),
    "more than comparators carry": ([RNG.standard_normal((12, 1)) for _ in range(8)], "too many for 9 comparators"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_adjusted_for_is_refused_with_a_cure(name):
    numbers, said = REFUSED[name]
    with pytest.raises(DesignError, match=said) as fault:
        put(*numbers)
    assert fault.value.cure


def test_all_faults_stand_in_one_message():
    with pytest.raises(DesignError) as fault:
        put(np.full((12, 6), 3.0), LAYOUT.dose + 1)
    assert len(fault.value.faults) == 2
