"""A fit with its cells answers everything to the bit; one without them answers what it holds, and says the rest."""

from dataclasses import replace

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes._core.errors import DesignError, FileError, FitError
from sos_bayes.estimands import ReleasedFit
from sos_bayes.estimands.link_effect import link_effect
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.runs.importance_reweighting import with_effect_sd, without_adopter
from tests.saving.fits import KINDS, chained, made
from tests.saving.made_up import opened, rewritten, same
from tests.synthesis.made_up import layout, plain_panel
from tests.synthesis.test_checks_by_fit import fit_of

WITH_CELLS = [kind for kind in KINDS if kind != "long tails"]
ASKED = [
    {}, {"weight": "authorities"}, {"estimand": "patt"}, {"estimand": "next_authority"}, {"scale": "ratio"},
    {"scale": "events"}, {"by": "event_time"}, {"by": "authority"}, {"by": "sex"}, {"by": "level"}, {"by": "day"},
    {"at": "mean"}, {"dose": 0.5},
]  # fmt: skip


def answer(fit, question):
    """What a fit answers, or the kind of its refusal."""
    try:
        return sb.estimate(fit, **question)
    except DesignError as refusal:
        return str(refusal)


@pytest.mark.parametrize("kind", WITH_CELLS)
def test_with_its_cells_a_fit_comes_back_whole(tmp_path, kind):
    fit = made(kind)
    again = sb.load(sb.save(fit, tmp_path / "fit.cells.nc", cells=True))
    assert type(again) is sb.Fit
    assert same(again, fit)  # cells, draws, model and all
    for question in ASKED:
        assert same(answer(again, question), answer(fit, question)), question
    assert same(again.posterior.to_dict(), fit.posterior.to_dict())


@pytest.mark.parametrize("kind", ["shares", "streams", "bounds"])
def test_with_its_cells_a_fit_is_checked_and_graded_to_the_bit(tmp_path, kind):
    fit = made(kind)
    again = sb.load(sb.save(fit, tmp_path / "fit.cells.zarr", cells=True))
    found, checks = sb.check(again), sb.check(fit)
    assert same(found, checks)
    assert same(sb.grade(sb.estimate(again), found), sb.grade(sb.estimate(fit), checks))
    for question in (sb.heterogeneity, sb.growth, link_effect):
        assert same(question(again), question(fit))


def test_a_sampled_fit_comes_back_with_its_chains(tmp_path):
    fit = chained(made("shares"))
    again = sb.load(sb.save(fit, tmp_path / "fit.cells.nc", cells=True))
    assert same(again, fit)
    assert sb.estimate(again).probability_error(below=0.0) == sb.estimate(fit).probability_error(below=0.0)


@pytest.mark.parametrize("design", [sb.SyntheticControl(), sb.LatentFactors()], ids=lambda d: type(d).__name__)
def test_a_fit_by_weights_or_factors_comes_back(tmp_path, design):
    fit = fit_of(design)
    again = sb.load(sb.save(fit, tmp_path / "fit.cells.nc", cells=True))
    assert same(again, fit)
    assert same(sb.check(again), sb.check(fit))
    released = sb.load(sb.save(fit, tmp_path / "fit.nc"))
    assert sb.estimate(released).draws.tobytes() == sb.estimate(fit).draws.tobytes()
    assert set(released.hyper) == set(fit.draws.hyper)
    with pytest.raises(FitError, match="needs its donors' weights"):
        released.weights  # noqa: B018


@pytest.mark.sampling
def test_what_was_really_sampled_comes_back(tmp_path):
    frame = plain_panel(adopters=2, donors=4, before=6, after=3, seed=2)
    few = sb.Sampler(draws=600, tune=400, chains=2, target_accept=0.95, progress=False)
    fit = fit_layout(layout(frame, 2006), sb.SyntheticControl(), method="nuts", seed=3, sampler=few)
    again = sb.load(sb.save(fit, tmp_path / "fit.cells.nc", cells=True))
    assert same(again, fit)
    assert same(sb.check(again), sb.check(fit))
    assert same(sb.estimate(again, by="authority"), sb.estimate(fit, by="authority"))


