"""The page of requirements: every row there, every link and script it names there, and nothing open called done."""

import re
from pathlib import Path

import pytest

import sos_bayes as sb

STATES = {"works", "in part", "open"}


@pytest.fixture(scope="module")
def page(checkout: Path) -> Path:
    return checkout / "docs" / "explanation" / "requirements.md"


def rows(page: Path) -> list[list[str]]:
    """Cells of every row of both tables."""
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d+ \|", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_all_analyses_and_points_have_one_row(page: Path) -> None:
    assert [int(row[0]) for row in rows(page)] == [*range(1, 30), *range(1, 15)]
    assert {row[2] for row in rows(page)} == STATES
    assert all(len(row) == 4 and len(row[3]) > 5 for row in rows(page))


def test_every_link_resolves(page: Path) -> None:
    links = re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    assert len(links) > 30
    assert [link for link in links if not (page.parent / link).is_file()] == []


def test_every_script_and_name_of_a_row_is_there(page: Path, checkout: Path) -> None:
    text = page.read_text(encoding="utf-8")
    scripts = re.findall(r"`(examples/[a-z_0-9]+\.py)`", text)
    assert len(scripts) > 12
    assert [name for name in scripts if not (checkout / name).is_file()] == []
    named = re.findall(r"`([a-z_]+|[A-Z][A-Za-z]+)`", " ".join(row[3] for row in rows(page)))
    assert [name for name in named if name != "error_sd" and not hasattr(sb, name)] == []


def test_what_works_names_a_page_or_a_script(page: Path) -> None:
    assert [row[0] for row in rows(page) if row[2] == "works" and not re.search(r"\]\(|examples/", row[3])] == []
