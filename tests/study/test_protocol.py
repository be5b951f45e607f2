import pandas as pd
import pytest

from sos_bayes._core.errors import SosBayesError, StudyError
from sos_bayes.data import Aim, Cohort, Panel, collapse
from sos_bayes.study.reading import read_study

GOOD = """
[study]
title = "Trial"
method = "fast"

[data]
kind = "children"
path = "children.csv"
authority = "la"
period = "year"

[rollout.starts]
Ashford = 2015

[design]
adjust = ["sex"]

[[outcomes]]
kind = "binary"
label = "re-referral"
events = "again"
aim = "fewer"
worthwhile = 0.01

[[outcomes]]
kind = "count"
label = "plans"
events = "plans"
exposure = "population"
per = 10000
aim = "fewer"
worthwhile = 1
"""


@pytest.fixture
def folder(tmp_path):
    rows = {"la": ["Ashford", "Birchley"], "year": [2014, 2014], "again": [0, 1], "sex": ["f", "m"]}
    pd.DataFrame(rows).to_csv(tmp_path / "children.csv", index=False)
    pd.DataFrame({"la": ["Ashford"], "start": [2015]}).to_csv(tmp_path / "starts.csv", index=False)
    return tmp_path


def read(folder, text):
    (folder / "study.toml").write_text(text)
    return read_study(folder / "study.toml")


def test_a_study_file_becomes_a_study(folder):
    study = read(folder, GOOD)
    assert isinstance(study.data, Cohort)
    assert study.rollout.starts == (("Ashford", "2015"),)
    assert study.design.adjust == ("sex",)
    assert study.labels == ("re-referral", "plans")
    assert study.outcomes[0].aim is Aim.FEWER
    assert study.outcomes[1].per == 10_000
    assert (study.method, study.seed) == ("fast", 20180401)
    assert "SHA-256" in study.notes[-1]


def test_an_ordinal_outcome_lists_its_levels(folder):
    more = (
        '\n[[outcomes]]\nkind = "ordinal"\nlabel = "need"\nevents = "need"\nlevels = ["none", "some", "high"]\n'
        'at_least = "high"\naim = "fewer"\nworthwhile = 0.02\n'
    )
    outcome = read(folder, GOOD + more).outcomes[-1]
    assert (outcome.names, outcome.reached) == (("none", "some", "high"), 2)
    numbers = read(folder, GOOD + more.replace('["none", "some", "high"]', "[0, 1, 2]").replace('"high"', "2"))
    assert numbers.outcomes[-1].values == (0.0, 1.0, 2.0)
    with pytest.raises(SosBayesError, match="not a level above the lowest"):
        read(folder, GOOD + more.replace('at_least = "high"', 'at_least = "none"'))


