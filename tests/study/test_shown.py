"""What notebooks and terminals show of a verdict: short, the verdict first, markup escaped."""

from dataclasses import replace

import sos_bayes as sb
from tests.reports.made_up import KINSHIP, PLANS, evaluation, finding


def test_a_grade_says_its_verdict_in_one_line():
    grade = finding().grade
    assert repr(grade) == f"<Grade: {grade.in_words}>"
    assert len(repr(grade)) < 120
    shown = grade._repr_html_()
    assert shown.startswith(f"<p><strong>{grade.in_words}</strong></p>")
    assert grade.reasons[0].replace("<", "&lt;")[:20] in shown
    assert repr(replace(grade, graded=False)) == "<Grade: not graded>"


def test_a_check_says_its_state_and_bearing():
    check = finding().checks[0]
    assert repr(check) == "<CheckResult leads: reported>"
    assert repr(replace(check, bearing="weakens")) == "<CheckResult leads: reported, weakens>"


def test_an_evaluation_prints_its_verdict_table():
    one = finding()
    stopped = replace(finding(PLANS), effect=None, grade=None, error="There is no column.")
    lines = str(evaluation(one, stopped)).splitlines()
    assert len(lines) == 3
    assert lines[1].startswith(f"kinship placement  {one.grade.in_words}")
    assert "percentage points fewer" in lines[1]
    assert lines[2].endswith("stopped by an error")
    assert repr(evaluation(one)).startswith("<Evaluation ")


def test_markup_in_a_label_is_escaped():
    odd = replace(KINSHIP, label="<script>kin</script>")
    shown = evaluation(finding(odd))._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;kin" in shown


def test_a_figure_shows_itself():
    figure = sb.plots.event_study(finding())
    assert figure._repr_svg_() == sb.plots.to_svg(figure)
    assert "<svg" in figure._repr_svg_()
