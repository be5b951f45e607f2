"""Sixteen calls of ArviZ on every kind of fit: as the page says, one by one."""

import re

import pytest

import sos_bayes as sb
from sos_bayes.designs import DiD
from sos_bayes.fitting import PyMCDesign, Sampler, fit_layout
from tests.designs.panels import panel
from tests.fitting.pymc.own_models import LAYOUT, simple
from tests.inference_data.calls import called, the_calls
from tests.inference_data.test_datatree import fit_synthetic

pytestmark = pytest.mark.sampling
KINDS = (
    "DiD, fast", "DiD, NUTS", "DiD, PyMC", "SyntheticControl", "LatentFactors", "a design of your own",
)  # fmt: skip
OWN = {"some": ("effect", "satt"), "forest": ()}
CALLS = tuple(the_calls())
FEW = Sampler(draws=500, tune=500, progress=False)


@pytest.fixture(scope="module")
def trees(fast, sampled, fast_inside, sampled_inside):
    """Of each kind of fit the tree that may leave, and the one that stays inside."""
    by_pymc = fit_layout(panel(authorities=4, starts=(2, 2)), DiD(), method="pymc", seed=3, sampler=FEW)
    own = fit_layout(LAYOUT, PyMCDesign(simple), method="nuts", seed=1, sampler=FEW)
    others = [by_pymc, fit_synthetic(), fit_synthetic(sb.LatentFactors(factors=1)), own]
    found = [(sb.to_datatree(fast), fast_inside), (sb.to_datatree(sampled), sampled_inside)]
    found += [(sb.to_datatree(fit), sb.to_datatree(fit, cells=True)) for fit in others]
    return dict(zip(KINDS, found, strict=True))


@pytest.fixture(scope="module")
def page(checkout):
    """What the page says of every call and kind of fit."""
    text = (checkout / "docs" / "how-to" / "arviz.md").read_text()
    head, *rows = re.findall(r"^\| (.+) \|$", text[text.index("| call |") :], flags=re.MULTILINE)
    assert tuple(head.split(" | ")[1:]) == KINDS
    cells = [row.split(" | ") for row in rows if row.startswith("`")]
    return {name.strip("`"): dict(zip(KINDS, said, strict=True)) for name, *said in cells}


def test_the_page_has_them_all(page):
    assert sorted(page) == sorted(CALLS)
    assert len(CALLS) == 16
    assert {said["DiD, NUTS"] for said in page.values()} == {"yes", "with cells"}
    whys = {cell for said in page.values() for cell in said.values()} - {"yes", "with cells"}
    assert whys == {"nothing sampled", "two stages"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CALLS)
def test_a_call_does_on_every_kind_of_fit_what_the_page_says(name, kind, trees, page):
    for inside, tree in enumerate(trees[kind]):
        looked_at = OWN if kind == KINDS[-1] else {} if "lag_effect" in tree["posterior"] else {"forest": ()}
        if page[name][kind] == "yes" or (inside and page[name][kind] == "with cells"):
            assert called(name, tree, **looked_at) is not None
        else:
            with pytest.raises((KeyError, TypeError, AttributeError)):
                called(name, tree, **looked_at)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_absent_has_its_reason(kind, trees):
    groups = {"posterior", "prior", "sample_stats", "log_prior", "log_likelihood", "posterior_predictive"}
    for tree in trees[kind]:
        assert all(tree.attrs[f"absent_{name}"] for name in groups - set(tree.children))


def test_draws_by_pymc_have_the_same_groups(trees):
    (by_pymc, _), (by_nuts, _) = trees["DiD, PyMC"], trees["DiD, NUTS"]
    assert set(by_pymc.children) == set(by_nuts.children)
    assert by_pymc.attrs["route"] == "pymc"
    assert "pymc_version" in by_pymc.attrs


def test_of_a_model_of_one_s_own_only_parameters_and_the_effect_leave(trees):
    released, inside = trees[KINDS[-1]]
    assert set(released["posterior"].data_vars) == set(released["prior"].data_vars) == {"effect", "satt"}
    assert set(released.children) == {"posterior", "prior", "sample_stats"}
    assert set(inside["posterior"].data_vars) > {"with_rollout", "level", "satt"}
    assert inside["log_likelihood"]["events"].dims == ("chain", "draw", "authority", "period")