@pytest.mark.parametrize("kind", KINDS)
def test_without_its_cells_the_headline_is_the_same_to_the_bit(tmp_path, kind):
    fit = made(kind)
    again = sb.load(sb.save(fit, tmp_path / "fit.nc"))
    assert type(again) is ReleasedFit
    for question in ASKED[:4]:
        one, two = sb.estimate(again, **question), sb.estimate(fit, **question)
        assert one.draws.tobytes() == two.draws.tobytes()
        assert (one.mean, one.interval(), one.describe()) == (two.mean, two.interval(), two.describe())
        assert one.probability_error(below=0.0) == two.probability_error(below=0.0)
    assert {name: values.tobytes() for name, values in again.hyper.items()} == {
        name: values.tobytes() for name, values in fit.draws.hyper.items()
    }
    assert again.health == fit.health
    assert "without cells" in repr(again)
    assert again.posterior.sizes == {"chain": 1, "draw": 300}


def test_effects_of_parts_keep_their_distribution(tmp_path):
    fit = made("shares")
    again = sb.load(sb.save(fit, tmp_path / "fit.nc"))
    for by in ("event_time", "authority"):
        for mine, theirs in zip(sb.estimate(again, by=by), sb.estimate(fit, by=by), strict=True):
            assert mine.label == theirs.label
            assert mine.mean == pytest.approx(theirs.mean, abs=0.05 * theirs.sd)
            assert mine.interval() == pytest.approx(theirs.interval(), abs=0.3 * theirs.sd)


@pytest.fixture(scope="module")
def checked():
    fit = made("rates")
    return fit, sb.check(fit)


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_with_its_checks_it_is_graded_as_before(tmp_path, checked, suffix):
    fit, checks = checked
    again = sb.load(sb.save(fit, tmp_path / f"fit{suffix}", checks=checks))
    one, two = sb.grade(sb.estimate(again), sb.check(again)), sb.grade(sb.estimate(fit), checks)
    assert str(one) == str(two)
    assert [(c.name, c.reached, c.state, c.sentence) for c in one.criteria] == [
        (c.name, c.reached, c.state, c.sentence) for c in two.criteria
    ]
    assert [c.name for c in sb.check(again)] == [c.name for c in checks]
    saved_again = sb.load(sb.save(again, tmp_path / f"again{suffix}"))
    assert same(saved_again, again)


def test_checks_of_another_fit_are_refused(tmp_path, checked):
    fit, checks = checked
    with pytest.raises(FileError, match="made of another fit"):
        sb.save(made("shares"), tmp_path / "fit.nc", checks=checks)
    with pytest.raises(FileError, match="or of a subgroup"):
        sb.save(fit, tmp_path / "fit.nc", checks=(replace(checks[0], subgroup="f"),))
    for found, options in ((fit, {"cells": True}), (sb.estimate(fit), {})):
        with pytest.raises(FileError, match="beside a fit without cells only"):
            sb.save(found, tmp_path / "fit.cells.nc", checks=checks, **options)
    assert list(tmp_path.iterdir()) == []


