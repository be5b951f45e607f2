"""Nobody outside `families` asks a family what it is, and nobody but an outcome itself asks which family it has.

Neither by code, nor by name, nor by type: whoever needs to know asks the family's protocol, or the outcome (`measured`,
`proportion`, `rate`, `factor`, `change_unit`, `predictor`).
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from sos_bayes.families import FAMILIES

TYPES = {type(family).__name__ for family in FAMILIES.values()}
HINTS = {"family", "counts", "table"}  # of whom a code or a name is a family's
NAMES = {"family", "likelihood"}  # attributes by which an outcome or a model names a family
OTHERS = {"self", "study"}  # a class that answers for itself, and a study whose family is several outcomes


def asks(tree: ast.AST) -> Iterator[int]:
    """Lines that compare a family's code or name, choose by one, or look at its type."""
    for node in ast.walk(tree):
        if chooses(node) or looks_at_type(node):
            yield getattr(node, "lineno", 0)


def chooses(node: ast.AST) -> bool:
    """Whether a node compares a label of a family, matches on it, or looks something up by it."""
    if isinstance(node, ast.Compare):
        return compares([node.left, *node.comparators])
    if isinstance(node, ast.Match):
        return is_label(node.subject)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        return any(map(is_label, node.args)) and owner_of(node.func.value) != "FAMILIES"
    return isinstance(node, ast.Subscript) and is_label(node.slice) and owner_of(node.value) != "FAMILIES"


def compares(sides: list[ast.expr]) -> bool:
    """Whether one side is a label of a family, or the name of one; that there is none at all may be asked."""
    owned = any(isinstance(side, ast.Attribute) and owner_of(side.value) in OTHERS for side in sides)
    named = any(isinstance(part, ast.Constant) and part.value in FAMILIES for side in sides for part in ast.walk(side))
    absent = any(isinstance(side, ast.Constant) and side.value is None for side in sides)
    return (named and not owned) or (any(map(is_label, sides)) and not absent)


def looks_at_type(node: ast.AST) -> bool:
    """Whether a node asks for the class of a family."""
    if isinstance(node, ast.MatchClass):
        return bool(names_in(node.cls) & TYPES)
    called = isinstance(node, ast.Call) and owner_of(node.func) in ("isinstance", "issubclass")
    return called and bool(names_in(node.args[1]) & TYPES)  # type: ignore[attr-defined]


def is_label(node: ast.AST) -> bool:
    """Whether an expression is a family's code, its name, its type, or how an outcome or a model names its family."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "type":
        return bool(names_in(node.args[0]) & {"family"})
    if not isinstance(node, ast.Attribute):
        return False
    owner = owner_of(node.value)
    return (node.attr in ("code", "name") and owner in HINTS) or (node.attr in NAMES and owner not in OTHERS)


def owner_of(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def names_in(node: ast.AST) -> set[str]:
    return {owner_of(part) for part in ast.walk(node)}


def test_only_families_know_what_a_family_is(checkout: Path) -> None:
    found = []
    for path in (checkout / "sos_bayes").rglob("*.py"):
        if path.parent.name != "families":
            found += [f"{path.relative_to(checkout)}:{line}" for line in asks(ast.parse(path.read_text("utf-8")))]
    assert not found


def test_compiled_loops_choose_by_code_in_one_file(checkout: Path) -> None:
    for path in (checkout / "sos_bayes" / "families").glob("*.py"):
        compared = [
            node.lineno
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Compare) and owner_of(node.left) == "code"
        ]
        assert bool(compared) == (path.name == "by_code.py"), path.name


@pytest.mark.parametrize(
    "line",
    [
        "counts.code == 2", "3 != table.code", "problem.family.code in (2, 4)", "isinstance(family, StudentT)",
        "isinstance(f, (Gaussian, int))", 'problem.family.name == "binomial"', 'model.family == "gaussian"',
        "type(family) is Poisson", "LAWS[problem.family.name]",
        "match family:\n    case Poisson():\n        pass", "match family.code:\n    case 1:\n        pass",
        'outcome.family == "binomial"', 'fit.outcome.likelihood != "student_t"',
        'cells.outcome.family in ("poisson", kind)',
        'name = outcome.family\nif name == "gaussian":\n    pass', "UNITS[outcome.family]",
        "UNITS.get(row.outcome.family)",
        "match outcome.family:\n    case 'poisson':\n        pass", "one.outcome.family == other.outcome.family",
    ],
)  # fmt: skip
def test_every_way_of_asking_is_seen(line: str) -> None:
    assert list(asks(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    [
        "hand_over(counts.code)", "problem.family.affine is None", "FAMILIES[model.family]", "FAMILIES[outcome.family]",
        "outcome.proportion", "study.family is None", "label in study.family", 'self.family == "binomial"',
    ],
)  # fmt: skip
def test_handing_a_code_over_and_asking_the_family_are_allowed(line: str) -> None:
    assert not list(asks(ast.parse(line)))
