"""Draws of the readable model are read back as the sampler's own: same point, same terms, to rounding."""

from types import SimpleNamespace

import numpy as np
import pytest

from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.nuts.draw_record import reported, row_at, row_size
from sos_bayes.fitting.nuts.packed_target import unpacked
from sos_bayes.fitting.nuts.preconditioned import prepare
from sos_bayes.fitting.pymc.draw_record import assembled, kept_variables
from sos_bayes.fitting.pymc.readable_model import sampled_model
from tests.contracts.free_point import free_point
from tests.contracts.test_readable_model import SETTINGS


def read_back(prepared, layout, x):
    """One draw of the readable model at the sampler's variables, as pymc.sample would hold it."""
    model, names = sampled_model(prepared.problem, layout), kept_variables(prepared.problem)
    found = model.compile_fn(
        model.replace_rvs_by_values([model[name] for name in names]), inputs=model.value_vars, mode="FAST_COMPILE",
        on_unused_input="ignore",
    )(free_point(prepared.problem, unpacked.py_func(prepared.numbers, prepared.whole), x))  # fmt: skip
    values = {name: SimpleNamespace(values=value[None, None]) for name, value in zip(names, found, strict=True)}
    return assembled(prepared.problem, values)


@pytest.mark.parametrize("name", SETTINGS)
def test_one_draw_is_the_same_by_both_records(name):
    layout, design = SETTINGS[name]
    prepared = prepare(problem_of(design.model(layout), layout.cells))
    x = 0.5 * np.random.default_rng(2).standard_normal(prepared.size)
    rows = row_at(prepared.numbers, prepared.whole, x, row_size(prepared.problem))[None, None]
    ours, theirs = read_back(prepared, layout, x), reported(prepared.problem, rows)
    for kind in ("hyper", "shared", "own"):
        one, two = getattr(ours, kind), getattr(theirs, kind)
        assert list(one) == list(two)
        for term, value in two.items():
            np.testing.assert_allclose(one[term], value, rtol=1e-9, atol=1e-10, err_msg=term)
    for part in ("beta", "theta", "effect", "lead", "level_gap"):
        np.testing.assert_allclose(getattr(ours, part), getattr(theirs, part), rtol=1e-9, atol=1e-10, err_msg=part)
