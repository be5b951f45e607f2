"""What a tree without cells gives away: no count, no cell, no weight, and nobody too small to be shown."""

from dataclasses import replace

import numpy as np
from scipy.special import expit

import sos_bayes as sb
from sos_bayes.designs import DiD
from sos_bayes.estimands.weights import child_weights, groups_by, normalised
from sos_bayes.fitting import fit_layout
from sos_bayes.inference_data.named_draws import effects
from tests.designs.panels import panel


def flat(values):
    return values.reshape(values.shape[0] * values.shape[1], -1)


def found_weights(satt, average, parts):
    """What least squares says that each part weighs in an effect, relative to what the average weighs."""
    x = np.column_stack([np.ones(len(satt)), average, parts])
    found = np.linalg.lstsq(x, satt, rcond=None)[0]
    return found[2:] / found[1]


def test_weights_are_not_found_by_least_squares(fast, layout):
    """In order of drawing they are: departures beside the average tell who counts how much."""
    groups = groups_by(layout, None)
    each = normalised(child_weights(layout), groups)[..., 0]
    share = expit(fast.draws.theta[0].mean(axis=0))
    tilted = (each * share * (1 - share)).sum(axis=1)  # by the slope of the link
    tilted /= tilted.sum()
    exact, tree = effects(fast, fast.draws)["departure"].values, sb.to_datatree(fast)["posterior"]
    satt, average = (tree[name].values.ravel() for name in ("satt", "mu_tau"))
    assert abs(found_weights(satt, average, flat(exact)) - tilted).max() < 0.1 < np.ptp(tilted)
    assert abs(found_weights(satt, average, flat(tree["departure"].values))).max() < 0.03


def test_parts_keep_their_distribution(fast):
    told, exact = sb.to_datatree(fast)["posterior"], effects(fast, fast.draws)
    for name in ("departure", "lag_effect"):
        ours, theirs = flat(told[name].values), flat(exact[name].values)
        step = 0.02 * theirs.std(axis=0)
        assert (abs(np.sort(ours, axis=0) - np.sort(theirs, axis=0)).max(axis=0) <= step).all()
        assert not np.isin(theirs, ours).any()  # no draw is there to the bit


def test_sums_that_are_fixed_do_not_give_the_order_back(fast):
    """The profile averages to nought in every draw; shuffled and rounded, no draw's values do so by themselves."""
    exact, told = flat(effects(fast, fast.draws)["lag_effect"].values), sb.to_datatree(fast)["posterior"]
    weights = np.linalg.svd(exact, full_matrices=False)[2][-1]
    assert abs(exact @ weights).max() < 1e-12
    assert (abs(flat(told["lag_effect"].values) @ weights) < 1e-12).mean() < 0.01


def test_nothing_is_of_an_authority_and_period_and_no_count_is_anywhere(fast, layout):
    tree, counts = sb.to_datatree(fast), layout.cells
    several = np.unique(np.concatenate([counts.events.ravel(), counts.total.ravel()]))
    several = several[several > 4]
    for group in tree.children.values():
        for name, values in group.data_vars.items():
            assert not {"authority", "period"} <= set(values.dims)
            assert "period" not in values.dims
            if name not in ("n_steps", "tree_depth"):  # small whole numbers by nature
                assert not np.isin(values.values, several).any()
    said = f"{tree!r} {tree.attrs}"
    assert not [n for n in several if f"{n:.0f}" in said.split()]


def test_authorities_that_a_report_withholds_are_not_there():
    """One adopter with few children; the next smallest goes with it, so that it cannot be worked out."""
    layout = panel(authorities=8, periods=5, starts=(2, 2, 3, 3))
    total = layout.cells.total.copy()
    total[0] = 1.0
    events = np.minimum(layout.cells.events, total)
    layout = replace(layout, cells=replace(layout.cells, total=total, events=events))
    tree = sb.to_datatree(fit_layout(layout, DiD(), method="fast", seed=1))
    second = 1 + int(np.argmin([total[a, layout.starts[a] :].sum() for a in (1, 2, 3)]))
    expected = [layout.cells.names[a] for a in (1, 2, 3) if a != second]
    for group in ("posterior", "prior"):
        assert list(tree[group]["authority"].values) == expected
        assert layout.cells.names[0] not in repr(tree)
