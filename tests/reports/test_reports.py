import csv
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from sos_bayes._core.errors import StudyError
from sos_bayes.data import Aim, Binary, Ordinal
from sos_bayes.estimands import Effects
from sos_bayes.fitting.posterior.diagnostics import Health
from sos_bayes.reports import to_csv, to_html, to_text
from sos_bayes.reports.html import render
from tests.reports.made_up import KINSHIP, SMALL, effect, evaluation, failed, finding

TABLES = ("verdicts", "estimates", "checks", "criteria", "event_study", "ranks", "subgroups", "pooled", "comparators")
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}$\\frac{1}$ =cmd|x"


class Page(HTMLParser):
    """Collects tags, attributes and text, as a browser would see them."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, k, v) for k, v in attrs]

    def handle_data(self, data):
        if self.tags[-1:] != ["style"]:
            self.words.append(data)


@pytest.fixture(scope="module")
def page():
    return render(evaluation())


@pytest.fixture
def hostile():
    outcome = replace(KINSHIP, label=HOSTILE, unit="<b>kids</b>")
    found = finding(outcome, authorities=("<script>1", "=1+1", "@SUM", "A"), notes=("<script>note</script>",))
    return evaluation(found, failed(label="<svg onload=x>", error="<script>boom</script>"), title=HOSTILE)


def test_the_page_needs_nothing_from_outside(page):
    assert not re.search(r"(?:https?|ftp|file):|//[a-z]", page)
    parsed = Page(page)
    assert not {"script", "link", "iframe", "object", "embed", "form", "base", "svg"} & set(parsed.tags)
    assert not [a for _, a, _ in parsed.attributes if a.startswith("on")]
    sources = [v for _, k, v in parsed.attributes if k in ("src", "href")]
    assert sources
    assert all(v.startswith(("data:image/svg+xml;base64,", "#")) for v in sources)


def test_the_policy_forbids_scripts_and_remote_parts(page):
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page.replace("&#39;", "'")


def test_every_figure_has_words_for_those_who_cannot_see_it(page):
    alts = [v for t, k, v in Page(page).attributes if t == "img" and k == "alt"]
    assert len(alts) == Page(page).tags.count("img") == 4
    assert all(len(a) > 80 for a in alts)


def test_labels_are_escaped_everywhere(hostile):
    parsed = Page(render(hostile))
    assert not {"script", "b", "svg"} & set(parsed.tags)
    assert all(v.startswith("data:") for t, k, v in parsed.attributes if t == "img" and k == "src")
    assert "49" not in "".join(parsed.words).split("alert(2)")[1][:12]


def test_the_page_tells_what_a_reader_needs(page):
    said = " ".join(" ".join(Page(page).words).split())
    for wanted in (
        "Synthetic data.", "contrary to the aim", "percentage points fewer", "per 10,000", "not evidence of no effect",
        "one roll-out in ten that did nothing", "SATT", "PATT", "seed 20180401", "sos_default", "below 10 are withheld",
        "stopped by an error", "The column re_referred is not there.", "leads", "passed",
    ):  # fmt: skip
        assert wanted in said, wanted


def test_no_banner_on_data_that_nobody_called_synthetic():
    assert 'banner">' not in render(evaluation(finding(), title="Trial", notes=()))


def test_an_unhealthy_fit_reads_not_graded_and_never_none():
    from sos_bayes.evidence import grade

    found = finding()
    ill = Health(False, ("R-hat of omega is 1.03; the limit is 1.01.",), (("worst_rhat", 1.03),))
    e = replace(found.effect, health=ill)
    sick = replace(found, effect=e, health=ill, grade=grade(e, ()))
    text = render(evaluation(sick))
    assert '<span class="chip not-graded">not graded</span>' in text
    assert "R-hat of omega is 1.03" in text
    assert "did not pass its health gate" in text
    assert "not graded" in to_text(evaluation(sick)).splitlines()[6]


def test_small_authorities_are_withheld_from_every_report(tmp_path):
    found = evaluation(finding())
    html, text = render(found), to_text(found)
    to_csv(found, tmp_path)
    tables = "".join(p.read_text() for p in tmp_path.iterdir())
    for report in (" ".join(Page(html).words), text, tables):
        assert "Cedarham" not in report  # 7 children
        assert "Dale" not in report  # the next smallest, else Cedarham could be worked out
        assert not re.search(rf"(?<![\d.,]){SMALL}(?![\d.,%])", report)
    assert "Ashford" in html
    assert "Ashford" in tables


def test_counts_are_rounded(tmp_path):
    found = evaluation(finding())
    to_csv(found, tmp_path)
    everything = render(found) + to_text(found) + (tmp_path / "estimates.csv").read_text()
    assert "4803" not in everything
    assert "4,803" not in everything
    assert "4,805" in to_text(found)


def test_a_baseline_of_few_events_is_withheld(tmp_path):
    rare = finding()
    rare = replace(rare, effect=replace(rare.effect, baseline=0.001))
    to_csv(evaluation(rare), tmp_path)
    rows = list(csv.DictReader((tmp_path / "estimates.csv").open()))
    assert rows[0]["baseline"] == "withheld"
    assert float(rows[1]["baseline"]) == pytest.approx(30.0)


def test_csv_holds_the_printed_numbers_and_neutral_text(hostile, tmp_path):
    paths = to_csv(hostile, tmp_path)
    assert [p.name for p in paths] == [f"{name}.csv" for name in TABLES]
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in paths)
    for path in paths:
        for row in csv.DictReader(path.open(newline="")):
            for cell in row.values():
                assert not cell.startswith(("=", "+", "@", "\t"))
                assert not cell.startswith("-") or float(cell) < 0
    verdict = next(csv.DictReader((tmp_path / "verdicts.csv").open()))
    assert float(verdict["effect"]) == pytest.approx(-13, abs=0.2)
    assert verdict["unit"] == "percentage points"
    groups = {r["group"] for r in csv.DictReader((tmp_path / "estimates.csv").open())}
    assert "'=1+1" in groups


def test_event_study_table_runs_from_before_to_after(tmp_path):
    to_csv(evaluation(finding()), tmp_path)
    rows = list(csv.DictReader((tmp_path / "event_study.csv").open()))
    assert [int(r["period"]) for r in rows] == list(range(-3, 4))
    assert all(float(r["low_95"]) < float(r["low_50"]) < float(r["high_50"]) < float(r["high_95"]) for r in rows)


def test_reports_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    target = tmp_path / "report.html"
    target.write_text("before")
    monkeypatch.setattr("os.replace", lambda *a: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(StudyError, match="No space left"):
        to_html(evaluation(finding()), target)
    assert target.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_a_failing_render_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("sos_bayes.reports.html._figures", lambda *a: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        to_html(evaluation(finding()), tmp_path / "report.html")
    assert not list(tmp_path.iterdir())


def test_text_lists_every_outcome_in_one_table():
    lines = to_text(evaluation()).splitlines()
    assert any(x.startswith("kinship placement") and "contrary to the aim" in x for x in lines)
    assert any(x.startswith("re-referral") and "stopped" in x for x in lines)
    assert all(len(x) <= 100 for x in lines[9:])


def test_a_million_characters_do_not_get_through():
    outcome = Binary("x", aim=Aim.FEWER, worthwhile=0.01, label="x" * 1_000_000)
    made = render(evaluation(finding(outcome)))
    assert "x" * 200 not in made


def test_same_evaluation_same_bytes(page):
    assert render(evaluation()) == page


def test_levels_of_an_ordinal_outcome_are_shown_and_small_ones_kept_back(tmp_path):
    outcome = Ordinal(
        "need", levels=("none", "some", "high", "severe"), at_least="high", aim=Aim.FEWER, worthwhile=0.02, label="need"
    )  # fmt: skip
    shares = {"some": 0.5, "high": 0.4, "severe": 0.399}  # four or five children between the last two
    reached = [effect(outcome, -0.03, 0.01, label=k, baseline=v) for k, v in shares.items()]
    whole = evaluation(finding(outcome, -0.03, 0.01, by_level=Effects("level", tuple(reached))))
    page = render(whole)
    for name in shares:
        assert f"at least {name}" in page
    assert 'fewer reaching "high"; worthwhile from 2.0 percentage points' in " ".join(to_text(whole).split())
    to_csv(whole, tmp_path)
    rows = [r for r in csv.DictReader((tmp_path / "estimates.csv").open()) if r["group"].startswith("at least")]
    assert [r["baseline"] for r in rows] == ["50.0", "withheld", "withheld"]


def test_the_baseline_of_events_is_a_rounded_count(tmp_path):
    found = finding()
    events = replace(found.estimates[2], baseline=1_438.3)
    few = replace(events, baseline=6.0, weight="authorities")
    to_csv(evaluation(replace(found, estimates=(events, few))), tmp_path)
    rows = list(csv.DictReader((tmp_path / "estimates.csv").open()))
    assert [r["baseline"] for r in rows[1:3]] == ["1440", "withheld"]


def test_who_is_counted_is_flagged_where_practice_decides_it(page):
    first, evidence = page.split('id="verdicts"')
    assert first.count("practice decides who is counted") == evidence.count("practice decides who is counted") == 1


def test_diagnostics_show_which_side_of_the_gate_a_figure_lies(page):
    assert "worst rhat 1.002" in page
    assert "smallest ess 2,400" in page
