"""One place under two names, names that the data do not have, and what is never guessed."""

import unicodedata
from dataclasses import replace

import pandas as pd
import pytest

from sos_bayes._core.errors import DataError, RolloutError
from sos_bayes.data import Aim, Binary, Rollout, collapse, comparable, read_cohort, read_panel, read_rollout, starts_on
from sos_bayes.data.england.regions import regions
from sos_bayes.data.geography.authority_names import is_place, meant, plain, slip
from sos_bayes.data.geography.reorganisations import CHANGES, RECODED

AGAIN = Binary("again", "n", aim=Aim.FEWER, worthwhile=0.01, label="re-referral")
YEARS = range(2012, 2018)


def panel(early, late=(), always=("Area one", "Area two"), change=2015):
    """Rows of authorities there before a year, from it on, and all the time."""
    rows = [(la, year) for year in YEARS for la in (*always, *(early if year < change else late))]
    return pd.DataFrame(rows, columns=["la", "year"]).assign(again=3, n=20)


def cells_of(frame):
    return collapse(read_panel(frame, authority="la", period="year"), AGAIN)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Montr\N{LATIN SMALL LETTER E WITH ACUTE}al", unicodedata.normalize("NFD", "Montréal")),
        ("Montréal", "Montreal"),
        ("Stoke-on-Trent", "Stoke on Trent"),
        ("Stoke-on-Trent", "Stoke\N{EN DASH}on\N{NON-BREAKING HYPHEN}Trent"),
        ("King's Lynn", "King\N{RIGHT SINGLE QUOTATION MARK}s Lynn"),
        ("King's Lynn", "Kings Lynn"),
        ("St Helens", "St\N{ZERO WIDTH SPACE} Helens"),
        ("010", "10"),
        ("E1", "\N{FULLWIDTH LATIN CAPITAL LETTER E}1"),
    ],
)
def test_two_ways_of_writing_one_name_are_refused_in_every_table(one, other):
    frame = panel([one], [other])
    with pytest.raises(DataError, match="written in two ways"):
        read_panel(frame, authority="la", period="year")
    with pytest.raises(DataError, match="written in two ways"):
        collapse(read_cohort(frame.assign(again=1), authority="la", period="year"), replace(AGAIN, trials=None))
    rollout = Rollout({one: 2014})
    with pytest.raises(RolloutError, match="The data write it") as caught:
        comparable(cells_of(panel([other], [other])), rollout)
    assert f'"{other}"' in str(caught.value)


def test_places_and_recoded_pairs_are_those_of_the_published_file():
    """Every English authority is known as a place; of each English pair the file holds exactly one code."""
    published = regions()
    codes = {code for code in published if code[:1] == "E" and code[1:].isdigit()}
    assert [
        name for name in (*published,) if name not in codes | {code.lower() for code in codes} and not is_place(name)
    ] == []
    assert all(len(codes & set(pair)) == 1 for pair in RECODED if pair[0].startswith("E"))
    for change in CHANGES:
        for code, name in (*change.old, *change.new):
            assert code not in codes or published[code] == published[plain(name.removesuffix(" County"))]


def test_codes_that_changed_twice_are_one_place():
    found = cells_of(panel(["S12000043"], ["S12000049"]))
    with pytest.raises(RolloutError, match="one place under two names or codes"):
        comparable(found, Rollout({"Area one": 2014}))


def test_negative_codes_and_codes_with_hyphens_stay_apart():
    assert plain("-1") != plain("1")
    assert plain("A1") != plain("A01")
    assert set(cells_of(panel(["A-1", "A1"], ["A-1", "A1"])).authorities) >= {"A-1", "A1"}


