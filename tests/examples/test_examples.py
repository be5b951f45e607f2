import ast
import importlib.util
import re
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

NAMES = sorted(path.stem for path in (Path(__file__).parents[2] / "examples").glob("*.py"))


def load(checkout, name):
    spec = importlib.util.spec_from_file_location(f"example_{name}", checkout / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_short_and_do_nothing_when_imported(checkout, name, capsys):
    source = (checkout / "examples" / f"{name}.py").read_text()
    assert len(source.splitlines()) < 60
    assert any(isinstance(n, ast.If) and "__main__" in ast.unparse(n.test) for n in ast.parse(source).body)
    load(checkout, name)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", NAMES)
def test_every_example_says_what_it_is(checkout, name, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", [f"{name}.py", "--help"])
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(checkout / "examples" / f"{name}.py"), run_name="__main__")
    said = capsys.readouterr().out
    assert stop.value.code == 0
    assert f"python examples/{name}.py" in said


@pytest.mark.parametrize("name", NAMES)
def test_no_example_needs_a_file_that_is_not_there(checkout, name):
    source = (checkout / "examples" / f"{name}.py").read_text(encoding="utf-8")
    assert not re.search(r"read_csv|read_parquet|shared|sys\.argv", source)


def test_the_page_of_findings_names_the_scripts_that_are_there(checkout):
    page = (checkout / "docs" / "explanation" / "findings.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(?:python examples/)?(\w+)\.py", page))
    of_other_questions = {"meta_analysis", "suppressed_counts", "synthetic_control"}
    assert named == set(NAMES) - of_other_questions
    for words in ("not public", "was not recovered", "open: no design yet"):
        assert words in page


def test_costs_are_called_invented_and_the_price_of_care_has_its_source(checkout, capsys):
    load(checkout, "cost").main(nearest=2)
    said = capsys.readouterr().out
    assert said.startswith("INVENTED costs")
    assert "source: PSSRU 2017, p. 86" in said
    assert "EIF cost band 1" in said
    assert re.search(r"P = 0\.\d\d that it is cost-effective", said)
    assert "cost saving" not in said


def test_ratings_call_the_invented_practice_invented_and_give_the_real_one_no_guidebook_level(checkout, capsys):
    load(checkout, "evidence_ratings").main()
    said = capsys.readouterr().out
    assert said.startswith("SIGNS OF SAFETY, round 2 as published. Level NL2")
    assert "INVENTED PRACTICE at £450 a child. Level 4" in said
    assert "Cost band 2." in said
    assert said.count("not by the Guidebook") == 2
    assert "its list was not read" in said


def test_the_first_round_s_real_re_referrals_show_no_change(checkout, monkeypatch, capsys):
    example = load(checkout, "round_1")
    monkeypatch.setattr(example, "OUTCOMES", {})
    monkeypatch.setattr(example, "INDEPENDENT", {example.RE_REFERRAL: example.INDEPENDENT[example.RE_REFERRAL]})
    example.main("fast")
    said = capsys.readouterr().out
    row = next(line for line in said.splitlines() if line.startswith("re-referral within 12 months  "))
    assert re.search(r"\b(none|low)\b", row)
    ours = float(re.search(r"ours ([+-][\d.]+)", said).group(1))
    assert abs(ours - 0.85) < 1.9


@pytest.mark.slow
def test_the_first_round_on_the_real_panel_shows_what_independent_numbers_do(checkout, capsys):
    example = load(checkout, "round_1")
    example.main("fast")
    said = capsys.readouterr().out
    found = re.findall(r"ours ([+-][\d.]+) .* independent ([+-][\d.]+) \(([\d.]+)\)", said)
    assert len(found) == 4
    assert all(abs(float(ours) - float(theirs)) < float(error) for ours, theirs, error in found)
    rows = [line for line in said.split("(SATT,")[0].splitlines() if re.search(r"P\((more|fewer)\) = ", line)]
    assert len(rows) == 4
    assert not any(re.search(r"\b(moderate|high)\b", row) for row in rows)


