"""What the documentation and the readme show must be what the library takes."""

import ast
import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

import sos_bayes as sb
from sos_bayes.fitting import prepare_layout
from sos_bayes.study.comparator_parts import SetParts
from sos_bayes.study.protocol import Protocol


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def test_the_study_file_of_the_how_to_is_valid(checkout: Path) -> None:
    parts = blocks(checkout / "docs" / "how-to" / "study_file.md", "toml")
    protocol = Protocol.model_validate(tomllib.loads("".join(parts)))
    assert [outcome.kind for outcome in protocol.outcomes] == ["binary", "binary", "count", "ordinal", "continuous"]


def test_the_outcomes_of_the_how_to_are_taken(checkout: Path) -> None:
    shown = blocks(checkout / "docs" / "how-to" / "which_outcome.md", "python")
    whole = [block.replace("unit=\"days\", ...)", "unit=\"days\", aim=sb.Aim.FEWER, worthwhile=2.0, label=\"wait\")")
             for block in shown if re.search(r"sb\.(Ordinal|Continuous|Count)\(", block)]  # fmt: skip
    found: dict[str, object] = {"sb": sb}
    for block in whole:
        exec(block, found)
    assert len(whole) == 5
    assert isinstance(found["need"], sb.Ordinal)
    assert isinstance(found["wait"], sb.Continuous)
    assert found["contacts"].overdispersed  # type: ignore[attr-defined]


