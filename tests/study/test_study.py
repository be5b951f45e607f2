from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sos_bayes._core.errors import StudyError
from sos_bayes.data import Aim, Binary, Rollout, read_cohort
from sos_bayes.designs import DiD
from sos_bayes.fitting.runs import parallel_fits
from sos_bayes.study import Study, evaluate, run
from tests.reports.made_up import CHILD, evaluation, finding


@pytest.fixture(scope="module")
def children():
    """1,440 synthetic children in 8 authorities and 6 years."""
    rng = np.random.default_rng(5)
    keys = pd.MultiIndex.from_product([[f"A{i}" for i in range(8)], range(2012, 2018), range(30)])
    table = keys.to_frame(index=False).set_axis(["la", "year", "child"], axis=1)
    table["child"] = [f"{CHILD}-{i}" for i in range(len(table))]
    return table.assign(again=rng.binomial(1, 0.3, len(table)), text="x")


def study(children, **changes):
    wanted = {
        "title": "Synthetic trial",
        "data": read_cohort(children, authority="la", period="year", child="child"),
        "rollout": Rollout({"A0": 2015, "A1": 2015, "A2": 2016}),
        "design": DiD(),
        "outcomes": (
            Binary("nowhere", aim=Aim.FEWER, worthwhile=0.02, label="broken"),
            Binary("again", aim=Aim.FEWER, worthwhile=0.02, label="re-referral"),
        ),
        "method": "fast",
    }
    return Study(**{**wanted, **changes})


def test_a_broken_outcome_is_a_finding_and_the_others_finish(children):
    seen = []
    found = evaluate(study(children), progress=lambda i, n, label: seen.append((i, n, label)))
    assert seen == [
        (1, 4, "broken: stopped"), (2, 4, "re-referral: fitted"), (3, 4, "broken: stopped"),
        (4, 4, "re-referral: checked"),
    ]  # fmt: skip
    assert "nowhere" in found["broken"].error
    assert found["broken"].effect is None
    assert found["broken"].grade is None
    good = found["re-referral"]
    assert good.error is None
    assert good.grade is not None
    assert good.health is not None
    assert {(e.estimand, e.weight, e.scale) for e in good.estimates} == set(run.BESIDE)
    assert good.by_authority.labels == ("A0", "A1", "A2")
    assert good.event_study is not None
    assert CHILD not in repr(found) + repr(good) + repr(found.study)


def test_a_study_taken_up_again_fits_nothing_twice(children, tmp_path, monkeypatch):
    first = evaluate(study(children, checks=False), progress=False, checkpoint=tmp_path)
    assert len(list(tmp_path.glob("*.npz"))) == 1
    assert CHILD.encode() not in b"".join(p.read_bytes() for p in tmp_path.iterdir())
    monkeypatch.setattr(parallel_fits, "fit_job", lambda job: pytest.fail("fitted again"))
    again = evaluate(study(children, checks=False), progress=False, checkpoint=tmp_path)
    one, two = (found["re-referral"] for found in (first, again))
    assert one.effect.draws.tobytes() == two.effect.draws.tobytes()
    assert (one.grade, one.health, one.notes) == (two.grade, two.health, two.notes)
    assert again["broken"].error == first["broken"].error


def test_unknown_faults_tell_their_kind_and_no_data(children, monkeypatch):
    def burst(*args, **kwargs):
        raise RuntimeError(f"row {CHILD} holds {7} children")

    monkeypatch.setattr(run, "prepare_layout", burst)
    found = evaluate(study(children), progress=False)
    for one in found:
        assert one.error.startswith("RuntimeError")
        assert CHILD not in one.error
        assert "holds" not in one.error
        assert "run.py, line" in one.error


def test_ctrl_c_stops_everything(children, monkeypatch):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "fit_many", interrupted)
    with pytest.raises(KeyboardInterrupt):
        evaluate(study(children), progress=False)


def test_progress_writes_nothing_where_there_is_no_terminal(children, monkeypatch, capsys):
    monkeypatch.setattr(run, "_answer", lambda *a: finding())
    evaluate(study(children))
    assert capsys.readouterr() == ("", "")


def test_checks_switched_off_cap_the_grade_at_low(children, monkeypatch):
    asked = {}
    monkeypatch.setattr(run, "check", lambda fitted, skip, against: asked.update(skip=skip) or ())
    evaluate(replace(study(children), checks=False, outcomes=study(children).outcomes[1:]), progress=False)
    assert set(asked["skip"]) == set(run.CHECKS)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"outcomes": ()}, "no outcome"),
        ({"outcomes": (1,)}, "Outcome 1 of 1 is a int"),
        ({"method": "nutz"}, 'Did you mean "nuts"'),
    ],
)
def test_a_study_that_cannot_be_is_refused(children, changes, said):
    with pytest.raises(StudyError, match=said):
        study(children, **changes)


def test_two_outcomes_of_one_label_are_refused(children):
    twice = study(children).outcomes[:1] * 2
    with pytest.raises(StudyError, match="share the label 'broken'"):
        study(children, outcomes=twice)


def test_one_outcome_needs_no_tuple(children):
    assert study(children, outcomes=study(children).outcomes[0]).labels == ("broken",)


def test_findings_are_found_by_label_and_the_nearest_is_named():
    found = evaluation()
    assert found["kinship placement"] is found.findings[0]
    assert len(found) == 3
    with pytest.raises(StudyError, match='Did you mean "kinship placement"'):
        found["kinship placment"]


@pytest.mark.parametrize(
    ("title", "notes", "synthetic"),
    [("Trial", ("Synthetic data.",), True), ("SYNTHETIC trial", (), True), ("Trial", (), False)],
)
def test_synthetic_data_are_known_by_what_is_said_of_them(title, notes, synthetic):
    assert evaluation(finding(), title=title, notes=notes).synthetic is synthetic
