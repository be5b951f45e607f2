import ast
import importlib.util
import re

import numpy as np
import pytest

NAMES = [
    "authority_panel", "nine_pilots", "pilots_synthetic_did", "suppressed_counts", "synthetic_control", "three_designs",
]  # fmt: skip


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


def test_the_pilots_real_re_referrals_show_no_change_as_published(checkout, shared_data, monkeypatch, capsys):
    example = load(checkout, "authority_panel")
    monkeypatch.setattr(example, "OUTCOMES", {})
    monkeypatch.setattr(example, "INDEPENDENT", {example.RE_REFERRAL: example.INDEPENDENT[example.RE_REFERRAL]})
    example.main(shared_data / "england", "fast")
    said = capsys.readouterr().out
    row = next(line for line in said.splitlines() if line.startswith("re-referral within 12 months  "))
    assert re.search(r"\b(none|low)\b", row)
    ours = float(re.search(r"ours ([+-][\d.]+)", said).group(1))
    assert abs(ours - 0.85) < 1.9


@pytest.mark.slow
def test_the_real_panel_ends_where_the_published_evaluation_did(checkout, shared_data, capsys):
    example = load(checkout, "authority_panel")
    example.main(shared_data / "england", "fast")
    said = capsys.readouterr().out
    found = re.findall(r"ours ([+-][\d.]+) .* independent ([+-][\d.]+) \(([\d.]+)\)", said)
    assert len(found) == 4
    assert all(abs(float(ours) - float(theirs)) < float(error) for ours, theirs, error in found)
    rows = [line for line in said.split("(SATT,")[0].splitlines() if re.search(r"P\((more|fewer)\) = ", line)]
    assert len(rows) == 4
    assert not any(re.search(r"\b(moderate|high)\b", row) for row in rows)


@pytest.mark.sampling
def test_three_designs_say_alike_of_the_pilots_real_plans(checkout, shared_data, capsys):
    load(checkout, "three_designs").main(shared_data / "england", "cpp_at_31_march")
    said = capsys.readouterr().out
    assert "not healthy" not in said
    effects = [float(x) for x in re.findall(r"([+-][\d.]+) per 10,000", said)]
    assert len(effects) == 6
    assert max(effects) - min(effects) < 4.0


@pytest.mark.sampling
@pytest.mark.parametrize(
    ("file", "published", "near", "apart"),
    [("california_prop99.csv", -19.51, 1.5, 4.0), ("basque.csv", -0.692, 0.07, 0.07)],
)
def test_famous_cases_are_fitted_in_health_around_what_was_published(
    checkout, shared_data, capsys, file, published, near, apart
):
    load(checkout, "synthetic_control").main(shared_data / "benchmarks", file)
    said = capsys.readouterr().out
    assert "not healthy" not in said
    point = float(re.search(r"synthetic_control +(-[\d.]+)", said).group(1))
    low, high = map(float, re.search(r"no constant .*\((-[\d.]+) to (-?[\d.]+)\)", said).groups())
    mean = float(re.search(r"no constant +(-[\d.]+)", said).group(1))
    assert point == pytest.approx(published, abs=near)
    assert mean == pytest.approx(published, abs=apart)
    assert low < published < high


def test_synthetic_differences_of_the_pilots_are_those_of_the_documentation(checkout, shared_data, capsys):
    load(checkout, "pilots_synthetic_did").main(shared_data / "england")
    found = [float(x) for x in re.findall(r" ([+-][\d.]+) per", capsys.readouterr().out)]
    page = (checkout / "docs" / "explanation" / "synthetic_control.md").read_text(encoding="utf-8")
    rows = re.findall(r"\| \| synthetic difference-in-differences \| ([+-][\d.]+) \| ([+-][\d.]+) \|", page)
    plans, looked_after, in_need, again = ([float(x) for x in row] for row in rows)
    assert np.round(found, 0) == pytest.approx(np.round([*again, *in_need, *plans, *looked_after], 0))
    assert found[:2] + found[4:] == [*again, *plans, *looked_after]