def test_authorities_and_a_table_of_starts(folder):
    rows = {"la": ["Ashford", "Birchley"], "year": [2014, 2014], "n": [5, 6], "of": [50, 60]}
    pd.DataFrame(rows).to_csv(folder / "panel.csv", index=False)
    text = GOOD.replace('kind = "children"\npath = "children.csv"', 'kind = "authorities"\npath = "panel.csv"')
    table = '[rollout]\npath = "starts.csv"\nauthority = "la"\nstart = "start"\nexclude = ["Birchley"]'
    text = text.replace("[rollout.starts]\nAshford = 2015", table).replace('adjust = ["sex"]', "")
    study = read(folder, text)
    assert isinstance(study.data, Panel)
    assert study.rollout.adopters == ("Ashford",)
    assert study.rollout.exclude == ("Birchley",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('events = "again"', 'evnts = "again"', "no key 'evnts' in [[outcomes]] number 1. Did you mean \"events\"?"),
        ('title = "Trial"', 'titel = "Trial"', "no key 'titel' in [study]. Did you mean \"title\"? Allowed: title,"),
        ('title = "Trial"\n', "", "[study] has no 'title'"),
        ('method = "fast"', 'method = "fst"', "method = 'fst' in [study] is not known. Did you mean \"fast\"?"),
        ('kind = "count"', 'kind = "conut"', "[[outcomes]] number 2 is not known. Did you mean \"count\"?"),
        ('kind = "count"\n', "", "[[outcomes]] number 2 has no 'kind', which it needs: binary or count or ordinal or"),
        ('aim = "fewer"', 'aim = "down"', "Allowed: fewer, more"),
        ("worthwhile = 0.01", "worthwhile = -1", "[[outcomes]] number 1 worthwhile: input should be greater than 0"),
        ("worthwhile = 0.01", 'worthwhile = "1"', "worthwhile: input should be a valid number"),
        ("[design]", "[desing]", "no key 'desing' in the file. Did you mean \"design\"?"),
        ('adjust = ["sex"]', 'adjust = "sex"', "[design] adjust: input should be a valid list"),
        ("[rollout.starts]\nAshford = 2015", "[rollout]", "give either path, authority and start, or a table"),
        ("children.csv", "childern.csv", 'childern.csv, which is not there. Did you mean "children.csv"?'),
        ("children.csv", "https://example.org/x.csv", "is an address"),
        ('title = "Trial"', "title = Trial", "is not TOML"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_what_is_allowed(folder, old, new, said):
    assert old in GOOD
    with pytest.raises(StudyError) as fault:
        read(folder, GOOD.replace(old, new, 1))
    assert said in str(fault.value)


def test_a_missing_study_file_names_its_neighbour(folder):
    (folder / "study.toml").write_text(GOOD)
    with pytest.raises(StudyError, match=r'Did you mean "study\.toml"'):
        read_study(folder / "studdy.toml")


def test_a_column_that_is_not_there_is_our_error(folder):
    with pytest.raises(SosBayesError, match="authority_"):
        read(folder, GOOD.replace('authority = "la"', 'authority = "authority_"'))


def test_a_study_file_that_is_not_text(folder):
    (folder / "study.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StudyError, match="not UTF-8"):
        read_study(folder / "study.toml")


PUBLISHED = """
[study]
title = "Long plans"
method = "fast"

[data]
kind = "authorities"
path = "d5.csv"
{dfe}

[rollout.starts]
E08000035 = 2015

[[outcomes]]
kind = "binary"
label = "plans of two years or more"
events = "long"
trials = "plans"
aim = "fewer"
worthwhile = 0.01
"""


@pytest.fixture
def published(folder):
    codes, years = ["E08000035", "E06000014", "E08000016"], [2013, 2014, 2015, 2016]
    rows = [
        {"time_period": t, "time_identifier": "Reporting year", "geographic_level": "Local authority", "new_la_code": a,
         "la_name": a.lower(), "long": "c" if t == 2014 else "9", "plans": 100}
        for a in codes for t in years
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(folder / "d5.csv", index=False)
    return folder


@pytest.mark.parametrize(
    ("dfe", "high"), [("dfe = true", 100), ("[data.dfe]\nsecondary = 0.0\nprimary = [1, 4]", 4), ("[data.dfe]", 100)]
)
def test_a_published_file_needs_no_columns_named(published, dfe, high):
    study = read(published, PUBLISHED.format(dfe=dfe))
    cells = collapse(study.data, study.outcomes[0])
    assert cells.intervals.high.tolist() == [high] * 3
    assert cells.names == ("e06000014", "e08000016", "e08000035")


@pytest.mark.parametrize(
    ("dfe", "said"),
    [
        ("dfe = false", "give authority and period"),
        ("[data.dfe]\nround = 10", "no key 'round' in [data] dfe. Did you mean \"rounded\"? Allowed: suppressed"),
        ("[data.dfe]\nrounded = 0", "not a whole number from 1"),
    ],
)
def test_what_a_release_cannot_be_is_said_in_plain_words(published, dfe, said):
    with pytest.raises(SosBayesError) as caught:
        read(published, PUBLISHED.format(dfe=dfe))
    assert said in str(caught.value)
