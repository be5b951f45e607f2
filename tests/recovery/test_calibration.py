"""The calibration itself: stages give the whole rule's grade, a killed run goes on, tables say what rows say."""

from __future__ import annotations

import csv
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sos_bayes.checks import CHECKS, CheckResult, State, check
from sos_bayes.data import Aim, Binary
from sos_bayes.designs import DiD
from sos_bayes.estimands import Effect, estimate
from sos_bayes.estimands.effect import effect_from_draws
from sos_bayes.evidence import SOS_DEFAULT, Strength, grade
from sos_bayes.fitting import fit_layout
from sos_bayes.simulation import WORLDS, Scenario, World
from tests.recovery import staged as stages_module
from tests.recovery.calibrate import BLOCK, left, rows
from tests.recovery.calibration_tables import BEGIN, END, PAGES, RULE, SUMMARY, kept, lower, upper, write_tables
from tests.recovery.settings_worlds import SETTINGS, of_world
from tests.recovery.staged import bounded, staged

STRONG = Strength.MODERATE, Strength.HIGH


def effect_of(mean: float, sd: float = 0.01) -> Effect:
    outcome = Binary("re_referred", aim=Aim.FEWER, worthwhile=0.01, label="synthetic")
    return effect_from_draws(np.random.default_rng(1).normal(mean, sd, (4, 2000)), outcome)


def said(name: str, p: float) -> CheckResult:
    sides = (("p_positive", 1 - p), ("p_negative", p), ("p_small", p), ("p_large", 0.0))
    return CheckResult(name, name, State.REPORTED, sides, "")


def test_an_unclear_effect_waits_for_no_check() -> None:
    found = staged(None, effect_of(0.0))
    assert found.strength < Strength.MODERATE
    assert "direction" in found.held_by
    assert found.tried == ()


