"""Sixteen calls of ArviZ on every kind of fit: as the page says, one by one."""

import re
from dataclasses import replace

import pytest

import sos_bayes as sb
from tests.inference_data.calls import called, the_calls
from tests.inference_data.test_datatree import fit_synthetic

pytestmark = pytest.mark.sampling
KINDS = (
    "DiD by NUTS or PyMC, with cells", "DiD by the fast route, with cells", "DiD by NUTS or PyMC",
    "DiD by the fast route", "synthetic control, latent factors",
)  # fmt: skip
CALLS = tuple(the_calls())


@pytest.fixture(scope="module")
def trees(sampled, fast, sampled_inside, fast_inside):
    synthetic = sb.to_datatree(fit_synthetic())
    found = (sampled_inside, fast_inside, sb.to_datatree(sampled), sb.to_datatree(fast), synthetic)
    return dict(zip(KINDS, found, strict=True))


@pytest.fixture(scope="module")
def page(checkout):
    """What the page says of every call and kind of fit."""
    text = (checkout / "docs" / "how-to" / "arviz.md").read_text()
    head, _, *rows = re.findall(r"^\| (.+) \|$", text[text.index("| call |") :], flags=re.MULTILINE)
    assert tuple(head.split(" | ")[1:]) == KINDS
    cells = [row.split(" | ") for row in [_, *rows] if row.startswith("`")]
    return {name.strip("`"): dict(zip(KINDS, said, strict=True)) for name, *said in cells}


def test_the_page_has_them_all(page):
    assert sorted(page) == sorted(CALLS)
    assert len(CALLS) == 16
    assert {said[KINDS[0]] for said in page.values()} == {"yes"}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_does_on_every_kind_of_fit_what_the_page_says(name, trees, page):
    for kind, tree in trees.items():
        if page[name][kind] == "yes":
            assert called(name, tree) is not None
        else:
            with pytest.raises((KeyError, TypeError, AttributeError)):
                called(name, tree)


def test_draws_by_pymc_have_the_same_groups(sampled):
    by_pymc = sb.to_datatree(replace(sampled, method="pymc"))
    assert set(by_pymc.children) == set(sb.to_datatree(sampled).children)
    assert by_pymc.attrs["route"] == "pymc"
    assert "pymc_version" in by_pymc.attrs
