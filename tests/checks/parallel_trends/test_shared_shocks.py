"""Shocks that authorities share: named, they widen the answer and count; not named, they are looked for."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes.checks import check
from sos_bayes.checks.fit_under_test import under_test
from sos_bayes.checks.parallel_trends.shared_shocks import check_shared_shocks
from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import estimate
from sos_bayes.estimands.cluster_sharing import sharing
from sos_bayes.evidence import Strength, grade
from sos_bayes.evidence.rule import SOS_DEFAULT_1
from sos_bayes.fitting import fit_layout
from sos_bayes.simulation import Scenario, made_up_england, made_up_world


def fast(made, clusters=None, **changes):
    layout = layout_of(replace(made.cells, clusters=clusters), made.rollout)
    return fit_layout(layout, DiD(), method="fast", seed=1, n_draws=2000, **changes)


@pytest.fixture(scope="module")
def regions():
    return made_up_world("regions", seed=20_003)


def test_named_clusters_widen_the_answer_and_make_adopters_fewer(regions):
    named, unnamed = fast(regions, regions.clusters), fast(regions)
    assert estimate(named).sd > 1.2 * estimate(unnamed).sd
    found = sharing(named)
    assert found.stated
    assert 0.4 < found.share < 1.0
    assert 2.0 <= found.adopters < 5.0 < found.comparators < 31.0
    assert estimate(named).k_effective <= found.adopters + 0.5
    result = check_shared_shocks(under_test(named))
    assert dict(result.numbers)["share"] == pytest.approx(found.share)


def test_areas_of_one_authority_count_as_one():
    made = made_up_world("areas of three authorities", seed=20_001)
    effect = estimate(fast(made, made.clusters))
    assert effect.n_adopters == 9
    assert 3.0 <= effect.sharing.adopters < 4.0


def test_independent_authorities_in_regions_stay_nearly_themselves():
    made = made_up_england(Scenario(), seed=4)
    fit = fast(made, tuple(f"R{a % 9}" for a in range(40)))
    found = sharing(fit)
    assert found.share < 0.35
    assert found.adopters > 7.0


def test_each_authority_by_itself_has_no_term():
    made = made_up_england(seed=1)
    fit = fast(made, made.cells.authorities)
    assert "sd_cluster" not in fit.draws.hyper
    assert (sharing(fit).stated, sharing(fit).share) == (True, 0.0)
    assert "shocks shared in 40 clusters of 40 authorities" in estimate(fit).choices


def test_one_cluster_for_all_says_nothing():
    made = made_up_england(seed=1)
    fit = fast(made, ("England",) * 40)
    assert "sd_cluster" not in fit.draws.hyper
    assert not sharing(fit).stated


def test_shared_shocks_are_looked_for_where_clusters_are_not_named():
    flagged = [
        dict(check_shared_shocks(under_test(fast(made_up_world("regions", seed=20_000 + s)))).numbers)["p_value"]
        <= 0.05
        for s in range(8)
    ]
    calm = [
        dict(check_shared_shocks(under_test(fast(made_up_england(seed=50 + s)))).numbers)["p_value"] <= 0.05
        for s in range(8)
    ]
    assert sum(flagged) >= 2 > sum(calm)


def test_published_regions_of_authorities_make_it_see_more():
    from sos_bayes.data.england.regions import regions as published

    made = made_up_world("regions", seed=20_000)
    places = {}
    for name, region in published().items():
        if not name.startswith("E"):
            places.setdefault(region, []).append(name)
    pools = {c: iter(sorted(places[r])) for c, r in zip(sorted(set(made.clusters)), sorted(places), strict=False)}
    names = tuple(next(pools[c]) for c in made.clusters)
    blind = check_shared_shocks(under_test(fast(made)))
    layout = layout_of(made.cells, made.rollout)
    layout = replace(layout, cells=replace(layout.cells, names=names))
    fit = fit_layout(layout, DiD(), method="fast", seed=1, n_draws=2000)
    seeing = check_shared_shocks(under_test(fit))
    assert dict(seeing.numbers)["power"] > dict(blind.numbers)["power"]
    assert dict(seeing.numbers)["p_value"] <= 0.05
    assert seeing.bearing == "weakens"
    assert 'cluster="region"' in seeing.sentence


def test_a_strong_effect_is_at_most_moderate_until_clusters_are_stated():
    made = made_up_england(Scenario(effect=-0.1), seed=3)
    unnamed = fast(made)
    found = check(unnamed, skip=("comparators",))
    assert grade(estimate(unnamed), found).strength <= Strength.MODERATE
    assert any("what authorities belong to" in r for r in grade(estimate(unnamed), found).reasons)
    (line,) = [c for c in grade(estimate(unnamed), found, SOS_DEFAULT_1).criteria if c.name == "clusters"]
    assert line.reached is Strength.HIGH  # the first version did not ask
    stated = fast(made, made.cells.authorities)
    (line,) = [c for c in grade(estimate(stated), check(stated, skip=("comparators",))).criteria
               if c.name == "clusters"]  # fmt: skip
    assert line.reached is Strength.HIGH


def test_shocks_of_clusters_are_reported_by_cluster_and_period(regions):
    fit = fast(regions, regions.clusters)
    shocks = fit.draws.shared["cluster_shock"]
    assert shocks.shape == (1, 2000, 8 * 8)
    term = next(t for t in fit.problem.model.shared if t.chain)
    assert term.labels[0].endswith(regions.scenario.labels[0] if isinstance(regions.scenario.labels[0], str) else
                                   str(regions.scenario.labels[0]))  # fmt: skip
    assert np.isfinite(shocks).all()
