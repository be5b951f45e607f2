"""Questions beyond the average in reports and figures, from one small synthetic evaluation that is really fitted."""

from dataclasses import replace

import joblib
import pytest

from sos_bayes._core.errors import StudyError
from sos_bayes.data import Aim, Rollout, read_cohort
from sos_bayes.designs import DiD
from sos_bayes.plots import heterogeneity, heterogeneity_alt, subgroups, subgroups_alt, to_svg
from sos_bayes.reports import to_csv, to_html, to_text
from sos_bayes.simulation import Scenario, made_up_subgroups
from sos_bayes.study import Study, evaluate

SMALL_ONE = "Made-up 003"


@pytest.fixture(scope="module")
def answered():
    """Twelve authorities, five adopters, one of them with four treated children; two outcomes, no checks."""
    made = made_up_subgroups(
        Scenario(authorities=12, adopters=5, periods=6, size_median=150, size_max=300), effects=(-0.10, 0.0),
        shares=(0.5, 0.5), seed=4,
    )  # fmt: skip
    rows = made.children()
    few = rows.index[(rows["authority"] == SMALL_ONE) & (rows["period"] >= 2014)]
    rows = rows.drop(index=few[4:])
    outcomes = (
        replace(made.outcome, label="re-referral (synthetic)"),
        replace(made.outcome, label="staying (synthetic)", aim=Aim.MORE),
    )
    study = Study(
        title="Synthetic subgroups", data=read_cohort(rows, authority="authority", period="period", child="child"),
        rollout=Rollout(dict(made.rollout.starts)), design=DiD(vary_by=("subgroup",)), outcomes=outcomes,
        method="fast", checks=False,
    )  # fmt: skip
    with joblib.parallel_config(n_jobs=1):
        return evaluate(study, progress=False)


def test_every_outcome_has_its_answers(answered):
    for finding in answered:
        assert finding.error is None
        assert len(finding.heterogeneity.authorities) == 5
        assert finding.growth.by_event_time.labels == ("0", "1", "2")
        assert [s.by for s in finding.subgroups] == ["subgroup"]
        assert not any(note.startswith("Not answered") for note in finding.notes)
    assert answered.pooled.labels == answered.labels


@pytest.mark.parametrize("write", ["html", "text"])
def test_the_reports_answer_in_words(answered, tmp_path, write):
    page = to_html(answered, tmp_path / "page.html").read_text() if write == "html" else to_text(answered)
    page = " ".join(page.split())
    for said in (
        "Do mixed results wash out?",
        "Prediction for the next authority",
        "Does the effect grow?",
        "Which subgroup is different?",
        "Sensitivity, not a verdict",
        "SATT, children weighted equally",
        "prediction of the effect in the next authority",
    ):
        assert said in page


def test_an_authority_of_few_children_stands_in_no_table_figure_or_description(answered, tmp_path):
    page = to_html(answered, tmp_path / "page.html").read_text()
    tables = "".join(path.read_text() for path in to_csv(answered, tmp_path / "tables"))
    who_adopted, results = page.count(SMALL_ONE), tables + to_text(answered)
    assert who_adopted == 1  # the list of adopters with their starts, which is no result
    assert f"{SMALL_ONE} (2014)" in page
    assert SMALL_ONE not in results
    assert "Made-up 00" in page
    found = answered.findings[0].heterogeneity
    assert SMALL_ONE not in heterogeneity_alt(found)
    assert SMALL_ONE not in str(found.to_frame())


def test_the_tables_name_estimand_and_weight(answered, tmp_path):
    for path in to_csv(answered, tmp_path):
        head = path.read_text().splitlines()[:1]
        if path.stem in ("verdicts", "estimates", "ranks", "subgroups", "pooled"):
            assert {"estimand", "weight"} <= set(head[0].split(","))


def test_the_figure_of_authorities_is_ordered_and_ends_with_the_prediction(answered):
    found = answered.findings[0].heterogeneity
    axes = heterogeneity(found).axes[0]
    labels = [t.get_text() for t in axes.get_yticklabels()]
    assert labels == [*(r.effect.label for r in found.shown()), "next authority (prediction)"]
    medians = [float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == "o"]
    wanted = [100 * r.effect.interval(0.0001)[0] for r in found.shown()]
    assert medians[:-1] == pytest.approx(wanted)
    assert "authorities weighted equally" in axes.get_xlabel()


def test_the_figure_of_subgroups_marks_the_one_apart(answered):
    found = answered.findings[0].subgroups[0]
    axes = subgroups(found).axes[0]
    colours = [line.get_color() for line in axes.lines if line.get_linewidth() == 1.4]
    assert [c == "#B84E00" for c in colours] == [g.different for g in found.shown()]
    assert all(f"{label}: " in subgroups_alt(found) for label in found.labels)
    assert to_svg(subgroups(found)) == to_svg(subgroups(found))


def test_a_figure_of_nothing_is_refused(answered):
    found = answered.findings[0]
    hidden = replace(found.heterogeneity, authorities=())
    with pytest.raises(StudyError, match="no authority"):
        heterogeneity(hidden)
    with pytest.raises(StudyError, match="no subgroup"):
        subgroups(replace(found.subgroups[0], groups=()))
