"""Other comparators: halves, the nearest half, sets of the analyst's; it informs and gates nothing."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes.checks import State, check
from sos_bayes.checks.fit_under_test import under_test
from sos_bayes.checks.scheduling import alone
from sos_bayes.checks.sensitivity.comparators import NEAREST, check_comparators, halves, levels_before
from sos_bayes.estimands import estimate
from sos_bayes.evidence import grade
from sos_bayes.fitting import map_fits
from sos_bayes.simulation import Scenario
from tests.checks.conftest import fast, layout
from tests.designs.panels import known_by_bounds


def test_the_range_and_the_worst_direction_are_those_of_the_fits(tested, checked):
    found = checked["comparators"]
    sets = halves(tested.fit.layout, tested.fit.seed)
    each = map_fits([tested.request(layout=one) for one in sets.values()])
    assert found.series.labels == tuple(sets)
    assert [e.mean for e in found.series] == [e.mean for e in each]
    assert found.number("lowest_mean") == min(e.mean for e in each)
    assert found.number("highest_mean") == max(e.mean for e in each)
    assert found.number("p_negative") == pytest.approx(min(e.probability(below=0.0) for e in each))
    assert "decides nothing" in found.sentence
    assert "regression to the mean" in found.sentence


def test_halves_share_nobody_and_keep_every_adopter(tested):
    whole = tested.fit.layout
    one, other, near = halves(whole, seed=1).values()
    names = [{x.cells.authorities[i] for i in x.comparators} for x in (one, other, near)]
    assert not names[0] & names[1]
    assert names[0] | names[1] == {whole.cells.authorities[i] for i in whole.comparators}
    assert [len(x.adopters) for x in (one, other, near)] == [9, 9, 9]
    assert [len(n) for n in names] == [15, 16, 15]
    again = halves(whole, seed=1)
    assert again["one random half"].cells.authorities == one.cells.authorities
    assert halves(whole, seed=2)["one random half"].cells.authorities != one.cells.authorities


def test_the_nearest_half_looks_at_no_later_number(tested):
    plain = tested.fit.layout
    events = plain.cells.events.copy()
    events[:, plain.n_pre :] = 0
    later = replace(plain, cells=replace(plain.cells, events=events))
    assert levels_before(plain).tobytes() == levels_before(later).tobytes()
    assert halves(plain, 1)[NEAREST].cells.authorities == halves(later, 1)[NEAREST].cells.authorities
    level = levels_before(plain)
    gap = np.abs(level[plain.comparators] - level[plain.adopters].mean())
    near = np.isin(plain.cells.authorities, halves(plain, 1)[NEAREST].cells.authorities)[plain.comparators]
    assert gap[near].max() < gap[~near].min()


def test_fewer_than_eight_comparators_are_not_halved():
    few = fast(layout(Scenario(authorities=12, adopters=5)))
    assert len(few.layout.comparators) == 7
    result = alone(check_comparators, under_test(few))
    assert result.state is State.NOT_APPLICABLE
    assert "fewer than 8" in result.sentence
    asked = alone(check_comparators, under_test(few, against={"the same again": few.layout}))
    assert asked.series.labels == ("the same again",)
    assert asked.number("lowest_mean") == pytest.approx(estimate(few).mean, abs=0.005)
    assert "regression" not in asked.sentence


def test_it_informs_and_caps_nothing(fit, checked):
    """Whatever it finds, and also switched off, the grade is the same; what was switched off is named."""

    def decided(verdict):
        return replace(verdict, choices=(), sentence="")

    others = tuple(c for c in checked.values() if c.name != "comparators")
    (off,) = (c for c in check(fit, skip=tuple(checked)) if c.name == "comparators")
    contrary = replace(checked["comparators"], numbers=(("p_positive", 0.9), ("p_negative", 0.1)))
    plain = grade(estimate(fit), tuple(checked.values()))
    assert off.state is State.SWITCHED_OFF
    for one in (off, contrary):
        assert decided(grade(estimate(fit), (*others, one))) == decided(plain)
    assert grade(estimate(fit), (*others, off)).choices == ("switched off: comparators",)
    assert decided(grade(estimate(fit), others)) == decided(plain)


def test_an_unhealthy_set_is_named(fit, monkeypatch):
    from sos_bayes.fitting import Health
    from sos_bayes.fitting.runs import parallel_fits

    real = parallel_fits.fit_job
    sick = Health(False, ("k-hat is 0.9.",), ())
    monkeypatch.setattr(parallel_fits, "fit_job", lambda job: replace(real(job), health=sick))
    result = alone(check_comparators, under_test(fit))
    assert result.state is State.NOT_ASSESSED
    assert "one random half" in result.sentence
    assert "k-hat is 0.9." in result.sentence


def test_counts_known_by_bounds_have_a_level_too(tested):
    plain = tested.fit.layout
    events, total = plain.cells.events[..., 0], plain.cells.total[..., 0]
    bounds = {(a, 1): (events[a, 1] - 2, min(events[a, 1] + 2, total[a, 1])) for a in range(0, 40, 3)}
    level = levels_before(known_by_bounds(plain, bounds))
    np.testing.assert_allclose(level, levels_before(plain), atol=0.02)
    assert np.isfinite(level).all()
