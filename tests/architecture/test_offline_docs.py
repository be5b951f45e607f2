"""The guard that keeps the built documentation free of remote parts."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def guard(checkout: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_offline", checkout / "docs" / "check_offline.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/x.css">',
        '<img src="http://example/x.png">',
        "<style>@import url(https://example/x.css)</style>",
        '<p style="background: url(https://example/x.png)">text</p>',
        '<script>load("https://cdn.example/mathjax.js")</script>',
    ],
)
def test_a_remote_part_is_found(guard: ModuleType, tmp_path: Path, page: str) -> None:
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    assert len(guard.faults(tmp_path)) == 1


def test_links_to_follow_and_local_parts_are_allowed(guard: ModuleType, tmp_path: Path) -> None:
    page = '<a href="https://example/">x</a><script src="_static/x.js"></script><img src="data:image/png;base64,AA">'
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    assert guard.faults(tmp_path) == []