def test_the_cells_of_the_how_to_on_questions_run(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = checkout / "docs" / "how-to" / "questions.md"
    names: dict[str, object] = {}
    for cell in blocks(page, r"\{code-cell\} ipython3"):
        exec(compile(cell, str(page), "exec"), names)
    said = capsys.readouterr().out
    assert "The average does not hide opposite results" in said
    assert "differs from that among the other children in a" in said
    assert "Sensitivity, not a verdict" in said


def test_the_cells_of_the_how_to_on_cost_run(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = checkout / "docs" / "how-to" / "cost.md"
    names: dict[str, object] = {}
    for cell in blocks(page, r"\{code-cell\} ipython3"):
        exec(compile(cell, str(page), "exec"), names)
    said = capsys.readouterr().out
    assert "EIF cost band 1 (less than £100)" in said
    assert "source: invented" in said
    assert "whether money is saved is not asked" in said


def test_the_cells_of_the_how_to_on_ratings_run(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = checkout / "docs" / "how-to" / "rating_a_body_of_evidence.md"
    names: dict[str, object] = {"display": print}
    for cell in blocks(page, r"\{code-cell\} ipython3"):
        exec(compile(cell, str(page), "exec"), names)
    said = capsys.readouterr().out
    assert said.startswith("Level 4: ")
    assert "Level NL2: " in said
    assert "38 counted by its source" in said


def test_the_cells_of_the_how_to_on_files_run(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = checkout / "docs" / "how-to" / "save_and_load.md"
    names: dict[str, object] = {}
    for cell in blocks(page, r"\{code-cell\} ipython3"):
        exec(compile(cell, str(page), "exec"), names)
    said = capsys.readouterr().out
    assert "cannot answer this question: that needs its cells" in said
    assert 'Call it "fit.cells.nc"' in said
    assert [".chain", ".iteration", ".draw"] == list(names["table"])[:3]  # type: ignore[call-overload]
    assert isinstance(names["whole"], sb.Fit)


def test_the_cells_of_the_how_to_on_the_structure_of_shocks_run(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = checkout / "docs" / "how-to" / "shock_structure.md"
    names: dict[str, object] = {}
    for cell in blocks(page, r"\{code-cell\} ipython3"):
        exec(compile(cell, str(page), "exec"), names)
    assert "movement that authorities share" in capsys.readouterr().out
    best = max(names["by_period"].items(), key=lambda one: one[1].elpd)  # type: ignore[attr-defined]
    assert best[0] == "fading, regions"


@pytest.mark.sampling
def test_the_cells_of_the_how_to_on_pooling_studies_run(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = checkout / "docs" / "how-to" / "pooling_studies.md"
    names: dict[str, object] = {}
    for cell in blocks(page, r"\{code-cell\} ipython3"):
        exec(compile(cell, str(page), "exec"), names)
    said = capsys.readouterr().out
    assert "Across 13 studies, the mean log odds ratio is" in said
    assert "One study is not a synthesis" in said
    assert names["found"].health.ok  # type: ignore[attr-defined]


@pytest.mark.sampling
def test_the_cells_of_the_how_to_on_one_s_own_model_run(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = checkout / "docs" / "how-to" / "own_model.md"
    names: dict[str, object] = {}
    for cell in blocks(page, r"\{code-cell\} ipython3"):
        exec(compile(cell, str(page), "exec"), names)
    assert "mu_tau" in capsys.readouterr().out
    assert {"odd_year", "odd_year_size"} <= set(names["extended"].named_vars)  # type: ignore[attr-defined]


@pytest.mark.slow
def test_the_cells_of_the_how_to_on_a_design_of_one_s_own_run(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = checkout / "docs" / "how-to" / "own_design.md"
    names: dict[str, object] = {}
    for cell in blocks(page, r"\{code-cell\} ipython3"):
        exec(compile(cell, str(page), "exec"), names)
    for fit in ("fit", "sloping"):
        assert names[fit].health.ok, names[fit].health.reasons  # type: ignore[attr-defined]
    assert "Not calibrated: the model is the analyst's own" in capsys.readouterr().out
    weights = names["alike"](names["near"].authorities)  # type: ignore[operator, attr-defined]
    assert (weights == weights.T).all()
    assert names["grade"].strength <= sb.Strength.LOW  # type: ignore[attr-defined]


def test_the_parts_of_a_study_file_for_child_rows_are_valid(checkout: Path) -> None:
    (part,) = blocks(checkout / "docs" / "how-to" / "child_rows.md", "toml")
    head = '[study]\ntitle = "Synthetic"\n[rollout.starts]\nLeeds = "2015Q1"\n'
    protocol = Protocol.model_validate(tomllib.loads(head + part))
    assert [outcome.kind for outcome in protocol.outcomes] == ["nested"]


def test_the_how_to_of_child_rows_runs_on_a_synthetic_table(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    n = 3_000
    closed = pd.Timestamp("2013-01-01") + pd.to_timedelta(rng.integers(0, 4 * 365, n), unit="D")
    late = closed + pd.to_timedelta(rng.integers(0, 150, n), unit="D")
    again = ((rng.random(n) < 0.3) & (late <= pd.Timestamp("2016-12-31"))).astype(int)
    table = pd.DataFrame(
        {
            "la": rng.choice(["Leeds", "York", "Wakefield", "St Helens"], n),
            "child": rng.integers(0, n // 2, n),
            "closed_on": closed,
            "again": again,
            "again_on": late.where(again == 1),
            "escalated": np.where(again == 1, rng.integers(0, 2, n), np.nan),
            "age": np.where(rng.random(n) < 0.05, np.nan, rng.integers(0, 18, n)),
            "sex": rng.choice(["F", "M"], n),
            "ethnicity": pd.Series(rng.choice(["A", "B"], n)).where(rng.random(n) < 0.9),
        }
    )
    names = {"sb": sb, "table": table}
    for block in blocks(checkout / "docs" / "how-to" / "child_rows.md", "python"):
        exec(block, names)
    assert "Conditional:" in capsys.readouterr().out
    rollout = sb.Rollout({"Leeds": "2015Q1"})
    outcomes = (*names["outcomes"], names["again"], names["by_day"])
    cells = [prepare_layout(names["children"], rollout, outcome, names["design"]).cells for outcome in outcomes]
    assert cells[2].events.tobytes() == cells[3].events.tobytes()
    assert all(c.total.sum() > 0 for c in cells)


def test_the_example_of_the_readme_uses_names_that_exist(checkout: Path) -> None:
    (example,) = blocks(checkout / "README.md", "python")
    tree = ast.parse(example)
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    names = [node.attr for node in attributes if ast.unparse(node.value) == "sb"]
    assert len(tree.body) <= 10
    assert len(names) == 9
    assert all(hasattr(sb, name) for name in names)


def test_the_rules_of_the_how_to_on_comparators_run(checkout: Path) -> None:
    """On a synthetic England whose first two comparators are called Leeds and York."""
    made = sb.simulation.made_up_england(seed=1)
    called = dict(zip(made.scenario.names[20:22], ("Leeds", "York"), strict=True))
    names = [called.get(name, name) for name in made.scenario.names]
    table = made.panel.replace({"authority": called})
    attributes = pd.DataFrame({"la": names, "deprivation": range(40), "children": [7 * i % 40 for i in range(40)]})
    attributes["region"] = ["North", "South"] * 20
    found: dict[str, object] = {
        "sb": sb, "data": sb.read_panel(table, authority="authority", period="period"), "rollout": made.rollout,
        "outcome": made.outcome, "attributes": attributes,
        "statistical_neighbours": pd.DataFrame({"la": names[:9], "neighbour": names[20:29], "rank": 1}),
    }  # fmt: skip
    path = checkout / "docs" / "how-to" / "who_are_the_comparators.md"
    for block in blocks(path, "python"):
        exec(block.replace("print(", "str("), found)
    assert isinstance(found["study"], sb.Study)
    assert len(found["study"].comparators) == 3
    for block in blocks(path, "toml"):
        sets = tomllib.loads(block)["comparators"]
        assert [part.kind for part in TypeAdapter(SetParts).validate_python(sets)]
