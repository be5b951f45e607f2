"""Chains start around the mode: by name complete, of high density, and apart from one another."""

import numpy as np
import pytest

from sos_bayes.designs import DiD
from sos_bayes.fitting.build import build, data_of
from sos_bayes.fitting.nested import climb
from sos_bayes.fitting.problem import problem_of
from sos_bayes.fitting.starts import starts
from tests.designs.panels import PATTERNS, panel

LAYOUTS = {
    "patterns": panel(patterns=PATTERNS, starts=(2, 3)),
    "poisson quarters": panel(family="poisson", quarters=True),
}


@pytest.mark.parametrize("centred", [True, False], ids=["cells", "innovations"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_a_start_names_every_variable_and_beats_the_default(name, centred):
    layout = LAYOUTS[name]
    problem = problem_of(DiD(trends=True).model(layout), layout.cells)
    graph = build(problem, centred_shocks=centred)
    start = starts(problem, *climb(problem), float(data_of(problem)["offset"]), centred=centred)
    default = graph.initial_point()
    assert set(start(1)) == set(default)
    density = graph.compile_fn(graph.logp(), mode="FAST_COMPILE")

    def at(values):
        return float(density({k: np.reshape(values[k], default[k].shape) for k in default}))

    assert min(at(start(seed)) for seed in range(5)) > at(default)
    assert len({float(start(seed)["scales_log__"][0]) for seed in range(5)}) == 5
    assert {k: v.tolist() for k, v in start(3).items()} == {k: v.tolist() for k, v in start(3).items()}


def test_both_parametrisations_start_at_the_same_cells():
    """Innovations turned into shocks and added to the rest give the theta that the other starts from."""
    import pymc as pm

    layout = LAYOUTS["patterns"]
    problem = problem_of(DiD().model(layout), layout.cells)
    offset = float(data_of(problem)["offset"])
    near = climb(problem)
    centre = starts(problem, *near, offset, centred=True)(2)["cells"]
    graph = build(problem, centred_shocks=False)
    values = starts(problem, *near, offset, centred=False)(2)
    (theta,) = graph.replace_rvs_by_values([graph["theta_free"]])
    found = pm.compile(graph.value_vars, theta, mode="FAST_COMPILE", on_unused_input="ignore")(
        *(values[v.name] for v in graph.value_vars)
    )
    np.testing.assert_allclose(found.ravel(), centre, atol=1e-8)
