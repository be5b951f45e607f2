"""Two routes to one posterior, held beside each other."""

import numpy as np
import pytest

from sos_bayes.estimands import estimate


def same_answers(sampled, fast, truth):
    """Effects and hyperparameters of a sampled and of the fast route, and the truth, within Monte-Carlo errors.

    Means within four of 200 effective draws (150 for hyperparameters), sds within a fifth.
    """
    assert fast.method == "fast" != sampled.method
    assert dict(sampled.health.numbers)["divergent_share"] < 0.01
    for by in (None, "event_time"):
        pairs = [((estimate(f),) if by is None else tuple(estimate(f, by=by))) for f in (sampled, fast)]
        for one, two in zip(*pairs, strict=True):
            assert one.mean == pytest.approx(two.mean, abs=4 * np.sqrt((one.sd**2 + two.sd**2) / 200)), one.label
            assert one.sd == pytest.approx(two.sd, rel=0.2), one.label
    for name, one in sampled.draws.hyper.items():
        two = fast.draws.hyper[name]
        assert one.mean() == pytest.approx(two.mean(), abs=4 * np.sqrt((one.var() + two.var()) / 150)), name
    assert abs(estimate(sampled).mean - truth) < 3.5 * estimate(sampled).sd
