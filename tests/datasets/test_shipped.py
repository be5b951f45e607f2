"""What is shipped is what was published: digests, shapes, licences, and the way from the open data to the files."""

import csv
import gzip
import hashlib
import importlib.util
import io
import subprocess
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest

import sos_bayes as sb
from sos_bayes.datasets import shipped
from sos_bayes.datasets.authorities import ATTRIBUTES, NEIGHBOURS, OFSTED, PILOTS
from sos_bayes.datasets.classics import BASQUE, CALIFORNIA
from sos_bayes.datasets.england import MEASURES, PANEL

DIGESTS = {  # of what lies in the file, not of how it is compressed
    PANEL: "d58daed3f106d7d647ced76b12c09760d41cc968d31a01e2594cc0d3cd317015",
    MEASURES: "52adcc7e2195282a6baa87beffbf478ca988c0ecd04836d4300f29051286984e",
    PILOTS: "cc9bee77a0b614abc8ef80eacd7be46140b38a7cce19532a28678e3d38c731e9",
    NEIGHBOURS: "4799d6c207d842483e4be2117a12c7e578524592961cf0d185c1af15df54f2ac",
    OFSTED: "0386772f80ccf7c007f087fc4b105713aa7808e4176ea051914ab3ece1f6679c",
    CALIFORNIA: "369ea135d3b5bfc5b8bf987a3f8143a422bbc004e7d9bdacd7136ca666b027a2",
    BASQUE: "7dae15c3c6eb4846cfb866fa7c959c77cca0c7271ffbc4306d18b16c4ee4baf1",
    ATTRIBUTES: "09a814564be4cd24dc0f9bdfc813d86c4ed83af012ab61252a4809572a4a3cad",
}
TABLES = {
    "england": (2457, 102), "measures": (57, 9), "pilots": (11, 7), "neighbours": (1560, 4), "attributes": (158, 11),
    "ofsted": (271, 6), "california": (1209, 4), "basque": (774, 4),
}  # fmt: skip


def content(kept: shipped.Shipped) -> bytes:
    held = kept.path.read_bytes()
    return gzip.decompress(held) if kept.file.endswith(".gz") else held


@pytest.mark.parametrize("kept", DIGESTS, ids=lambda kept: kept.file)
def test_what_is_shipped_has_its_digest(kept):
    assert hashlib.sha256(content(kept)).hexdigest() == DIGESTS[kept]


def test_nothing_else_is_shipped():
    (folder,) = {kept.path.parent for kept in DIGESTS if kept is not ATTRIBUTES}
    assert {path.name for path in folder.iterdir()} == {k.file for k in DIGESTS if k is not ATTRIBUTES} | {"NOTICE"}


@pytest.mark.parametrize("name", TABLES)
def test_each_table_has_its_shape_its_licence_and_says_so(name):
    function = getattr(sb.datasets, name)
    table = function()
    assert table.shape == TABLES[name]
    assert {"title", "source", "licence", "attribution", "units"} == set(table.attrs)
    assert f"{len(table):,}" in function.__doc__
    for word in ("Source:", "Returns", "Examples"):
        assert word in function.__doc__
    numbers = [c for c in table.select_dtypes("number") if c not in ("year", "dfe_code", "regionno", "years", "rows")]
    assert set(numbers) <= set(table.attrs["units"])


def test_the_notice_of_the_package_is_that_of_the_project(checkout):
    assert sb.datasets.licences() == (checkout / "NOTICE").read_text(encoding="utf-8")


@pytest.mark.parametrize("kept", DIGESTS, ids=lambda kept: kept.file)
def test_the_notice_names_every_file_and_what_must_be_printed(kept):
    notice = " ".join(sb.datasets.licences().split())
    assert kept.file in notice
    if kept is not PILOTS:
        assert kept.attribution.removesuffix(")").split(" (")[0] in notice
        assert kept.licence in notice


