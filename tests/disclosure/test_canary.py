"""One made-up child whose every field is unique: nothing of her stands in any message, traceback, pickle or file."""

from __future__ import annotations

import copy
import io
import logging
import pickle
import traceback
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import sos_bayes as sb
from sos_bayes._core.errors import DataError, FitError, SosBayesError
from sos_bayes.data.frames.headers import looks_like_data
from sos_bayes.fitting import FitSpec, fit_many, map_fits, prepare_layout
from sos_bayes.fitting.runs.fit_spec import fit_job

HER = {"child": "CANARY7741", "name": "Jane Canary", "born": "2009-03-04", "postcode": "ZZ9 7QX", "again": "mayhap",
       "la": "Canaryshire", "year": "20l7"}  # fmt: skip
SIGNS = ("CANARY7741", "Jane Canary", "2009-03-04", "ZZ9 7QX", "mayhap", "Canaryshire", "20l7")
KEYS = {"authority": "la", "period": "year"}
AGAIN = sb.Binary("again", aim=sb.Aim.FEWER, worthwhile=0.02, label="re-referral")
ROLLOUT = sb.Rollout({"A0": 2015, "A1": 2015})


def children(**hers: object) -> pd.DataFrame:
    """8 authorities, 6 years and 20 children in each; the last row is hers where it is said so."""
    rng = np.random.default_rng(1)
    keys = pd.MultiIndex.from_product([[f"A{i}" for i in range(8)], range(2012, 2018), range(20)])
    table = keys.to_frame(index=False).set_axis(["la", "year", "n"], axis=1).drop(columns="n").astype(str)
    table["again"] = rng.integers(0, 2, len(table)).astype(str)
    for column in ("child", "name", "born", "postcode"):
        table[column] = [f"{column}-{i}" for i in range(len(table))]
    last = {**HER, "la": "A7", "year": "2017", "again": "0", **hers}
    return pd.concat([table, pd.DataFrame([last])], ignore_index=True)


ENGINES = {
    "pandas": lambda t, folder: t,
    "polars": lambda t, folder: pl.from_pandas(t),
    "lazy": lambda t, folder: pl.from_pandas(t).lazy(),
    "arrow": lambda t, folder: pa.Table.from_pandas(t, preserve_index=False),
    "csv": lambda t, folder: _written(t, folder / "t.csv"),
    "parquet": lambda t, folder: _written(t, folder / "t.parquet"),
    "duckdb": lambda t, folder: _relation(t),
}


def _written(table, path):
    table.to_csv(path, index=False) if path.suffix == ".csv" else table.to_parquet(path, index=False)
    return path


def _relation(table):
    duckdb = pytest.importorskip("duckdb")
    return duckdb.connect().from_df(table)


def shown(fault: BaseException) -> str:
    """Everything that a tracker would see of an error, but for the frames of this file."""
    said = [repr(fault), str(fault), getattr(fault, "released", "")]
    seen: list[BaseException] = []
    while fault is not None and fault not in seen:
        seen.append(fault)
        for frame, _ in traceback.walk_tb(fault.__traceback__):
            if frame.f_code.co_filename != __file__:
                said += [f"{name} = {value!r}" for name, value in frame.f_locals.items()]
                said += [str(value) for value in frame.f_locals.values()]
        fault = fault.__cause__ or fault.__context__
    return "\n".join(said)


def _collapse(source):
    from sos_bayes.data import collapse

    return collapse(sb.read_cohort(source, **KEYS), AGAIN)


