"""Finished fits on disk: taken up again to the byte, made again when anything differs, and telling nothing of cells."""

import json
import logging
import os
import re
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace

import joblib
import numpy as np
import pytest

from sos_bayes._core.errors import FitError
from sos_bayes.designs import DiD, Layout
from sos_bayes.estimands import estimate
from sos_bayes.fitting import Fit, FitSpec, Health, Sampler, fit_many
from sos_bayes.fitting.runs import parallel_fits
from sos_bayes.fitting.runs.cache_key import fingerprint
from sos_bayes.fitting.runs.checkpoint import Checkpoint
from sos_bayes.fitting.runs.fit_spec import answer_of, fit_job, fit_of
from tests.designs.panels import PATTERNS, panel
from tests.fitting.laplace.test_nested_laplace import bytes_of

CANARY = "Canaryshire"
RARE = 7.0


def marked(layout):
    """Adopters with a planted name, and a planted small count in every cell of the first after its start."""
    cells = layout.cells
    names = tuple(f"{CANARY} {i}" for i in range(len(cells.names)))
    total, events = cells.total.copy(), cells.events.copy()
    total[layout.adopters[0], layout.starts[layout.adopters[0]] :] = RARE
    return Layout(replace(cells, names=names, total=total, events=np.minimum(events, total)), layout.starts)


JOB = FitSpec(marked(panel(starts=(2, 3), patterns=PATTERNS)), DiD(), seed=1, n_draws=500)
JOBS = [replace(JOB, seed=seed) for seed in (1, 2, 3, 4)]


@pytest.fixture(scope="module")
def fit():
    return fit_job(JOB)


@pytest.fixture
def made(monkeypatch):
    """Seeds of the fits that were really made."""
    seeds, real = [], parallel_fits.fit_job

    def counted(job):
        seeds.append(job.seed)
        return real(job)

    monkeypatch.setattr(parallel_fits, "fit_job", counted)
    return seeds


def same(one, two):
    assert bytes_of(one) == bytes_of(two)
    assert estimate(one).draws.tobytes() == estimate(two).draws.tobytes()
    assert (one.method, one.health, one.seconds, one.notes) == (two.method, two.health, two.seconds, two.notes)
    assert (one.warm_start is None) == (two.warm_start is None)
    if one.warm_start is not None:
        assert one.warm_start.names == two.warm_start.names
        assert one.warm_start.proposal.centre.tobytes() == two.warm_start.proposal.centre.tobytes()
        assert one.warm_start.proposal.root.tobytes() == two.warm_start.proposal.root.tobytes()


def test_a_finished_fit_is_taken_from_the_folder_to_the_byte(tmp_path, made):
    folder = tmp_path / "deep" / "down"
    (first,) = fit_many([JOB], checkpoint=folder, progress=False)
    (again,) = fit_many([JOB], checkpoint=str(folder), progress=False)
    assert made == [1]
    same(first, again)
    (other,) = fit_many([replace(JOB, seed=2)], checkpoint=folder, progress=False)
    assert made == [1, 2]
    assert bytes_of(other) != bytes_of(first)


def test_a_fit_whose_effects_vary_by_a_column_is_taken_from_the_folder_too(tmp_path, made):
    """Its draws run over the periods of every stream."""
    job = replace(JOB, layout=panel(starts=(2, 3), patterns=PATTERNS), design=DiD(vary_by=("sex",)))
    first, again = (fit_many([job], checkpoint=tmp_path, progress=False)[0] for _ in range(2))
    assert made == [1]
    same(first, again)


def test_files_are_the_owners_alone_and_named_by_a_hash(tmp_path):
    folder = tmp_path / "kept"
    fit_many([JOB], checkpoint=folder, progress=False)
    (file,) = folder.iterdir()
    assert re.fullmatch(r"[0-9a-f]{64}\.npz", file.name)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_holds_no_name_and_no_count(tmp_path, fit):
    """Neither as text nor as a number: no stored value is any small count, but for structural zeros."""
    name = JOB.layout.cells.names[JOB.layout.adopters[0]]
    said = f"R-hat of the departure of {name} is 1.030; the limit is 1.01."
    sick = replace(fit, health=Health(False, (said,), (("worst_rhat", 1.03),)), notes=(*fit.notes, f"Twice: ({said})."))
    kept = Checkpoint(tmp_path)
    kept.write(JOB, answer_of(sick))
    (file,) = tmp_path.iterdir()
    raw = file.read_bytes()
    assert CANARY.encode() not in raw
    assert CANARY.encode("utf-32-le") not in raw  # how numpy writes text
    assert np.float64(RARE).tobytes() not in raw
    with np.load(file, allow_pickle=False) as held:
        arrays = {key: held[key] for key in held.files}
    told = json.loads(str(arrays.pop("told")))
    assert set(told) == {"format", "key", "method", "seconds", "notes", "ok", "reasons", "numbers", "near"}
    wanted = {"beta", "theta", "effect", "lead", "level_gap", "near/centre", "near/root"}
    assert {key for key in arrays if key.split("/")[0] not in ("hyper", "shared", "own")} == wanted
    small = np.arange(1.0, 10.0)
    assert not [key for key, value in arrays.items() if np.isin(value, small).any()]
    same(sick, fit_of(JOB, kept.read(JOB)))  # and the reader still learns which authority it was