@pytest.fixture(scope="module")
def maker(checkout):
    spec = importlib.util.spec_from_file_location("make_datasets", checkout / "tools" / "make_datasets.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_files_are_what_the_script_makes_of_the_open_data(maker, checkout, shared_data):
    made = maker.make(shared_data / "open")
    assert len(made) == len(DIGESTS)
    assert {hashlib.sha256(data).hexdigest() for data in made.values()} == set(DIGESTS.values())


def test_every_published_number_is_in_the_wide_table(shared_data):
    with gzip.open(shared_data / "open" / "authorities_england_2010_2025.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    wide = sb.datasets.england().set_index(["la_code", "year"])
    columns = set(wide.columns)
    assert len(rows) == 84_871
    found = wide.to_dict("index")
    for row in rows:
        cell, measure = found[row["la_code"], int(row["year"])], row["measure"]
        assert (cell["la_name"], cell["region"]) == (row["la_name"], row["region"])
        if row["numerator"]:
            assert cell[measure] == float(row["numerator"])
            assert not row["denominator"] or cell[f"{measure}_of"] == float(row["denominator"])
        else:
            alone = f"{measure}_percent" if f"{measure}_percent" in columns else measure
            assert cell[alone] == float(row["value"])
    held = wide.drop(columns=["la_name", "region"]).notna().sum()
    mixed = "cla_3plus_placements"
    own = [c for c in held.index if not c.endswith("_of") and c != mixed]
    assert held[own].sum() == len(rows)


def test_absent_is_absent_and_zero_is_published():
    table = sb.datasets.england("cpp_at_31_march_2_years_plus", years=range(2013, 2026))
    counts = table["cpp_at_31_march_2_years_plus"]
    assert (counts == 0).sum() == 286
    assert counts.between(1, 5).sum() == 0
    assert table["cpp_at_31_march_2_years_plus_of"].notna().all()


def test_measures_and_years_are_those_asked_in_their_order():
    table = sb.datasets.england(["sw_caseload", "icpc", "sw_caseload"], years=[2018, 2017])
    assert list(table.columns)[4:] == ["sw_caseload", "icpc", "icpc_of"]
    assert sorted(table["year"].unique()) == [2017, 2018]
    assert table.attrs["units"] == {
        "sw_caseload": "cases for each full-time equivalent", "icpc": "count", "icpc_of": "count",
    }  # fmt: skip
    assert not table.drop(columns=["la_code", "la_name", "region", "year"]).isna().all(axis=1).any()
    assert len(sb.datasets.england("icpc", years=2015)) <= 152
    everything = sb.datasets.england(years=2016)
    assert "sw_caseload" not in everything
    assert not everything.isna().all().any()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"measures": "cin_at_31_mach"}, 'Did you mean "cin_at_31_march"'),
        ({"measures": []}, "No measure is asked for"),
        ({"measures": "sw_caseload", "years": 2012}, "2017 to 2025"),
        ({"years": 2009}, "has no 2009"),
        ({"years": []}, "No year is asked for"),
        ({"years": "2013"}, "has no 2, 0 and 1"),
    ],
)
def test_what_is_not_held_is_refused_with_the_cure(asked, said):
    with pytest.raises(sb.SosBayesError, match=said):
        sb.datasets.england(**asked)


def test_holes_are_refused_unless_they_are_to_be_dropped():
    table = sb.datasets.england("rereferrals_within_12m", years=range(2013, 2018))
    norfolk = table[table["la_name"] == "Norfolk"]["year"].tolist()
    assert norfolk == [2015, 2016, 2017]
    both = sb.datasets.england(["cin_at_31_march", "rereferrals_within_12m"], years=range(2013, 2018))
    panel = sb.read_panel(both, authority="la_code", period="year", name="la_name")
    rollout = sb.Rollout({"E08000036": 2016})
    words = {"aim": sb.Aim.FEWER, "worthwhile": 0.01, "label": "again"}
    strict = sb.Binary("rereferrals_within_12m", "rereferrals_within_12m_of", **words)
    with pytest.raises(sb.SosBayesError, match="drop"):
        sb.fit(panel, rollout, strict, sb.DiD(), method="fast")


def test_the_pilots_are_in_the_panel_and_their_neighbours_and_judgements_too():
    pilots = set(sb.datasets.pilots()["la_code"])
    assert pilots <= set(sb.datasets.england("cin_at_31_march", years=2018)["la_code"])
    assert pilots <= set(sb.datasets.neighbours()["la_code"])
    assert pilots <= set(sb.datasets.attributes()["la_code"])
    assert np.issubdtype(sb.datasets.ofsted()["inspection_date"].dtype, np.datetime64)
    assert pilots & set(sb.datasets.ofsted()["la_code"])


def test_a_copy_is_handed_out():
    table = sb.datasets.pilots()
    table.loc[0, "la_name"] = "Gotham"
    table.attrs["units"]["x"] = "y"
    again = sb.datasets.pilots()
    assert "Gotham" not in set(again["la_name"])
    assert "x" not in again.attrs["units"]


def test_the_archive_of_the_panel_names_no_moment_and_no_file():
    head = PANEL.path.read_bytes()[:10]
    assert head[:4] == b"\x1f\x8b\x08\x00"
    assert head[4:8] == bytes(4)


def test_the_whole_of_it_is_small():
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as wheel:
        for kept in DIGESTS:
            wheel.writestr(kept.file, kept.path.read_bytes())
    assert len(held.getvalue()) < 500_000


def test_nothing_is_read_from_a_network(checkout):
    code = (
        "import socket\n"
        "def refuse(*args, **named): raise OSError('no network here')\n"
        "socket.socket.connect = refuse\n"
        "import sos_bayes as sb\n"
        f"print([len(getattr(sb.datasets, name)()) for name in {list(TABLES)}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=checkout, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str([rows for rows, _ in TABLES.values()])


def test_famous_panels_have_their_published_cells():
    packs = sb.datasets.california().set_index(["State", "Year"])["PacksPerCapita"]
    assert packs["California", 1970] == pytest.approx(123.0)
    income = sb.datasets.basque().set_index(["regionname", "year"])["gdpcap"]
    assert income["Basque Country (Pais Vasco)", 1955] == pytest.approx(3.853, abs=0.001)
    assert isinstance(sb.datasets.basque(), pd.DataFrame)
