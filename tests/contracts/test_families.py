"""Every family with the default design, by the fast route, from the front door."""

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes._core.errors import DesignError
from sos_bayes.simulation import Scenario, made_up_england

SCENARIOS = {
    "binomial": Scenario(effect=-0.05),
    "poisson": Scenario(family="poisson", base=60.0, per=10_000.0, size_median=9000, size_max=60_000, effect=-20.0),
    "staggered quarters": Scenario(period="quarter", periods=12, starts="staggered", effect=-0.05),
}


def fast(data, rollout, outcome, design=None, **more):
    return sb.fit(data, rollout, outcome, design, method="fast", **more)


def from_panel(made, table=None):
    return sb.read_panel(made.panel if table is None else table, authority="authority", period="period")


@pytest.fixture(scope="module", params=SCENARIOS)
def made(request):
    return made_up_england(SCENARIOS[request.param], seed=2)


@pytest.fixture(scope="module")
def whole(made):
    return fast(from_panel(made), made.rollout, made.outcome)


def same_posterior(one, other):
    """Means within three Monte-Carlo errors of the draws, and sds within a tenth."""
    error = np.sqrt(one.sd**2 / 2000 + other.sd**2 / 2000)
    assert one.mean == pytest.approx(other.mean, abs=3 * error)
    assert one.sd == pytest.approx(other.sd, rel=0.1)


def test_the_truth_lies_within_reach(whole, made):
    effect = sb.estimate(whole)
    assert whole.health.ok
    assert whole.method == "fast"
    assert abs(effect.mean - made.truth.satt) < 3 * effect.sd
    assert effect.probability(below=0.0) > 0.95
    assert effect.baseline == pytest.approx(made.truth.mean_without, rel=0.2)


def test_every_estimand_and_scale_is_answered(whole, made):
    for estimand in ("satt", "patt", "next_authority"):
        for scale in ("difference", "ratio", "events"):
            effect = sb.estimate(whole, estimand=estimand, scale=scale)
            assert np.isfinite(effect.draws).all()
            assert effect.mean < (1.0 if scale == "ratio" else 0.0)
    assert len(sb.estimate(whole, by="authority")) == made.scenario.adopters


def test_the_order_of_rows_and_columns_does_not_matter(whole, made):
    shuffled = made.panel.sample(frac=1, random_state=1)[["trials" if "trials" in made.panel else "exposure",
                                                          "events", "period", "authority"]]  # fmt: skip
    again = fast(from_panel(made, shuffled), made.rollout, made.outcome)
    assert again.draws.effect.tobytes() == whole.draws.effect.tobytes()
    assert again.draws.theta.tobytes() == whole.draws.theta.tobytes()


def test_renamed_authorities_have_the_same_posterior(whole, made):
    """Names that sort the other way round: other draws of the same numbers."""
    table = made.panel
    new = {name: f"Renamed {999 - i}" for i, name in enumerate(made.scenario.names)}
    renamed = table.assign(authority=table["authority"].map(new))
    rollout = sb.Rollout({new[name]: start for name, start in made.rollout.starts})
    again = fast(from_panel(made, renamed), rollout, made.outcome)
    same_posterior(sb.estimate(again), sb.estimate(whole))
    assert again.draws.effect.tobytes() != whole.draws.effect.tobytes()


def test_child_rows_and_authority_rows_of_the_same_cells_give_the_same_draws():
    made = made_up_england(SCENARIOS["binomial"], seed=2)
    children = sb.read_cohort(made.children(), authority="authority", period="period", child="child")
    one = fast(children, made.rollout, made.child_outcome)
    two = fast(from_panel(made), made.rollout, made.outcome)
    assert one.draws.effect.tobytes() == two.draws.effect.tobytes()
    assert one.draws.theta.tobytes() == two.draws.theta.tobytes()


def test_covariates_that_say_nothing_change_nothing():
    """A coin tossed for every child splits cells in two and leaves the effect where it was."""
    made = made_up_england(Scenario(authorities=20, adopters=5, effect=-0.05), seed=2)
    table = made.children()
    table["coin"] = np.random.default_rng(1).integers(0, 2, len(table))
    children = sb.read_cohort(table, authority="authority", period="period")
    plain = fast(children, made.rollout, made.child_outcome)
    adjusted = fast(children, made.rollout, made.child_outcome, sb.DiD(adjust=("coin",)))
    assert abs(adjusted.draws.beta.mean()) < 0.1
    assert sb.estimate(adjusted).mean == pytest.approx(sb.estimate(plain).mean, abs=0.2 * sb.estimate(plain).sd)
    assert sb.estimate(adjusted, by="coin").labels == ("0", "1")


def test_adjust_on_a_panel_and_unknown_methods_are_refused(made):
    with pytest.raises(DesignError, match="a Panel has none"):
        fast(from_panel(made), made.rollout, made.outcome, sb.DiD(adjust=("sex",)))
    with pytest.raises(DesignError, match='Did you mean "fast"'):
        sb.fit(from_panel(made), made.rollout, made.outcome, method="fsat")


@pytest.fixture(scope="module")
def small():
    return made_up_england(Scenario(authorities=20, adopters=6, effect=-0.06, base=0.3), seed=5)


@pytest.fixture(scope="module")
def counted(small):
    """The same children by events and by non-events, with the aim swapped: fits, effects and grades."""
    from dataclasses import replace

    table = small.panel
    other = table.assign(events=table["trials"] - table["events"])
    flipped = replace(small.outcome, aim=sb.Aim.MORE)
    one = fast(from_panel(small), small.rollout, small.outcome)
    two = fast(from_panel(small, other), small.rollout, flipped)
    return [(f, sb.estimate(f), sb.grade(sb.estimate(f), sb.check(f))) for f in (one, two)]


def test_counting_non_events_gives_the_mirrored_posterior_and_the_same_grade(counted):
    (_, one, here), (_, two, there) = counted
    from dataclasses import replace

    same_posterior(one, replace(two, draws=-two.draws))
    assert two.baseline == pytest.approx(1 - one.baseline, abs=0.01)
    assert (here.strength, here.direction, here.null_finding) == (there.strength, there.direction, there.null_finding)
    assert here.strength.value in ("moderate", "high")


def test_a_name_or_an_address_never_leaks_through_representations(whole):
    said = repr(whole) + repr(whole.draws) + repr(whole.layout) + repr(sb.estimate(whole))
    assert "Made-up 0" not in said
    assert "array(" not in said
