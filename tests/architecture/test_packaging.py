"""The lock file, the stub of the root, and what no tracked file may name."""

import ast
import importlib
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

# written in pieces, so that this file does not name what it looks for
MACHINE_PATHS = [re.escape(f"/{folder}/") for folder in ("work", "root", "home", "opt")] + [re.escape("file:" + "//")]
REGISTRIES = [
    "pypi" + r"\.",
    "python" + "hosted",
    "/sim" + "ple/",
    "index" + "-url",
    "find" + "-links",
    "extra" + "-index",
]
FORBIDDEN = re.compile("|".join(MACHINE_PATHS + REGISTRIES))


def pinned(text: str) -> dict[str, list[Version]]:
    """Every version in the lock, by package: a universal lock may hold more than one, each under a marker."""
    found: dict[str, list[Version]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", text, flags=re.MULTILINE):
        found.setdefault(canonicalize_name(name), []).append(Version(version))
    return found


UNLOCKED = {"cluster", "bench"}  # engines and peers for their own commands: nobody installs Spark from the lock


def requirements(checkout: Path) -> list[Requirement]:
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [lines for name, lines in project["dependency-groups"].items() if name not in UNLOCKED]
    lines = [*project["project"]["dependencies"], *(line for group in groups for line in group)]
    return [Requirement(line) for line in lines]


def test_the_lock_satisfies_the_project(checkout: Path) -> None:
    lock = pinned((checkout / "requirements.lock").read_text(encoding="utf-8"))
    for requirement in requirements(checkout):
        versions = lock.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement.name} is not in requirements.lock: run the task lock"
        assert all(requirement.specifier.contains(version) for version in versions), f"{requirement} against {versions}"


def test_the_lock_is_hashed_and_names_no_address(checkout: Path) -> None:
    text = (checkout / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert " @ " not in text
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 20
    assert all("--hash=sha256:" in entry for entry in entries)


def tracked(checkout: Path) -> list[Path]:
    """The text files that git tracks."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=checkout, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: no list of tracked files")
    paths = [checkout / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:4096]]


def test_no_tracked_file_names_a_machine_or_a_registry(checkout: Path) -> None:
    faults = []
    for path in tracked(checkout):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if FORBIDDEN.search(line):
                faults.append(f"{path.relative_to(checkout)}:{number}")
    assert faults == []


def test_the_search_for_machine_paths_finds_them() -> None:
    assert FORBIDDEN.search("/ho" + "me/ann/data.csv")
    assert FORBIDDEN.search("https://py" + "pi.org")
    assert not FORBIDDEN.search("docs/reference/index.md")


def stub_names(checkout: Path) -> list[tuple[str, str]]:
    tree = ast.parse((checkout / "sos_bayes" / "__init__.pyi").read_text(encoding="utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return [(node.module or "", alias.name) for node in imports for alias in node.names]


def test_every_name_of_the_root_loads(checkout: Path) -> None:
    root = importlib.import_module("sos_bayes")
    for room, name in stub_names(checkout):
        folder = f"sos_bayes.{room}" if room else f"sos_bayes.{name}"
        home = importlib.import_module(folder)
        assert getattr(root, name) is (getattr(home, name) if room else home)


def test_the_root_has_a_few_dozen_names(checkout: Path) -> None:
    root = importlib.import_module("sos_bayes")
    assert 30 <= len(root.__all__) <= 72
    assert sorted(root.__all__) == sorted(name for _, name in stub_names(checkout))


def test_the_types_are_shipped(checkout: Path) -> None:
    assert (checkout / "sos_bayes" / "py.typed").is_file()


def test_the_readme_has_its_two_commands_alone_on_a_line(checkout: Path) -> None:
    lines = (checkout / "README.md").read_text(encoding="utf-8").splitlines()
    fenced = [line for number, line in enumerate(lines) if lines[number - 1].startswith("```")]
    start = "python3 -m pip install -q uv && python3 -m uv run "
    assert [line.removeprefix(start) for line in fenced if line.startswith(start)] == ["sos-bayes demo", "pytest"]


def test_the_tasks_have_their_six_verbs(checkout: Path) -> None:
    tasks = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["poe"]["tasks"]
    assert {"setup", "lint", "test", "test-slow", "docs", "check"} <= set(tasks)