def test_all_faults_of_the_keys_are_in_one_message():
    frame = panel(["010", "Leeds", "St Helens"], ["10", "LEEDS", "St. Helens"]).astype({"year": str})
    frame.loc[0, "year"] = "spring"
    with pytest.raises(DataError) as caught:
        read_panel(frame, authority="la", period="year")
    for words in ('"010" and "10"', '"LEEDS" and "Leeds"', '"St Helens" and "St. Helens"', "3 pairs", "no known form"):
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Bristol", "Bristol, City of"),
        ("Durham", "County Durham"),
        ("Herefordshire", "Herefordshire, County of"),
        ("Camden", "London Borough of Camden"),
        ("Springfield", "City of Springfield"),
        ("E08000016", "E08000038"),
        ("S12000015", "S12000047"),
        ("E10000023", "E06000065"),
        ("North Yorkshire County", "North Yorkshire"),
    ],
)
def test_one_place_under_two_names_is_refused_before_a_fit(old, new):
    cells = cells_of(panel([old], [new]))
    for starts in ({old: 2014}, {"Area one": 2014}):
        with pytest.raises(RolloutError, match="one place under two names") as caught:
            comparable(cells, Rollout(starts))
        assert f'"{old}"' in str(caught.value)
        assert f'"{new}"' in str(caught.value)
    kept = comparable(cells, Rollout({"Area one": 2014}, exclude=[old]))
    assert kept.authorities == tuple(sorted(["Area one", "Area two", new]))


def test_a_city_and_a_county_there_at_the_same_time_are_two_places():
    names = ["Baltimore City", "Baltimore County", "Nottingham", "Nottinghamshire"]
    kept = comparable(cells_of(panel(names, names)), Rollout({"Area one": 2014}))
    assert len(kept.authorities) == 6


@pytest.mark.parametrize(
    ("right", "wrong"), [("Wakefield", "Wakefeild"), ("St Helens", "St Hellens"), ("Leeds", "Leds")]
)
def test_misspelt_rows_of_an_adopter_are_no_comparator(right, wrong):
    for early, late in (([right], [wrong]), ([wrong], [right]), ([right, wrong], [right])):
        with pytest.raises(RolloutError, match="a slip of spelling") as caught:
            comparable(cells_of(panel(early, late)), Rollout({right: 2015}))
        assert f'"{right}" and "{wrong}"' in str(caught.value)
    few = pd.DataFrame(
        {"la": [right] * 400 + [wrong] * 12 + ["Kent"] * 400, "year": [2014, 2015] * 406, "y": [0, 1] * 406}
    )
    children = collapse(read_cohort(few, authority="la", period="year"), replace(AGAIN, events="y", trials=None))
    with pytest.raises(RolloutError, match="a slip of spelling"):
        comparable(children, Rollout({right: 2015}))


def test_two_places_with_names_alike_are_left_alone():
    names = ["Herefordshire", "Hertfordshire", "Marston", "Marsden", "Area A", "Area B", "E08000016", "E08000017"]
    for adopter in names:
        cells = cells_of(panel(names[:-1], names, always=(adopter, "Area C")).drop_duplicates(["la", "year"]))
        assert adopter in comparable(cells, Rollout({adopter: 2014})).authorities


def test_what_became_of_an_adopter_is_no_comparator():
    cells = cells_of(panel(["Northamptonshire"], ["West Northamptonshire", "North Northamptonshire"]))
    with pytest.raises(RolloutError, match="what became of an adopter"):
        comparable(cells, Rollout({"Northamptonshire": 2014}))
    out = ["West Northamptonshire", "North Northamptonshire"]
    assert len(comparable(cells, Rollout({"Northamptonshire": 2014}, exclude=out)).authorities) == 3
    assert len(comparable(cells, Rollout({"Area one": 2014})).authorities) == 5


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("E10000024", "E08000024"),
        ("300", "310"),
        ("300", "30"),
        ("East Sussex", "West Sussex"),
        ("Herefordshire", "Hertfordshire"),
        ("Bedford", "Bradford"),
        ("Area A", "Area B"),
        ("North Lincolnshire", "Lincolnshire"),
        ("Unit 3", "Unit 8"),
    ],
)
def test_another_place_is_never_offered(name, there):
    assert not meant(name, [there])
    assert not slip(name, there)
    for rollout in (Rollout({name: 2014}), Rollout({"Area one": 2014}, exclude=[name])):
        with pytest.raises(RolloutError) as caught:
            comparable(cells_of(panel([there], [there])), rollout)
        assert f'"{there}"' not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("Bristol", "Bristol, City of"),
        ("010", "10"),
        ("300.0", "300"),
        ("S12000015", "S12000047"),
        ("Stoke on Trent", "Stoke-on-Trent"),
        ("Wakefeild", "Wakefield"),
    ],
)
def test_the_same_place_is(name, there):
    with pytest.raises(RolloutError, match=f'"{there}"'):
        comparable(cells_of(panel([there], [there])), Rollout({name: 2014}))


