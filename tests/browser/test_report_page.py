"""The report in a real Chromium: axe-core finds nothing against WCAG 2.2 A and AA, on a phone and on a desk.

Run with ``poe test-browser``; needs Debian's ``chromium``.
"""

import html
import json
import re
import subprocess
from dataclasses import replace
from importlib.resources import files

import pytest

from sos_bayes.evidence import Direction, Strength
from sos_bayes.reports import to_html
from tests.reports.made_up import PLANS, evaluation, finding

pytestmark = pytest.mark.browser
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ASK = """
axe.run(document, {runOnly: %s}).then(done => {
  const said = done.violations.map(v => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 120)]);
  const wide = document.documentElement.scrollWidth, seen = window.innerWidth;
  parent.document.getElementById('told').textContent =
    JSON.stringify({said, wide, seen, passed: done.passes.length});
});
"""
CHROMIUM = [
    "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--virtual-time-budget=30000",
]  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    one, other = finding(), finding(PLANS, mean=-3.0, sd=1.0)
    changed = {"graded": True, "strength": Strength.MODERATE, "direction": Direction.CONTRARY}
    held = evaluation(replace(one, grade=replace(one.grade, **changed)), other)
    return to_html(held, tmp_path_factory.mktemp("report") / "report.html").read_text()


def told(page, folder, width):
    """What axe-core says of a page, its policy against scripts taken off for that."""
    axe = files("axe_core_python").joinpath("axe.min.js").read_text()
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    script = f"<script>{axe}</script><script>{ASK % json.dumps(RULES)}</script></body>"
    framed = html.escape(page.replace("</body>", script))  # a window is never as narrow as a phone; a frame is
    outer = folder / "outer.html"
    outer.write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><body style="margin:0"><pre id="told" hidden></pre>'
        f'<iframe title="report" style="width:{width}px;height:900px;border:0" srcdoc="{framed}"></iframe>'
    )
    asked = [
        *CHROMIUM, f"--user-data-dir={folder / 'profile'}", "--window-size=1400,1000", "--dump-dom", outer.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(asked, capture_output=True, text=True, timeout=240, check=True)
    (said,) = re.findall(r'<pre id="told" hidden="">(.*?)</pre>', done.stdout, re.S)
    return json.loads(html.unescape(said))


@pytest.mark.parametrize("opened", [False, True], ids=["folded", "unfolded"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(page, tmp_path, width, opened):
    shown = page.replace('<details class="part"', '<details open class="part"') if opened else page
    said = told(shown, tmp_path, width)
    assert said["said"] == []
    assert said["passed"] > 20
    assert said["seen"] == width
    assert said["wide"] <= width  # nothing but a table's own region scrolls sideways


def test_axe_finds_nothing_in_the_dark(page, tmp_path):
    dark = page.replace("prefers-color-scheme: dark", "min-width: 1px")
    assert dark != page
    assert told(dark, tmp_path, 390)["said"] == []


def test_a_fault_would_be_found(page, tmp_path):
    assert "image-alt" in [rule for rule, *_ in told(page.replace(' alt="', ' data-x="'), tmp_path, 1280)["said"]]


def test_the_first_level_prints_on_a_few_pages(page, tmp_path):
    (tmp_path / "report.html").write_text(page)
    done = [
        *CHROMIUM, f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={tmp_path / 'report.pdf'}",
        "--no-pdf-header-footer", (tmp_path / "report.html").as_uri(),
    ]  # fmt: skip
    subprocess.run(done, capture_output=True, timeout=240, check=True)
    pages = re.findall(rb"/Type\s*/Page[^s]", (tmp_path / "report.pdf").read_bytes())
    assert 1 <= len(pages) <= 3  # two outcomes
