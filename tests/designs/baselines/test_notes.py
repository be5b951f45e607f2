"""What is said of numbers that move with the practice, stand far out, double each other or rest on few."""

import numpy as np
import pytest

from sos_bayes.designs.baselines.screening import with_baselines
from tests.designs.baselines.test_screening import FIXED, LAYOUT, RNG, put
from tests.designs.panels import panel


def moved():
    values = FIXED + 0.1 * RNG.standard_normal((12, 6))
    values[LAYOUT.treated] += 4.0
    return values


def beyond():
    values = FIXED.copy()
    values[LAYOUT.adopters] = FIXED.max() + np.arange(1.0, 4.0)[:, None]
    return values


SAID = {
    "moved": ([moved()], "moved with the practice: adopters' went up"),
    "beyond": ([beyond()], "of 3 of 3 adopters lies beyond"),
    "doubled": ([FIXED, 2 * FIXED + 1], '"x1" says nothing that "x0" does not'),
    "few": ([FIXED, RNG.standard_normal((12, 1))], "rest on 9 comparators"),
}


@pytest.mark.parametrize("name", SAID)
def test_what_must_be_known_is_said(name):
    numbers, said = SAID[name]
    assert any(said in note for note in put(*numbers).cells.notes)


def test_one_authority_far_out_is_named():
    values = RNG.normal(0, 0.1, (30, 1)) * np.ones((1, 6))
    values[29] = 50.0
    layout = with_baselines(panel(authorities=30, periods=6, starts=(3, 4)), ("x0",), values[..., None])
    assert any("of Made-up 29 lies more than 4 sds" in note for note in layout.cells.notes)


def test_a_quiet_number_has_one_note():
    inside = FIXED.copy()
    inside[LAYOUT.adopters] = np.median(FIXED)
    said = [note for note in put(inside).cells.notes if "x0" in note]
    assert len(said) == 1


def test_no_value_of_an_authority_is_printed():
    notes = " ".join(put(FIXED).cells.notes)
    assert not any(f"{value:.2f}" in notes or f"{value:.0f} " in notes for value in FIXED[:, 0])