def test_codes_that_the_reader_carried_are_known_to_the_rollout():
    rows = [("E10000023", "815", "North Yorkshire", y) for y in YEARS if y < 2015]
    rows += [("E06000065", "815", "North Yorkshire", y) for y in YEARS if y >= 2015]
    rows += [("E90000001", "999", "Newtown", y) for y in YEARS if y < 2015]
    rows += [("E90000002", "999", "Newtown", y) for y in YEARS if y >= 2015]
    rows += [("E08000023", "393", "South Tyneside", y) for y in YEARS]
    frame = pd.DataFrame(rows, columns=["new_la_code", "old_la_code", "la_name", "time_period"])
    frame = frame.assign(
        time_identifier="Reporting year", geographic_level="Local authority", again="7", n="20"
    ).astype({"time_period": str})
    cells = collapse(read_panel(frame, dfe=True), AGAIN)
    for old, new in (("E10000023", "E06000065"), ("E90000001", "E90000002")):
        with pytest.raises(RolloutError, match="changed its code") as caught:
            comparable(cells, Rollout({old: 2014}))
        assert f'"{new}"' in str(caught.value)
        assert "E08000023" not in str(caught.value)


def test_all_faults_of_a_rollout_are_in_one_message():
    cells = cells_of(panel(["Leeds", "York", "Bristol"], ["Leeds", "York", "Bristol, City of"]))
    rollout = Rollout({"Leads": 2014, "York": 2001, "Hull": 2014, "Area one": "2014Q1"}, exclude=["Nowhere"])
    with pytest.raises(RolloutError) as caught:
        comparable(cells, rollout)
    for name in ('"Leads"', '"Leeds"', '"Hull"', '"Nowhere"', '"2001" lies before', "'2014Q1'", '"Bristol, City of"'):
        assert name in str(caught.value)
    with pytest.raises(RolloutError, match=r'"Hull".*"Leads".*2001'):
        starts_on(rollout, cells)


def test_a_start_before_the_data_is_cured_by_leaving_the_adopter_out():
    cells = cells_of(panel(["Leeds"], ["Leeds"]))
    with pytest.raises(RolloutError, match="exclude=") as caught:
        comparable(cells, Rollout({"Leeds": 2001}))
    assert "start" not in str(caught.value).split("What to do:")[1]


def test_periods_are_not_guessed_by_spelling():
    frame = panel(["Leeds"], ["Leeds"]).assign(year=lambda d: d["year"].astype(str) + "-04")
    with pytest.raises(RolloutError, match="not one of the data's months") as caught:
        comparable(cells_of(frame), Rollout({"Leeds": "2014"}))
    assert "Did you mean" not in str(caught.value)


def test_codes_that_went_through_floats_are_their_whole_numbers(tmp_path):
    frame = panel(["300", "301"], ["300", "301"], always=("302",)).astype({"la": float})
    frame.to_csv(tmp_path / "f.csv", index=False)
    for source in (frame, tmp_path / "f.csv"):
        assert cells_of(source).authorities == ("300", "301", "302")
    frame.drop_duplicates("la").assign(start="2014").to_csv(tmp_path / "r.csv", index=False)
    assert read_rollout(tmp_path / "r.csv", authority="la", start="start").adopters == ("300", "301", "302")


def test_a_rollout_that_names_an_authority_in_two_ways_is_refused():
    table = pd.DataFrame({"la": ["St Helens", "St. Helens"], "start": [2014, 2015]})
    with pytest.raises(RolloutError, match="more than once"):
        read_rollout(table, authority="la", start="start")