def test_a_fit_that_was_sampled_instead_is_kept_as_such(tmp_path, fit):
    sampled = replace(fit, method="nuts", warm_start=None, notes=(*JOB.layout.cells.notes, "sampled by NUTS instead"))
    kept = Checkpoint(tmp_path)
    kept.write(JOB, answer_of(sampled))
    same(sampled, fit_of(JOB, kept.read(JOB)))


def test_the_sight_of_a_planted_count_is_real():
    assert (JOB.layout.cells.total == RARE).any()
    assert np.float64(RARE).tobytes() in JOB.layout.cells.total.tobytes()


def changed_cells(**changes):
    return replace(JOB, layout=Layout(replace(JOB.layout.cells, **changes), JOB.layout.starts))


def one_more(counts):
    counts = counts.copy()
    counts[0, 0, 0] += 1
    return counts


NUTS = replace(JOB, method="nuts")
OTHERS = {
    "events": changed_cells(events=np.minimum(one_more(JOB.layout.cells.events), one_more(JOB.layout.cells.total))),
    "total": changed_cells(total=one_more(JOB.layout.cells.total)),
    "outcome": changed_cells(outcome=replace(JOB.layout.cells.outcome, worthwhile=0.5)),
    "calendar": changed_cells(calendar=replace(JOB.layout.cells.calendar, first=1990)),
    "patterns": changed_cells(patterns=tuple((*p[:-1], f"{p[-1]}x") for p in JOB.layout.cells.patterns)),
    "starts": replace(JOB, layout=Layout(JOB.layout.cells, np.maximum(JOB.layout.starts, 3))),
    "design": replace(JOB, design=DiD(trends=True)),
    "priors": replace(JOB, design=DiD(priors=replace(DiD().priors, effect_sd=0.7))),
    "seed": replace(JOB, seed=2),
    "draws": replace(JOB, n_draws=501),
    "fall back": replace(JOB, fall_back=False),
    "method": NUTS,
    "sampler": replace(NUTS, sampler=Sampler(draws=7)),
    "acceptance": replace(NUTS, sampler=Sampler(target_accept=0.97)),
}


def test_whatever_determines_the_numbers_changes_the_name():
    keys = [fingerprint(job) for job in (JOB, *OTHERS.values())]
    assert len(set(keys)) == len(keys)
    (found,) = fit_many([JOB], progress=False)
    near = replace(JOB, warm_start=found.warm_start)
    moved = replace(
        found.warm_start, proposal=replace(found.warm_start.proposal, centre=found.warm_start.proposal.centre + 1e-9)
    )
    assert len({fingerprint(JOB), fingerprint(near), fingerprint(replace(JOB, warm_start=moved))}) == 3


def test_what_changes_no_number_changes_no_name():
    other = changed_cells(names=tuple(f"other {i}" for i in range(len(JOB.layout.cells.names))))
    assert fingerprint(other) == fingerprint(JOB)
    with_cores = [replace(NUTS, sampler=Sampler(cores=cores, progress=cores > 1)) for cores in (1, 2)]
    assert len({fingerprint(job) for job in (NUTS, *with_cores)}) == 1


def test_a_version_changes_the_name(monkeypatch):
    from sos_bayes.fitting.runs import cache_key as module

    before, real = fingerprint(JOB), module.version
    monkeypatch.setattr(module, "version", lambda name: "99" if name == "scipy" else real(name))
    assert fingerprint(JOB) != before


def truncated(file, other):
    file.write_bytes(file.read_bytes()[:-2000])


def flipped(file, other):
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    file.write_bytes(raw)


def of_another_job(file, other):
    file.write_bytes(other.read_bytes())


def with_a_pickle(file, other):
    np.savez(file, told=np.array([{"a": 1}], dtype=object))


def rewritten(file, change):
    with np.load(file, allow_pickle=False) as held:
        arrays = {name: held[name] for name in held.files}
    change(arrays)
    np.savez(file, **arrays)


def shifted(file, other):
    rewritten(file, lambda arrays: arrays.update(effect=arrays["effect"] + 1.0))


def not_numbers(file, other):
    rewritten(file, lambda arrays: arrays.update(effect=np.full_like(arrays["effect"], np.nan)))


def too_few(file, other):
    def cut(arrays):
        arrays.update({name: value[:, :50] for name, value in arrays.items() if name != "told" and value.ndim > 1
                       and value.shape[:2] == arrays["level_gap"].shape})  # fmt: skip

    rewritten(file, cut)


