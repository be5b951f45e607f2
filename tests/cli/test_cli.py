import os
import subprocess
import sys
import time
import tomllib

import numpy as np
import pandas as pd
import pytest

import sos_bayes as sb
from sos_bayes._core.errors import DataError, SosBayesError, StudyError
from sos_bayes.cli import main
from sos_bayes.cli.demo import write_demo
from sos_bayes.study.reading import read_study
from tests.reports.made_up import CHILD

STUDY = """
[study]
title = "Synthetic trial"
method = "fast"

[data]
kind = "children"
path = "children.parquet"
authority = "la"
period = "year"
child = "child"

[rollout.starts]
A0 = 2015
A1 = 2015

[[outcomes]]
kind = "binary"
label = "re-referral"
events = "again"
aim = "fewer"
worthwhile = 0.02

[[outcomes]]
kind = "binary"
label = "broken"
events = "absent"
aim = "fewer"
worthwhile = 0.02
"""
FILES = {
    "report.html", "report.txt", "verdicts.csv", "estimates.csv", "checks.csv", "criteria.csv", "event_study.csv",
    "comparators.csv", "ranks.csv", "subgroups.csv", "pooled.csv",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """A study of 840 synthetic children; authority A1 has 3 in a year and one event in all."""
    rng = np.random.default_rng(3)
    keys = pd.MultiIndex.from_product([[f"A{i}" for i in range(7)], range(2012, 2018), range(20)])
    table = keys.to_frame(index=False).set_axis(["la", "year", "child"], axis=1)
    table = table[(table["la"] != "A1") | (table["child"] < 3)].reset_index(drop=True)
    table["child"] = [f"{CHILD}-{i}" for i in range(len(table))]
    table["again"] = rng.binomial(1, 0.3, len(table))
    table.to_parquet(tmp_path / "children.parquet")
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path


def test_evaluate_writes_the_report_and_tells_what_stopped(folder, capsys):
    assert main(["evaluate", str(folder / "study.toml"), "--out", str(folder / "out")]) == 0
    said = capsys.readouterr()
    assert {p.name for p in (folder / "out").iterdir()} == FILES
    assert "re-referral" in said.out
    assert "report.html" in said.out
    assert "sos-bayes: broken:" in said.err
    assert "absent" in said.err
    everything = said.out + said.err + "".join(p.read_text() for p in (folder / "out").iterdir())
    assert CHILD not in everything
    assert "A1" not in (folder / "out" / "estimates.csv").read_text()


def test_every_outcome_stopped_is_exit_code_one(folder, capsys):
    (folder / "study.toml").write_text(STUDY.replace('"again"', '"agian"'))
    assert main(["evaluate", str(folder / "study.toml"), "--out", str(folder / "out")]) == 1
    assert 'Did you mean "again"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("method", "metod"), 'Did you mean "method"'),
        (("children.parquet", "../nowhere.parquet"), "is not there"),
        (('authority = "la"', 'authority = "lx"'), "lx"),
    ],
)
def test_errors_are_one_message_without_a_traceback(folder, capsys, change, said):
    (folder / "study.toml").write_text(STUDY.replace(*change))
    assert main(["evaluate", str(folder / "study.toml"), "--out", str(folder / "out")]) == 2
    err = capsys.readouterr().err
    assert err.startswith("sos-bayes: ")
    assert said in err
    assert "Traceback" not in err
    assert err.count("\n") == 1
    assert not (folder / "out").exists()


def test_an_unknown_fault_is_one_message_without_data(folder, capsys, monkeypatch):
    def burst(*args):
        raise RuntimeError(CHILD)

    monkeypatch.setattr("sos_bayes.study.reading.read_study", burst)
    assert main(["evaluate", str(folder / "study.toml"), "--out", str(folder / "out")]) == 2
    err = capsys.readouterr().err
    assert "RuntimeError" in err
    assert CHILD not in err


def test_interrupted_writes_nothing(folder, capsys, monkeypatch):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("sos_bayes.study.run.fit_many", interrupted)
    assert main(["evaluate", str(folder / "study.toml"), "--out", str(folder / "out")]) == 130
    assert not (folder / "out").exists()


INTERRUPTED = """
import os, signal, sys, threading, time
from sos_bayes.cli import main
import nutpie
real = nutpie.sample

def sample(*args, **named):
    def press():
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGINT)
    threading.Thread(target=press).start()
    return real(*args, **{**named, "draws": 5_000_000})

nutpie.sample = sample
sys.exit(main(["evaluate", sys.argv[1], "--out", sys.argv[2], "--method", "nuts"]))
"""


def test_an_interrupt_while_nuts_samples_ends_the_run(folder, checkout):
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, folder / "study.toml", folder / "out"], cwd=checkout, timeout=300,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 130, done.stderr
    assert "interrupted" in done.stderr
    assert not (folder / "out").exists()


TERMINATED = """
import sys, time
from sos_bayes.cli import main
from sos_bayes._core.cores import spread
import joblib
from sos_bayes.study import run

def forever(*args, **named):
    with joblib.parallel_config(backend="loky", n_jobs=2):
        pids = [pid for _, pid in spread(eval, ["__import__('os').getpid()"] * 2)]
        print(*pids, flush=True)
        list(spread(time.sleep, [600, 600]))

run.fit_many = forever
sys.exit(main(["evaluate", sys.argv[1], "--out", sys.argv[2]]))
"""


