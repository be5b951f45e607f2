"""A kept fit is known by the code that made it: all that a fit can import, and nothing that cannot move a number."""

import ast
import shutil
from pathlib import Path

import pytest

from sos_bayes._core.source import PACKAGE, source_digest
from sos_bayes.fitting.runs import cache_key as module
from sos_bayes.fitting.runs.cache_key import ROOMS, fingerprint
from tests.fitting.runs.test_checkpoint import JOB

FITTING = sorted((PACKAGE / "fitting").rglob("*.py"))
MODULES = sorted(p.relative_to(PACKAGE) for p in PACKAGE.rglob("*.py"))
MOVING = [path for path in MODULES if path.parts[0] in ROOMS]
STILL = [path for path in MODULES if path.parts[0] not in ROOMS]


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """A copy of the package's own source."""
    package = tmp_path_factory.mktemp("copied") / "sos_bayes"
    shutil.copytree(PACKAGE, package, ignore=lambda _, names: [n for n in names if n == "__pycache__"])
    return package


@pytest.fixture
def keyed(copied, monkeypatch):
    """The key of a job whose code lies in the copy."""
    monkeypatch.setattr(module, "_code", lambda: source_digest(ROOMS, copied))
    return lambda: fingerprint(JOB)


def changed(file: Path, text: str, then):
    """What a function says while a line stands at the end of a file, which is put back."""
    before = file.read_text(encoding="utf-8")
    file.write_text(f"{before}\n{text}\n", encoding="utf-8")
    try:
        return then()
    finally:
        file.write_text(before, encoding="utf-8")


def imported(file: Path) -> set[str]:
    """Modules of the package that a module imports, but for those that types alone ask for."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    typed = [n for n in ast.walk(tree) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.unparse(n.test)]
    left_out = {id(child) for block in typed for line in block.body for child in ast.walk(line)}
    found = set()
    for node in ast.walk(tree):
        if id(node) not in left_out and isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name.startswith("sos_bayes.")}


def reached(files: list[Path]) -> set[Path]:
    """All modules that these can import, directly or not."""
    seen: set[Path] = set()
    ahead = list(files)
    while ahead:
        file = ahead.pop()
        if file not in seen and file.is_file():
            seen.add(file)
            for name in imported(file):
                place = PACKAGE.joinpath(*name.split(".")[1:])
                ahead += [place.with_suffix(".py"), place / "__init__.py"]
    return seen


def test_rooms_are_all_that_a_fit_can_import():
    found = {path.relative_to(PACKAGE).parts[0] for path in reached(FITTING)}
    assert found == set(ROOMS)


@pytest.mark.parametrize("path", MOVING, ids=str)
def test_a_change_of_code_that_moves_a_number_changes_the_digest(copied, path):
    before = source_digest(ROOMS, copied)
    assert changed(copied / path, "OTHER = 1", lambda: source_digest(ROOMS, copied)) != before


def test_the_scale_of_plain_numbers_is_in_the_key(copied, keyed):
    (file,) = [p for p in copied.rglob("*.py") if "STRONGEST = " in p.read_text(encoding="utf-8")]
    before = keyed()
    assert changed(file, "STRONGEST = 30.0", keyed) != before == keyed()


def test_what_cannot_move_a_number_is_not_in_the_key(copied, keyed):
    before = keyed()
    for path in STILL:
        (copied / path).write_text("OTHER = 1\n", encoding="utf-8")
    assert keyed() == before
    assert {"plots", "reports", "cli", "study", "evidence", "disclosure"} <= {path.parts[0] for path in STILL}


def test_the_code_of_this_checkout_is_what_is_read():
    assert module._code() == source_digest(ROOMS)
