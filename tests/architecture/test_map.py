"""The map of the house shows the house: every room is on it, and everything it names is there."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOUSE, HOW_TO_ADD = ROOT / "docs" / "explanation" / "house.md", ROOT / "CONTRIBUTING.md"
MOST = 20  # files that lie flat in one folder


def rooms() -> set[str]:
    """Packages below the root, as a reader writes them."""
    found = (ROOT / "sos_bayes").rglob("__init__.py")
    return {".".join(file.parent.relative_to(ROOT / "sos_bayes").parts) for file in found} - {""}


def named() -> list[str]:
    """Dotted names of rooms and files in code spans of the map."""
    spans = re.findall(r"`([a-z_]+(?:\.[a-z_]+)*)`", HOUSE.read_text())
    return [span for span in spans if span.split(".")[0] in {room.split(".")[0] for room in rooms()}]


def test_every_room_is_on_the_map() -> None:
    text = HOUSE.read_text()
    missing = [room for room in rooms() if f"`{room}`" not in text and f"`{room.rsplit('.', 1)[-1]}`" not in text]
    assert missing == []


def test_what_the_map_names_is_there() -> None:
    assert len(named()) > 40
    gone = [name for name in named() if find_spec(f"sos_bayes.{name}") is None]
    assert gone == []


def test_paths_that_say_how_to_add_are_there() -> None:
    paths = re.findall(r"`((?:sos_bayes|tests|docs)/[\w/.]+)`", HOW_TO_ADD.read_text())
    assert len(paths) > 20
    gone = [path for path in paths if "NAME" not in path and "..." not in path and not (ROOT / path).exists()]
    assert gone == []


def test_no_folder_is_a_heap() -> None:
    flat = {folder: len(list((ROOT / "sos_bayes" / folder.replace(".", "/")).glob("*.py"))) for folder in rooms()}
    assert {folder: n for folder, n in flat.items() if n > MOST} == {}


def test_tests_mirror_the_rooms() -> None:
    of_code = {room.split(".")[0] for room in rooms()}
    beside = {"architecture", "browser", "contracts", "examples", "oracles", "recovery"}
    folders = {
        ".".join(f.relative_to(ROOT / "tests").parts)
        for f in (ROOT / "tests").rglob("*")
        if f.is_dir() and f.name != "__pycache__"
    }
    assert {f for f in folders if f.split(".")[0] in of_code} <= rooms()
    assert {f.split(".")[0] for f in folders} <= of_code | beside