def test_workers_end_with_a_terminated_run(folder, checkout):
    command = [sys.executable, "-c", TERMINATED, folder / "study.toml", folder / "out"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=checkout)
    try:
        workers = [int(pid) for pid in running.stdout.readline().split()]
        time.sleep(1.0)
        running.terminate()
        _, said = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 143, said
    deadline = time.monotonic() + 20
    while any(alive(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert workers
    assert not any(alive(pid) for pid in workers)
    assert not (folder / "out").exists()


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace('method = "fast"', 'method = "fast"\nseed = -1'), "seed=-1"),
        (lambda text: "a = " + "[" * 100_000 + "]" * 100_000 + "\n" + text, "nested too deeply"),
        (lambda text: text.replace("children.parquet", "chil\\u0000dren.parquet"), "sos-bayes: "),
    ],
)
def test_what_came_out_bare_is_an_error_of_ours(folder, capsys, change, said):
    (folder / "study.toml").write_text(change(STUDY))
    with pytest.raises(StudyError) as caught:
        read_study(folder / "study.toml")
    assert said in f"sos-bayes: {caught.value}"
    assert main(["evaluate", str(folder / "study.toml"), "--out", str(folder / "out")]) == 2
    assert said in capsys.readouterr().err


def test_a_nul_in_a_path_is_an_error_of_ours(folder, capsys):
    with pytest.raises(StudyError, match="no file can have this name"):
        read_study("a\0b.toml")
    with pytest.raises(DataError, match="NUL"):
        sb.read_cohort("a\0b.csv", authority="la", period="year")
    assert main(["evaluate", "a\0b.toml", "--out", str(folder / "out")]) == 2
    assert main(["evaluate", str(folder / "study.toml"), "--out", f"{folder}/a\0b"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_no_memory_is_an_error_of_ours(folder, capsys, monkeypatch):
    def full(*args):
        raise MemoryError

    monkeypatch.setattr("sos_bayes.data.children.cohort._notes_on_children", full)
    with pytest.raises(SosBayesError, match="out of memory"):
        read_study(folder / "study.toml")
    assert main(["evaluate", str(folder / "study.toml"), "--out", str(folder / "out")]) == 2
    assert "out of memory" in capsys.readouterr().err


def test_fits_are_kept_where_the_user_says_and_nowhere_else(folder):
    told = ["evaluate", str(folder / "study.toml"), "--out", str(folder / "out"), "--checkpoint", str(folder / "kept")]
    assert main(told) == 0
    assert {p.name for p in (folder / "out").iterdir()} == FILES
    (file,) = (folder / "kept").iterdir()
    assert CHILD.encode() not in file.read_bytes()


def test_a_checkpoint_must_not_be_a_file(folder, capsys):
    told = ["evaluate", str(folder / "study.toml"), "--out", str(folder / "out")]
    assert main([*told, "--checkpoint", str(folder / "study.toml")]) == 2
    assert "--checkpoint" in capsys.readouterr().err


def test_out_must_not_be_a_file(folder, capsys):
    assert main(["evaluate", str(folder / "study.toml"), "--out", str(folder / "study.toml")]) == 2
    assert "not a folder" in capsys.readouterr().err


def test_no_verb_and_unknown_verbs_are_usage_errors(capsys):
    for argv in ([], ["evalute"], ["evaluate", "x.toml"], ["demo", "--method", "magic"]):
        with pytest.raises(SystemExit) as stop:
            main(argv)
        assert stop.value.code == 2


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith("sos-bayes 0.")


def test_the_demonstration_is_a_study_file_and_a_table_a_user_could_have(tmp_path):
    _, path = write_demo(tmp_path / "demo")
    study = read_study(path)
    assert tomllib.loads(path.read_text())["study"]["method"] == "fast"
    assert len(study.outcomes) == 4
    assert len(study.rollout.adopters) == 9
    assert any("Synthetic" in n for n in study.notes)
    assert {p.name for p in path.parent.iterdir()} == {"children.parquet", "study.toml"}


def test_the_demonstration_on_real_authorities_says_what_they_are_and_what_is_not_known(tmp_path):
    path, _ = write_demo(tmp_path / "demo")
    study = read_study(path)
    assert {p.name for p in path.parent.iterdir()} == {"authorities.csv", "study.toml"}
    pilots = sb.datasets.pilots()
    assert set(study.rollout.adopters) == set(pilots.query("round2_2017_19 == 1")["la_code"])
    table = pd.read_csv(path.parent / "authorities.csv").set_index(["la_code", "year"])
    assert not {("E10000029", 2015), ("E10000029", 2016)} & set(table.index)
    assert {("E09000004", 2015), ("E10000029", 2017)} <= set(table.index)
    assert "E09000030" not in table.index.get_level_values("la_code")
    said = " ".join(study.notes)
    for words in ("not public", "not recovered", "dropped out", "round 1", "Open Government Licence v3.0"):
        assert words in said
    assert "synthetic" not in path.read_text().casefold()
    assert all(name in path.read_text() for name in pilots.query("round2_2017_19 == 1")["la_name"])


def test_the_demonstration_shows_real_authorities_first_and_synthetic_children_beside_them(
    tmp_path, capsys, monkeypatch
):
    seen = []

    def evaluated(study, asked):
        seen.append((study.title, asked.out.name))
        return len(seen) - 1

    monkeypatch.setattr(sys.modules["sos_bayes.cli.main"], "_report", evaluated)
    assert main(["demo", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert [out for _, out in seen] == ["authorities", "children"]
    assert "real authorities" in seen[0][0]
    assert "synthetic" in seen[1][0]
    assert said.index("Real authorities") < said.index("Made-up children")