FAULTS = {
    "text among numbers": ({"again": HER["again"]}, "Text stands where numbers belong"),
    "a year that is none": ({"year": HER["year"]}, "no known form"),
    "no authority": ({"la": None}, "without an authority"),
    "no outcome": ({"again": None}, "not recorded"),
    "neither 0 nor 1": ({"again": "7741"}, "neither 0 nor 1|not 0 or 1|other than 0 and 1"),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("fault", FAULTS)
def test_no_frame_of_an_error_holds_her(tmp_path, caplog, capfd, engine, fault):
    hers, _ = FAULTS[fault]
    source = ENGINES[engine](children(**hers), tmp_path)
    with caplog.at_level(logging.DEBUG), pytest.raises(SosBayesError) as caught:
        _collapse(source)
    said = shown(caught.value) + caplog.text + "".join(capfd.readouterr())
    assert not [sign for sign in (*SIGNS, "7741", "name-3", "child-17") if sign in said]
    assert len(caught.tb.tb_frame.f_locals) > 0  # this frame is not emptied
    first = traceback.extract_tb(caught.value.__traceback__)
    assert any("sos_bayes" in line.filename for line in first)  # lines of code stay


def test_a_fault_of_another_library_is_told_without_its_message(monkeypatch):
    from sos_bayes.data.children import cohort

    def burst(table, *rest):
        raise KeyError(HER["name"])

    monkeypatch.setattr(cohort, "_notes_on_children", burst)
    with pytest.raises(FitError, match="KeyError inside the library") as caught:
        sb.read_cohort(children(), **KEYS)
    assert not [sign for sign in SIGNS if sign in shown(caught.value)]
    monkeypatch.setenv("SOS_BAYES_UNSEALED", "1")
    with pytest.raises(KeyError):
        sb.read_cohort(children(), **KEYS)


def test_a_wrong_call_is_told_as_python_tells_it():
    with pytest.raises(TypeError, match="period"):
        sb.read_cohort(children(), authority="la")


READERS = {
    "cohort": lambda source: sb.read_cohort(source, **KEYS),
    "panel": lambda source: sb.read_panel(source, **KEYS),
    "rollout": lambda source: sb.read_rollout(source, authority="la", start="start"),
}
HEADERLESS = {
    "no header": lambda text: text.partition("\n")[2],
    "a comment on top": lambda text: "# Extract for Jane Canary, CANARY7741\n" + text,
    "bare carriage returns": lambda text: text.replace("\n", "\r"),
    "a pointer": lambda text: "version https://example.org/CANARY7741\noid sha256:CANARY7741\n",
}


@pytest.mark.parametrize("file", HEADERLESS)
@pytest.mark.parametrize("reader", READERS)
def test_a_first_line_that_is_no_header_is_not_echoed(tmp_path, file, reader):
    table = children()
    table = pd.concat([table.iloc[[-1]], table.iloc[:-1]])[[*HER]]
    path = tmp_path / "t.csv"
    path.write_text(HEADERLESS[file](table.to_csv(index=False)), newline="")
    link = tmp_path / "link.csv"
    link.symlink_to(path)
    for source in (path, link):
        with pytest.raises(DataError) as caught:
            READERS[reader](source)
        assert not [sign for sign in SIGNS if sign in shown(caught.value)]
        if file == "no header":
            assert "looks like data" in str(caught.value)
        if file == "bare carriage returns" and "no column" in str(caught.value):
            assert "carriage returns" in str(caught.value)


def test_single_words_of_a_record_are_not_taken_for_names(tmp_path):
    table = pd.DataFrame({"Janecanary": ["x"], "Whitecanary": ["y"], "Leeds": ["z"]})
    with pytest.raises(DataError) as caught:
        sb.read_cohort(table, **KEYS)
    assert not [name for name in table if name in str(caught.value)]


def test_a_header_is_still_helpful():
    table = pd.DataFrame({"la": ["A"], "years": [2014], "rate_2014": [1.0], "Jane Canary": [1]})
    with pytest.raises(DataError, match=r'Did you mean "years".*"la", "years", "rate_2014" and 1 whose') as caught:
        sb.read_cohort(table, **KEYS)
    assert "Jane" not in str(caught.value)


@pytest.mark.parametrize("name", ["", " ", "12", "2009-03-04", "01/02/2009", "CANARY7741", "a@b", "x\ry", "#x"])
def test_names_that_look_like_data(name):
    assert looks_like_data(["la", name])


def test_the_released_text_has_no_position_and_no_count(tmp_path):
    table = children()
    table.loc[[100, 777, 900], "again"] = None
    study = sb.Study(
        title="Synthetic trial", data=sb.read_cohort(table, **KEYS), rollout=ROLLOUT, design=sb.DiD(),
        outcomes=(AGAIN,), method="fast",
    )  # fmt: skip
    evaluation = sb.evaluate(study, progress=False)
    inside = str(evaluation["re-referral"].fault)
    assert "3 of 961 rows, first at rows 100, 777 and 900" in inside
    sb.to_html(evaluation, tmp_path / "report.html")
    sb.to_csv(evaluation, tmp_path)
    written = "".join(p.read_text() for p in tmp_path.iterdir()) + sb.to_text(evaluation)
    assert "not recorded" in written
    for told in (written, evaluation["re-referral"].error, pickle.dumps(evaluation).decode("latin1")):
        assert "777" not in told
        assert "3 of" not in told


@pytest.fixture(scope="module")
def done():
    study = sb.Study(
        title="Synthetic trial", data=sb.read_cohort(children(), **KEYS, child="child"), rollout=ROLLOUT,
        design=sb.DiD(), outcomes=(AGAIN,), method="fast", checks=False,
    )  # fmt: skip
    return study, sb.evaluate(study, progress=False)


def test_an_evaluation_carries_no_row(done, tmp_path):
    study, evaluation = done
    sent = pickle.dumps(evaluation)
    assert not [sign for sign in (*SIGNS, "name-3", "postcode-11") if sign.encode() in sent]
    again = pickle.loads(sent)
    assert sb.to_text(again) == sb.to_text(evaluation)
    assert copy.deepcopy(evaluation).labels == evaluation.labels
    assert evaluation.study.data.table.rows == 0
    assert study.data.table.rows == 961  # the caller's own is left alone


def test_rows_and_fits_are_neither_saved_nor_sent(done):
    study, _ = done
    fit = sb.fit(study.data, ROLLOUT, AGAIN, method="fast")
    parts = (fit.layout, fit.layout.cells, fit.problem, FitSpec(fit.layout, fit.design))
    for held in (study, study.data, study.data.table, fit, {"kept": [fit]}, *parts):
        for way in (pickle.dumps, copy.deepcopy, lambda one: pickle.dump(one, io.BytesIO())):
            with pytest.raises((DataError, FitError), match="neither saved nor sent"):
                way(held)


@pytest.mark.parametrize(("n", "kept"), [(3, 0), (12, 10), (961, 960)])
def test_a_pickled_evaluation_tells_no_small_number_of_children(done, n, kept):
    """Rounded, as reports print it; effects in events over the same as differences would tell it again."""
    _, evaluation = done
    (one,) = evaluation
    telling = replace(one.effect, scale="events", draws=one.effect.draws * n, n_children=n)
    exact = replace(one, effect=replace(one.effect, n_children=n), estimates=(telling,))
    for way in (copy.deepcopy, lambda found: pickle.loads(pickle.dumps(found))):
        (again,) = way(replace(evaluation, findings=(exact,)))
        assert again.effect.n_children == kept
        assert [e.n_children for e in again.estimates] == ([] if n < 10 else [kept])
        assert again.effect.draws.tobytes() == one.effect.draws.tobytes()


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_effects_come_back_from_workers_as_they_are(backend):
    import joblib

    table = children().iloc[:-1]
    some = table[(table["la"] != "A0") | (table["year"] != "2016") | (table.index % 10 != 7)]
    cohort = sb.read_cohort(some, **KEYS)
    jobs = [FitSpec(prepare_layout(cohort, ROLLOUT, AGAIN, sb.DiD()), sb.DiD(), seed=s, n_draws=200) for s in (1, 2)]
    with joblib.parallel_config(backend=backend, n_jobs=2):
        seen = map_fits([(job, sb.estimate) for job in jobs])
    assert [effect.n_children for effect in seen] == [sb.estimate(fit_job(job)).n_children for job in jobs]
    assert any(effect.n_children % 5 for effect in seen)


def test_workers_and_checkpoints_still_get_their_fits(done, tmp_path):
    import joblib

    study, _ = done
    jobs = [
        FitSpec(prepare_layout(study.data, ROLLOUT, AGAIN, sb.DiD()), sb.DiD(), seed=s, n_draws=200) for s in (1, 2)
    ]
    with joblib.parallel_config(backend="loky", n_jobs=2):
        fits = fit_many(jobs, checkpoint=tmp_path, progress=False)
    assert all(isinstance(fit, sb.Fit) for fit in fits)
    assert not [sign for p in tmp_path.iterdir() for sign in SIGNS if sign.encode() in p.read_bytes()]