def said_healthy(file, other):
    def say(arrays):
        arrays["told"] = np.array(str(arrays["told"]).replace('"seconds"', '"seconds" '))

    rewritten(file, say)
    rewritten(file, lambda arrays: arrays.update(level_gap=arrays["level_gap"] * 2))


def empty(file, other):
    file.write_bytes(b"")


def text(file, other):
    file.write_text("not ours")


@pytest.mark.parametrize("spoil", [
    truncated, flipped, of_another_job, with_a_pickle, empty, text, shifted, not_numbers, too_few, said_healthy,
])  # fmt: skip
def test_a_spoilt_file_is_noted_and_its_fit_is_made_again(tmp_path, fit, made, caplog, spoil):
    kept = Checkpoint(tmp_path)
    other = replace(JOB, seed=99)
    for job in (JOB, other):
        kept.write(job, answer_of(fit))
    file = tmp_path / f"{fingerprint(JOB)}.npz"
    spoil(file, tmp_path / f"{fingerprint(other)}.npz")
    with caplog.at_level(logging.WARNING, "sos_bayes"):
        (again,) = fit_many([JOB], checkpoint=tmp_path, progress=False)
    assert made == [1]
    assert bytes_of(again) == bytes_of(fit)
    assert "made again" in caplog.text
    assert CANARY not in caplog.text
    assert kept.read(JOB) is not None


SICK = {
    "no number": lambda fit: replace(fit, draws=replace(fit.draws, effect=np.full_like(fit.draws.effect, np.nan))),
    "too few draws": lambda fit: replace(fit, draws=fit.draws.kept(np.arange(50))),
    "few effective points": lambda fit: replace(fit, health=Health(True, (), (("hyper_ess", 3.0),))),
    "no mixing": lambda fit: replace(fit, health=Health(True, (), (("worst_rhat", 1.4),))),
    "no figure": lambda fit: replace(fit, health=Health(True, (), (("worst_rhat", float("nan")),))),
}


@pytest.mark.parametrize("kind", SICK)
def test_the_gates_are_passed_again_on_reading(tmp_path, fit, caplog, kind):
    """Whoever writes a file whole, digest and all, must still show as many draws as asked, and healthy ones."""
    kept = Checkpoint(tmp_path)
    kept.write(JOB, answer_of(SICK[kind](fit)))
    with caplog.at_level(logging.WARNING, "sos_bayes"):
        assert kept.read(JOB) is None
    assert "made again" in caplog.text


def test_a_folder_that_cannot_be_made_is_refused_before_anything_is_fitted(tmp_path, made):
    (tmp_path / "file").write_text("")
    with pytest.raises(FitError, match="checkpoint folder"):
        fit_many([JOB], checkpoint=tmp_path / "file", progress=False)
    with pytest.raises(FitError, match="no folder can have this name"):
        fit_many([JOB], checkpoint=f"{tmp_path}/a\0b", progress=False)
    assert made == []


def test_a_full_disk_loses_the_file_and_not_the_fit(tmp_path, monkeypatch, caplog):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    (fit,) = fit_many([JOB], checkpoint=tmp_path, progress=False)
    assert isinstance(fit, Fit)
    assert "No space left" in caplog.text
    monkeypatch.undo()
    fit_many([JOB], checkpoint=tmp_path, progress=False)
    assert [p.name for p in tmp_path.iterdir()] == [f"{fingerprint(JOB)}.npz"]  # nothing half-written is left


KILLED = """
import sys, time
import joblib
from sos_bayes.fitting import fit_many
from tests.fitting.runs.test_checkpoint import JOBS

def after(done, of, label):
    if done == 2:
        print("two", flush=True)
        time.sleep(600)

with joblib.parallel_config(n_jobs=1):
    fit_many(JOBS, checkpoint=sys.argv[1], progress=after)
"""


def test_a_killed_run_is_taken_up_where_it_stopped(tmp_path, made, checkout):
    command = [sys.executable, "-c", KILLED, tmp_path]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=checkout)
    try:
        assert running.stdout.readline() == "two\n"
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait(30)
        running.stdout.close()
    before = {p.name: p.stat().st_mtime_ns for p in tmp_path.glob("*.npz")}
    assert set(before) == {f"{fingerprint(job)}.npz" for job in JOBS[:2]}
    time.sleep(0.01)
    with joblib.parallel_config(backend="threading", n_jobs=2):
        resumed = fit_many(JOBS, checkpoint=tmp_path, progress=False)
        assert sorted(made) == [3, 4]
        uninterrupted = fit_many(JOBS, progress=False)
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in before} == before
    assert [bytes_of(fit) for fit in resumed] == [bytes_of(fit) for fit in uninterrupted]
    assert [fit.health for fit in resumed] == [fit.health for fit in uninterrupted]