@pytest.mark.sampling
def test_three_designs_say_alike_of_the_pilots_real_plans(checkout, capsys):
    load(checkout, "three_designs").main("cpp_at_31_march")
    said = capsys.readouterr().out
    assert "not healthy" not in said
    effects = [float(x) for x in re.findall(r"([+-][\d.]+) per 10,000", said)]
    assert len(effects) == 6
    assert max(effects) - min(effects) < 4.0


@pytest.mark.sampling
@pytest.mark.parametrize(
    ("case", "published", "near", "apart"), [("california", -19.51, 1.5, 4.0), ("basque", -0.692, 0.07, 0.07)]
)
def test_famous_cases_are_fitted_in_health_around_what_was_published(checkout, capsys, case, published, near, apart):
    load(checkout, "synthetic_control").main(case)
    said = capsys.readouterr().out
    assert "not healthy" not in said
    point = float(re.search(r"synthetic_control +(-[\d.]+)", said).group(1))
    low, high = map(float, re.search(r"no constant .*\((-[\d.]+) to (-?[\d.]+)\)", said).groups())
    mean = float(re.search(r"no constant +(-[\d.]+)", said).group(1))
    assert point == pytest.approx(published, abs=near)
    assert mean == pytest.approx(published, abs=apart)
    assert low < published < high


def test_synthetic_differences_of_the_pilots_are_those_of_the_documentation(checkout, capsys):
    load(checkout, "pilots_synthetic_did").main()
    found = [float(x) for x in re.findall(r" ([+-][\d.]+) per", capsys.readouterr().out)]
    page = (checkout / "docs" / "explanation" / "synthetic_control.md").read_text(encoding="utf-8")
    rows = re.findall(r"\| \| synthetic difference-in-differences \| ([+-][\d.]+) \| ([+-][\d.]+) \|", page)
    plans, looked_after, in_need, again = ([float(x) for x in row] for row in rows)
    assert np.round(found, 0) == pytest.approx(np.round([*again, *in_need, *plans, *looked_after], 0))
    assert found[:2] + found[4:] == [*again, *plans, *looked_after]


def test_the_review_of_2018_cannot_be_pooled_and_nothing_is_made_of_that(checkout, capsys):
    load(checkout, "systematic_review").main()
    said = capsys.readouterr().out
    assert "One study is not a synthesis" in said
    assert "no evidence that the practice does nothing" in said
    assert "not graded here" in said
    assert "No standard error is given" in said


@pytest.mark.sampling
def test_the_trials_of_the_vaccine_come_out_as_published(checkout, capsys):
    """metafor: log risk ratio -0.7145 (0.1798), latitude -0.0291 (0.0072) a degree."""
    load(checkout, "meta_analysis").main()
    said = capsys.readouterr().out
    mean, sd = map(float, re.search(r"log risk ratio: (-[\d.]+) \(([\d.]+)\)", said).groups())
    slope = float(re.search(r"latitude +(-[\d.]+)", said).group(1))
    assert mean == pytest.approx(-0.7145, abs=0.03)
    assert sd == pytest.approx(0.1798, rel=0.2)
    assert slope == pytest.approx(-0.0291, abs=0.0036)
    assert "not graded here" in said


def test_the_three_audiences_get_the_published_answers(checkout, capsys):
    load(checkout, "who_should_do_what").main()
    said = capsys.readouterr().out
    for answer in ("no reason to stop", "pause for thought", "not the right type of evidence"):
        assert f": {answer}>" in said
    assert "Watch kinship placement closely" in said


def test_delivery_and_subgroups_are_called_synthetic_and_say_what_is_true(checkout, capsys):
    answer = load(checkout, "delivery").main()
    assert capsys.readouterr().out.startswith("SYNTHETIC")
    assert "the data do not tell which" in answer.sentence
    found = load(checkout, "subgroups").main()
    assert capsys.readouterr().out.startswith("SYNTHETIC")
    low, high = found["a"].effect.interval(0.95)
    assert low < -0.06 < high < 0.0
    assert [group.effect.label for group in found] == ["a", "b", "c"]
    assert len(found) == 3