def test_checks_are_tried_one_by_one_until_one_settles_it(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = {"drift"}
    monkeypatch.setattr(stages_module, "under_test", lambda fit: None)
    by_check = {id(one): name for name, one in CHECKS.items()}
    monkeypatch.setattr(
        stages_module, "alone", lambda one, tested: said(by_check[id(one)], 0.6 if by_check[id(one)] in weak else 0.999)
    )
    found = staged(None, effect_of(-0.05))
    assert found.held_by == ("drift",)
    assert found.tried[-1] == "drift"
    assert "leave_one_out" not in found.tried
    weak.clear()
    whole = staged(None, effect_of(-0.05))
    assert not {"level_gap", "comparators", "no_change"} & set(whole.tried)
    assert "leave_one_out" in whole.tried


def test_a_line_that_waits_allows_everything_and_one_that_has_all_is_judged() -> None:
    effect = effect_of(-0.05)
    bounds, waiting = bounded(effect, {}, SOS_DEFAULT)
    assert bounds["patt"][0] is Strength.HIGH
    assert {"patt", "drift", "leave_one_out"} <= waiting
    bounds, waiting = bounded(effect, {"patt": said("patt", 0.5), "trends": said("trends", 0.5)}, SOS_DEFAULT)
    assert bounds["patt"][0] < Strength.MODERATE
    assert bounds["specification"][0] < Strength.MODERATE
    assert "patt" not in waiting


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_stages_give_the_grade_of_the_whole_rule(seed: int) -> None:
    """Moderate and high alike, and everything below moderate alike below it."""
    effects = (0.0, -0.02, -0.03, -0.05)
    layout, _ = of_world(910_000 + seed, World(title="", scenario=Scenario()), effect=effects[seed % 4])
    fit = fit_layout(layout, DiD(), method="fast", seed=seed)
    whole, found = grade(estimate(fit), check(fit)).strength, staged(fit, estimate(fit)).strength
    assert found is whole if whole in STRONG else found not in STRONG


def row(name: str, i: int, **more: Any) -> dict[str, Any]:
    """A made-up row of the file."""
    plain = {"setting": name, "seed": SETTINGS[name].first_seed + i, "rule": RULE, "healthy": True, "truth": 0.0}
    plain |= {"mean": 0.001 * (-1) ** i, "sd": 0.01, "p_positive": 0.5, "strength": "none", "held_by": ["direction"]}
    plain |= {"covered_50": i % 2 == 0, "covered_90": i % 10 > 0, "covered_95": True}
    return plain | {"tried": [], "seconds_headline": 1.0, "seconds": 2.0, "commit": "abc"} | more


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    whole = [row("dip", i) for i in range(3)] + [row("dip", 3, rule="sos_default 0")]
    file.write_text("\n".join(json.dumps(r) for r in whole) + "\n" + json.dumps(row("dip", 4))[:40])
    assert [r["seed"] for r in rows(file)] == [SETTINGS["dip"].first_seed + i for i in range(3)]
    jobs = list(left(["dip", "drift"], {(r["setting"], r["seed"]) for r in rows(file)}, 30))
    assert jobs[0] == ("dip", SETTINGS["dip"].first_seed + 3)
    assert len(jobs) == 57
    assert [name for name, _ in jobs[: 2 * BLOCK]] == ["dip"] * 17 + ["drift"] * 20 + ["dip"] * 3
    assert rows(tmp_path / "none.jsonl") == []


def test_limits_are_those_of_clopper_and_pearson() -> None:
    assert upper(0, 100) == pytest.approx(1 - 0.05**0.01)
    assert upper(10, 10) == 1.0
    assert lower(0, 10) == 0.0
    assert lower(10, 10) == pytest.approx(0.05**0.1)
    assert upper(45, 1000) == pytest.approx(0.0574, abs=0.001)


def test_tables_and_summary_say_what_the_rows_say(tmp_path: Path) -> None:
    for page in PAGES:
        (tmp_path / page).write_text(f"# Page\n\n{BEGIN}\n\nold\n\n{END}\n\nafter\n")
    false = {"strength": "moderate", "p_positive": 0.99, "held_by": []}
    made = [row("dip", i, **(false if i < 150 else {})) for i in range(1000)]
    made += [row("null: base", i) for i in range(999)]
    made += [row("null: base", 999) | {"error": "FitError"}]
    words = write_tables(made, tmp_path)
    assert "dip: moderate or better: limit 17.0 %, not 8.0 %" in words
    assert words.startswith("1 of 2 settings hold")
    page = (tmp_path / "worlds_that_break_it.md").read_text()
    assert "15.0 % (1.1) [17.0 %]" in page
    assert "22 % (4.4), covers 67 %" in page
    assert "old" not in page
    assert page.endswith("after\n")
    assert "null: base" in (tmp_path / "operating_characteristics.md").read_text()
    with (tmp_path / SUMMARY).open() as file:
        summary = {r["setting"]: r for r in csv.DictReader(file)}
    assert summary["dip"]["moderate_or_high"] == "150"
    assert summary["dip"]["stopped_by"] == "direction:850"
    assert summary["null: base"]["answered"] == "999"
    assert write_tables(made, tmp_path) == words


def test_later_runs_are_added_to_the_published_summary(tmp_path: Path) -> None:
    """In two runs or in one: the same tables; a gap waits for its seed, and no replicate is counted twice."""
    for place in ("once", "twice"):
        (tmp_path / place).mkdir()
        for page in PAGES:
            (tmp_path / place / page).write_text(f"{BEGIN}\n\n{END}\n")
    made = [row("dip", i, mean=0.002 * (i % 7), sd=0.01 + 0.001 * (i % 3)) for i in range(50)]
    write_tables(made, tmp_path / "once")
    write_tables([r for i, r in enumerate(made) if i != 20], tmp_path / "twice")
    assert kept(tmp_path / "twice", RULE)["dip"]["replicates"] == 20
    assert kept(tmp_path / "twice", "sos_default 0") == {}
    for _ in range(2):
        write_tables(made[10:], tmp_path / "twice")
    one, two = (kept(tmp_path / place, RULE)["dip"] for place in ("once", "twice"))
    assert {k: v for k, v in one.items() if not isinstance(v, float)} == {
        k: v for k, v in two.items() if not isinstance(v, float)
    }
    assert [two[k] for k in ("bias", "bias_error", "mean_sd")] == pytest.approx(
        [one[k] for k in ("bias", "bias_error", "mean_sd")], rel=1e-6
    )
    assert list(left(["dip"], set(), 52, {"dip": two["replicates"]})) == [
        ("dip", SETTINGS["dip"].first_seed + i) for i in (50, 51)
    ]


def test_every_world_is_a_setting_and_seeds_do_not_meet() -> None:
    assert set(WORLDS) <= set(SETTINGS)
    firsts = sorted(one.first_seed for one in SETTINGS.values())
    assert min(b - a for a, b in pairwise(firsts)) >= 1000
    assert all(len(one.draw(one.first_seed)[0].adopters) >= 1 for one in SETTINGS.values() if one.group == "held")
    docs = Path(__file__).resolve().parents[2] / "docs" / "explanation"
    for page in PAGES:
        text = (docs / page).read_text()
        assert (text.count(BEGIN), text.count(END)) == (1, 1)
