"""Nobody asks an outcome for its type but its own module and the kinds that count it: everybody else asks it."""

import ast
from pathlib import Path

import pytest

from sos_bayes._core.source import PACKAGE
from sos_bayes.data import Aim, Binary, Continuous, Count, Duration, Ordinal, Window
from sos_bayes.data.children.kinds import KINDS, Kind, kind_of
from sos_bayes.data.outcomes.defaults import Defaults

OUTCOMES = {"Binary", "Count", "Ordinal", "Continuous", "Duration", "Outcome"}
THEIR_OWN = {"outcomes", "kinds"}  # folders of `data`
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
WORDS = {"aim": Aim.FEWER, "worthwhile": 0.01, "label": "made up"}
MADE = {
    Binary: Binary("y", **WORDS),
    Count: Count("y", "x", per=1, **WORDS),
    Ordinal: Ordinal("y", levels=("low", "high"), at_least="high", **WORDS),
    Continuous: Continuous("y", unit="points", **WORDS),
    Duration: Duration("y", bands=(10, 20), by_day=10, **WORDS),
}


def named_in(node: ast.AST) -> set[str]:
    """Outcome classes that an expression names."""
    names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return (names | {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}) & OUTCOMES


def is_call(node: ast.AST, *names: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def asked_types(source: str) -> list[int]:
    """Lines that ask for the type of an outcome: by isinstance, by comparing types, or by matching a class."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if is_call(node, "isinstance", "issubclass") and named_in(node.args[1]):
            found.append(node.lineno)
        sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        if any(is_call(side, "type") for side in sides) and any(map(named_in, sides)):
            found.append(node.lineno)
        if isinstance(node, ast.MatchClass) and named_in(node.cls):
            found.append(node.lineno)
    return sorted(found)


def is_bound(module: Path) -> bool:
    """Whether a module may not ask for the type of an outcome."""
    return not (module.parts[0] == "data" and THEIR_OWN & {*module.parts})


@pytest.mark.parametrize("module", filter(is_bound, MODULES), ids=str)
def test_no_module_asks_for_the_type_of_an_outcome(module: Path) -> None:
    assert asked_types((PACKAGE / module).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "isinstance(o, Binary)",
        "isinstance(cells.outcome, (Count, data.Ordinal))",
        "isinstance(o, Continuous | Duration)",
        "type(o) is Duration",
        "match o:\n    case Binary(events=e): pass",
    ],
)
def test_such_a_question_is_seen(line: str) -> None:
    assert len(asked_types(line)) == 1


def test_every_kind_has_the_same_functions() -> None:
    asked = {name for name in vars(Kind) if not name.startswith("_")}
    assert {"roles", "columns", "sums", "checks", "cells"} <= asked
    for made in MADE.values():
        assert all(callable(getattr(kind_of(made), name)) for name in asked)
    assert set(KINDS) == set(MADE)


def test_an_heir_of_an_outcome_is_counted_as_that() -> None:
    class Heir(Binary):
        pass

    assert kind_of(Heir("y", **WORDS)) is KINDS[Binary]


def test_every_outcome_answers_whatever_any_of_them_is_asked() -> None:
    asked = [name for name, value in vars(Defaults).items() if isinstance(value, property)]
    told = {kind.__name__: {name: getattr(made, name) for name in asked} for kind, made in MADE.items()}
    assert [kind for kind, said in told.items() if said["measured"]] == ["Continuous"]
    assert {kind: said["readings"] for kind, said in told.items() if said["readings"]} == {
        "Ordinal": ("high",),
        "Duration": (10, 20),
    }
    assert not any(said["conditional"] or said["overdispersed"] or said["long_tails"] for said in told.values())


def test_an_outcome_is_a_share_a_rate_or_measured_and_says_how_it_is_printed() -> None:
    told = {kind.__name__: [made.proportion, made.rate, made.measured] for kind, made in MADE.items()}
    assert all(sum(said) == 1 for said in told.values())
    assert told == {
        "Binary": [True, False, False],
        "Count": [False, True, False],
        "Ordinal": [True, False, False],
        "Continuous": [False, False, True],
        "Duration": [True, False, False],
    }
    printed = {kind: (made.factor, made.change_unit, made.level_unit, made.predictor) for kind, made in MADE.items()}
    share = (100.0, "percentage points", "%", "log_odds")
    assert printed[Binary] == printed[Ordinal] == printed[Duration] == share
    assert printed[Count] == (1.0, "per 1", "per 1", "log_rate")
    assert printed[Continuous] == (1.0, "points", "points", "mean_in_sds")


def test_what_an_outcome_was_told_is_what_it_says() -> None:
    window = Window("closed_on", 6, "2019-03-31")
    assert Binary("y", within=window, **WORDS).within is window
    assert Count("y", "x", per=1, overdispersed=True, **WORDS).overdispersed
    tails = Continuous("y", unit="points", tails="t", degrees=5.0, **WORDS)
    assert (tails.long_tails, tails.degrees) == (True, 5.0)