QUESTIONS = {
    "check": lambda fit: sb.check(fit),
    "check with arguments": lambda fit: sb.check(fit, skip=("drift",)),
    "heterogeneity": sb.heterogeneity,
    "growth": sb.growth,
    "subgroups": lambda fit: sb.subgroups(fit, "sex"),
    "dose_response": lambda fit: sb.dose_response(fit, {}),
    "compare": lambda fit: sb.compare(fit, fit),
    "placebo_in_space": sb.placebo_in_space,
    "pooled": lambda fit: sb.pooled([fit, fit]),
    "to_pymc": sb.to_pymc,
    "events": lambda fit: sb.estimate(fit, scale="events"),
    "a dose": lambda fit: sb.estimate(fit, dose=0.5),
    "a column": lambda fit: sb.estimate(fit, by="age"),
    "authorities weighted equally, by authority": lambda fit: sb.estimate(fit, by="authority", weight="authorities"),
    "link_effect": link_effect,
    "draws": lambda fit: fit.draws,
    "contrast": lambda fit: fit.contrast(np.ones(1)),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_other_question_says_what_is_answered_and_how_to_save_for_it(tmp_path, question):
    again = sb.load(sb.save(made("streams"), tmp_path / "fit.nc"))
    with pytest.raises(FitError) as caught:
        QUESTIONS[question](again)
    said = str(caught.value)
    for words in ("saved without its cells", "grade, and estimate of satt (children, difference)", "by='event_time'",
                  "not check, heterogeneity, growth", 'save(fit, "name.cells.nc", cells=True)'):  # fmt: skip
        assert words in said
    assert not hasattr(type(again), "unheard_of")
    with pytest.raises(AttributeError):
        again.unheard_of  # noqa: B018


def test_what_cannot_be_saved_with_cells_says_why(tmp_path):
    with pytest.raises(FileError, match=r"values of single children.*tails=\"normal\""):
        sb.save(made("long tails"), tmp_path / "fit.cells.nc", cells=True)
    with pytest.raises(FileError, match="has none to save"):
        sb.save(sb.load(sb.save(made("rates"), tmp_path / "fit.nc")), tmp_path / "fit.cells.nc", cells=True)
    assert [p.name for p in tmp_path.iterdir()] == ["fit.nc"]


def test_a_fit_that_was_made_by_weighting_another(tmp_path):
    """What a check makes of a fit is saved where its model is its own, and refused where it is that of the other."""
    again = with_effect_sd(made("rates"), 0.4)
    assert same(sb.load(sb.save(again, tmp_path / "sceptical.cells.nc", cells=True)), again)
    with pytest.raises(FileError, match="made from another one by weighting"):
        sb.save(without_adopter(made("plain numbers"), 0), tmp_path / "fewer.cells.nc", cells=True)


def shorter(told, arrays):
    arrays["draws/theta"] = arrays["draws/theta"][:, :, :1].copy()


def fewer(told, arrays):
    told["held"]["draws"]["hyper"]["by"] = told["held"]["draws"]["hyper"]["by"][1:]
    del arrays["draws/hyper/sd_step"]


def late(told, arrays):
    arrays["layout/starts"][0] = 99


def more_events(told, arrays):
    arrays["layout/cells/events"] += 1e6


def negative(told, arrays):
    arrays["layout/cells/total"] *= -1


def unknown_events(told, arrays):
    arrays["layout/cells/events"][0] = np.nan


@pytest.mark.parametrize(("change", "why"), [
    (shorter, "draws of another shape than its cells"), (fewer, "lacks hyperparameters"), (late, "starts of other"),
    (more_events, "is a Cells that cannot be"), (negative, "is a Cells that cannot be"),
    (unknown_events, "is a Cells that cannot be"),
])  # fmt: skip
def test_a_fit_that_does_not_fit_its_cells_is_refused(tmp_path, change, why):
    path = sb.save(made("shares"), tmp_path / "fit.cells.nc", cells=True)
    told, arrays = opened(path)
    change(told, arrays)
    with pytest.raises(FileError, match=why):
        sb.load(rewritten(path, told, arrays))


@pytest.mark.parametrize("ask", [sb.predict, sb.loo, sb.to_datatree, sb.to_pymc])
def test_what_needs_cells_says_that_they_were_not_saved(tmp_path, ask):
    again = sb.load(sb.save(made("shares"), tmp_path / "fit.nc"))
    with pytest.raises(FitError, match=r"saved without its cells.*cells=True"):
        ask(again)
