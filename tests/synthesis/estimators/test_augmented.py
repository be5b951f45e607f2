"""The published ridge-augmented estimator, and the augmentation of the design: what donors do not reach is made up."""

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes import SosBayesError
from sos_bayes.synthesis import augmented_synthetic_control, synthetic_control
from tests.synthesis.estimators.test_point_estimators import series
from tests.synthesis.made_up import outcome, plain_panel, read, rollout

# pysyncon 1.7.0, AugSynth without covariates: its penalty and its mean gap
OTHERS = {"prop99": (429.837582813449, -15.952600407959572), "basque": (0.000371996624776654, -0.4637033805506604)}


@pytest.mark.parametrize("case", OTHERS)
def test_it_is_what_another_implementation_gives_with_its_own_choice_of_penalty(case):
    treated, donors, before = series(case)
    _, effect = OTHERS[case]
    assert augmented_synthetic_control(treated, donors.to_numpy(), before).effect == pytest.approx(effect, rel=1e-5)


@pytest.mark.parametrize("case", OTHERS)
def test_it_is_what_another_implementation_gives_under_its_penalty(case):
    treated, donors, before = series(case)
    ridge, effect = OTHERS[case]
    found = augmented_synthetic_control(treated, donors.to_numpy(), before, ridge=ridge)
    assert found.effect == pytest.approx(effect, rel=1e-5)
    assert found.weights.sum() == pytest.approx(1)


def made(gap, seed=1):
    """An adopter that moves with the donors, by so much more than they do; synthetic, no effect."""
    frame = plain_panel(donors=20, before=8, noise=0.1, gap=gap, seed=seed)
    return frame, frame.pivot(index="year", columns="unit", values="y").to_numpy()


def test_a_penalty_without_end_is_no_augmentation_and_none_fits_exactly():
    _, values = made(1.0)
    plain = synthetic_control(values[:, 0], values[:, 1:], 8)
    stiff = augmented_synthetic_control(values[:, 0], values[:, 1:], 8, ridge=1e12)
    assert stiff.weights == pytest.approx(plain.weights, abs=1e-9)
    loose = augmented_synthetic_control(values[:, 0], values[:, 1:], 8, ridge=1e-10)
    assert plain.misfit > 0.05 > 1e-6 > loose.misfit


@pytest.mark.parametrize(("before", "ridge", "said"), [(8, 0.0, "above zero"), (1, None, "Give ridge")])
def test_no_penalty_is_refused_with_the_cure(before, ridge, said):
    _, values = made(1.0)
    with pytest.raises(SosBayesError, match=said):
        augmented_synthetic_control(values[:, 0], values[:, 1:], before, ridge=ridge)


@pytest.mark.parametrize("wrong", [-0.1, float("nan"), float("inf")])
def test_an_augmentation_below_zero_is_refused_with_the_cure(wrong):
    with pytest.raises(SosBayesError, match="0 or more"):
        sb.SyntheticControl(augmentation=wrong)


@pytest.mark.sampling
def test_augmentation_takes_out_bias_of_an_adopter_that_donors_do_not_reach():
    """Six panels in which a difference-in-differences errs most, of the first twenty."""
    short = sb.Sampler(draws=400, tune=400, chains=2, target_accept=0.9, progress=False)
    errors = {0.0: [], 0.5: [], None: []}
    for seed in sorted(range(20), key=lambda s: -abs(made_bias(s)))[:6]:
        frame, _ = made(1.5, seed)
        for much, found in errors.items():
            design = sb.SyntheticControl(augmentation=much)
            fit = sb.fit(read(frame), rollout(frame, 2008), outcome(), design, sampler=short, seed=1)
            found.append(sb.estimate(fit).mean * np.sign(made_bias(seed)))
    left = {much: np.mean(found) for much, found in errors.items()}
    assert left[None] < left[0.5] < left[0.0]
    assert left[None] < 0.5 * left[0.0]


def made_bias(seed):
    """Error of a difference-in-differences."""
    _, values = made(1.5, seed)
    apart = values[:, 0] - values[:, 1:].mean(axis=1)
    return float(apart[8:].mean() - apart[:8].mean())
