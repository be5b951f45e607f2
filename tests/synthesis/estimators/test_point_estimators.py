"""Point estimators against published numbers and against another optimiser."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from sos_bayes import SosBayesError
from sos_bayes.datasets import basque, california
from sos_bayes.synthesis import difference_in_differences, synthetic_control, synthetic_did
from sos_bayes.synthesis.estimators.point_estimators import simplex_weights

PUBLISHED = [  # panel, estimator, effect, how near
    ("prop99", synthetic_control, -19.51, 1.5),  # Arkhangelsky and others 2021: -19.6
    ("prop99", difference_in_differences, -27.35, 0.1),  # Arkhangelsky and others 2021, table 1: -27.3
    ("prop99", synthetic_did, -15.6, 1.0),  # the same table
    ("basque", synthetic_control, -0.692, 0.07),  # Abadie and Gardeazabal 2003, by pysyncon 1.7.0: -0.6996
]


def series(case):
    if case == "prop99":
        wide = california().pivot(index="Year", columns="State", values="PacksPerCapita")
        return wide.pop("California").to_numpy(), wide, 19
    table = basque().query("regionno != 1")
    wide = table.pivot(index="year", columns="regionname", values="gdpcap")
    return wide.pop("Basque Country (Pais Vasco)").to_numpy(), wide, 20


@pytest.mark.parametrize(("case", "estimator", "published", "near"), PUBLISHED)
def test_published_numbers_are_reproduced_within_their_tolerance(case, estimator, published, near):
    treated, donors, before = series(case)
    assert estimator(treated, donors.to_numpy(), before).effect == pytest.approx(published, abs=near)


def test_published_weights_carry_their_names():
    treated, donors, before = series("prop99")
    found = synthetic_control(treated, donors.to_numpy(), before)
    weights = pd.Series(found.weights, donors.columns).round(3)
    assert weights[weights > 0].to_dict() == pytest.approx(
        {"Utah": 0.394, "Montana": 0.232, "Nevada": 0.205, "Connecticut": 0.109, "New Hampshire": 0.045,
         "Colorado": 0.015},
        abs=0.002,
    )  # fmt: skip
    pre = treated[:before] - donors.to_numpy()[:before] @ found.weights
    assert found.misfit == pytest.approx(float(np.sqrt((pre**2).mean())))
    assert found.misfit == pytest.approx(1.656, abs=0.002)
    treated, donors, before = series("basque")
    weights = pd.Series(synthetic_control(treated, donors.to_numpy(), before).weights, donors.columns)
    assert weights.nlargest(2).round(2).to_dict() == pytest.approx(
        {"Cataluna": 0.83, "Madrid (Comunidad De)": 0.17}, abs=0.01
    )


def test_an_intercept_gives_the_published_demeaned_estimate():
    treated, donors, before = series("prop99")
    found = synthetic_control(treated, donors.to_numpy(), before, intercept=True)
    assert found.effect == pytest.approx(-11.1, abs=0.1)


@pytest.mark.parametrize("ridge", [0.0, 3.0])
def test_weights_are_those_of_another_optimiser(ridge):
    rng = np.random.default_rng(1)
    donors = rng.normal(0, 1, (12, 5)) + np.linspace(0, 2, 12)[:, None]
    target = donors @ np.array([0.5, 0.3, 0.2, 0.0, 0.0]) + rng.normal(0, 0.3, 12)

    def loss(w):
        return ((donors @ w - target) ** 2).sum() + ridge * (w**2).sum()

    one = {"type": "eq", "fun": lambda w: w.sum() - 1}
    exact = {"ftol": 1e-14, "maxiter": 500}
    start = np.full(5, 0.2)
    other = minimize(loss, start, bounds=[(0, 1)] * 5, constraints=one, method="SLSQP", options=exact)
    found = simplex_weights(donors, target, ridge)
    assert found == pytest.approx(other.x, abs=1e-5)
    assert found.sum() == pytest.approx(1, abs=1e-12)
    assert (found >= 0).all()


def test_a_hole_in_the_panel_is_refused_with_the_cure():
    donors = np.ones((4, 2))
    donors[1, 1] = np.nan
    with pytest.raises(SosBayesError, match="Leave out donors with missing periods"):
        synthetic_control(np.ones(4), donors, 2)
