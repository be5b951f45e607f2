"""What is saved comes back to the bit; what cannot be written leaves nothing, and what was there stays."""

import os
import stat
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes._core.errors import FileError
from sos_bayes.estimands import Effects
from tests.reports.made_up import KINSHIP, PLANS
from tests.saving.made_up import BY_LAG, GRADE, HEADLINE, SUFFIXES, opened, same, saved

ORDINAL = sb.Ordinal(
    "need", levels=(1, 2, 3.5), at_least=2, aim=sb.Aim.FEWER, worthwhile=0.02, label="need", among="open"
)
WAIT = sb.Duration("days", bands=(10, 35), by_day=35, aim=sb.Aim.FEWER, worthwhile=0.02, label="wait")
SCORE = sb.Continuous("score", unit="points", aim=sb.Aim.MORE, worthwhile=1.0, label="score é", tails="t")
FOLLOWED = sb.Binary(
    "again", aim=sb.Aim.FEWER, worthwhile=0.01, label="re-referral", within=sb.Window("closed", 6, "2019-03-31")
)
OUTCOMES = (KINSHIP, PLANS, ORDINAL, WAIT, SCORE, FOLLOWED)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("found", [HEADLINE, BY_LAG, GRADE, Effects("authority", ())], ids=lambda f: repr(f)[:12])
def test_with_cells_everything_comes_back_to_the_bit(tmp_path, found, suffix):
    again = sb.load(saved(tmp_path, found, suffix, cells=True))
    assert same(again, found)
    assert repr(again) == repr(found)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda o: type(o).__name__)
def test_every_kind_of_outcome_comes_back(tmp_path, outcome):
    found = replace(HEADLINE, outcome=outcome, baseline=float("nan"), years_before=4, at=None)
    again = sb.load(saved(tmp_path, found, cells=True))
    assert same(again.outcome, outcome)
    assert np.isnan(again.baseline)
    assert same(again, found)


def test_the_headline_is_the_same_to_the_bit_without_cells(tmp_path):
    for suffix in SUFFIXES:
        again = sb.load(saved(tmp_path, HEADLINE, suffix))
        assert again.draws.tobytes() == HEADLINE.draws.tobytes()
        assert (again.mean, again.sd, again.interval(0.9)) == (HEADLINE.mean, HEADLINE.sd, HEADLINE.interval(0.9))
        assert again.probability_error(below=-0.1) == HEADLINE.probability_error(below=-0.1)
        assert sb.grade(again, ()).sentence == sb.grade(HEADLINE, ()).sentence


def test_draws_that_are_a_view_come_back_with_the_same_mean(tmp_path):
    wide = np.random.default_rng(1).normal(size=(4, 999, 3))
    found = replace(HEADLINE, draws=wide[..., 1], points=None)
    assert sb.load(saved(tmp_path, found)).mean == found.mean


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_is_replaced_unasked(tmp_path, suffix):
    path = saved(tmp_path, HEADLINE, suffix)
    with pytest.raises(FileError, match=r"is there already.*overwrite=True"):
        sb.save(BY_LAG, path)
    assert sb.load(path).label == "all adopters"
    assert sb.save(BY_LAG, path, overwrite=True) == path
    assert sb.load(path).labels == ("0", "1", "2")
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_folder_of_others_is_never_replaced(tmp_path):
    folder = tmp_path / "work.zarr"
    folder.mkdir()
    (folder / "thesis.txt").write_text("all of it")
    with pytest.raises(FileError, match="did not write"):
        sb.save(HEADLINE, folder, overwrite=True)
    assert (folder / "thesis.txt").read_text() == "all of it"
    (tmp_path / "file.nc").mkdir()
    with pytest.raises(FileError, match="did not write"):
        sb.save(HEADLINE, tmp_path / "file.nc", overwrite=True)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_place_that_cannot_be_written_is_said(tmp_path, suffix):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / f"a{suffix}", f"{tmp_path}/a\0b{suffix}"):
        with pytest.raises(FileError, match=r"could not be written.*Choose a folder"):
            sb.save(HEADLINE, path)
    assert sb.save(HEADLINE, tmp_path / "deep" / "down" / f"a{suffix}").exists()


@pytest.fixture
def nobody():
    """Somebody who is not root: nothing is closed to root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield
    if root:
        os.seteuid(0)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_closed_folder_is_said(tmp_path, suffix, nobody):
    if os.geteuid() != 65534:
        tmp_path.chmod(0o500)
    with pytest.raises(FileError, match=r"Permission denied.*Choose a folder that you may write to"):
        sb.save(HEADLINE, tmp_path / f"a{suffix}")
    tmp_path.chmod(0o700) if os.geteuid() != 65534 else None


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o007, 0o660)])
def test_files_have_the_rights_that_the_umask_leaves(tmp_path, suffix, mask, mode):
    before = os.umask(mask)
    try:
        path = sb.save(HEADLINE, tmp_path / f"a{suffix}")
    finally:
        os.umask(before)
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    assert {stat.S_IMODE(p.stat().st_mode) for p in files} == {mode}


FULL = """
import resource, signal, sys
import sos_bayes as sb
from tests.saving.made_up import HEADLINE

sb.load(sb.save(HEADLINE, sys.argv[1] + "/warm" + sys.argv[2]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    sb.save(HEADLINE, sys.argv[1] + "/kept" + sys.argv[2], overwrite=True)
except sb.SosBayesError as error:
    print(type(error).__name__, error.what)
"""


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_leaves_what_was_there(tmp_path, suffix, checkout):
    sb.save(BY_LAG, tmp_path / f"kept{suffix}")
    done = subprocess.run(
        [sys.executable, "-c", FULL, tmp_path, suffix], capture_output=True, text=True, cwd=checkout, timeout=300
    )
    assert done.stdout == f"FileError 'kept{suffix}' could not be written: File too large.\n", done.stderr[-2000:]
    assert sb.load(tmp_path / f"kept{suffix}").labels == ("0", "1", "2")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([f"kept{suffix}", f"warm{suffix}"])


def test_an_interrupt_leaves_nothing(tmp_path, monkeypatch):
    from sos_bayes.saving.files import CONTAINERS, Container

    def stopped(path, bundle):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setitem(CONTAINERS, ".nc", Container(stopped, CONTAINERS[".nc"].read))
    with pytest.raises(KeyboardInterrupt):
        sb.save(HEADLINE, tmp_path / "a.nc")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("thing", [None, 3, {"a": HEADLINE}, [HEADLINE], np.zeros(3), HEADLINE.outcome, object])
def test_other_things_are_not_saved(tmp_path, thing):
    with pytest.raises(FileError, match=r"is not saved.*Give one of Fit"):
        sb.save(thing, tmp_path / "a.nc")


def test_a_noun_with_something_odd_inside_is_not_saved(tmp_path):
    for odd in (replace(HEADLINE, label=object()), replace(HEADLINE, draws=HEADLINE.draws.astype(object))):
        with pytest.raises(FileError, match="not among the things that a file may hold"):
            sb.save(odd, tmp_path / "a.cells.nc", cells=True)
    for odd in (replace(HEADLINE, label=3), replace(HEADLINE, estimand="nonsense")):
        with pytest.raises(FileError, match="could not be read back"):
            sb.save(odd, tmp_path / "a.cells.nc", cells=True)
    assert list(tmp_path.iterdir()) == []


def test_the_suffix_says_the_format(tmp_path):
    for name in ("a", "a.pkl", "a.hdf5", "a.parquet"):
        for call in (lambda p: sb.save(HEADLINE, p), sb.load):
            with pytest.raises(FileError, match="no format that is saved or read"):
                call(tmp_path / name)


def test_a_file_says_what_it_is_to_other_programs(tmp_path):
    import xarray as xr
    import zarr

    told, _ = opened(saved(tmp_path))
    assert told["format"] == "sos_bayes"
    assert told["disclosure"] == "released"
    assert told["versions"]["numpy"] == np.__version__
    with xr.open_datatree(saved(tmp_path, overwrite=True), engine="h5netcdf") as tree:
        assert tree["draws"].dims == ("chain", "draw")
        assert tree.attrs["disclosure"].startswith("This file is released")
        assert (tree["draws"].values == HEADLINE.draws).all()
    group = zarr.open_group(str(saved(tmp_path, HEADLINE, ".zarr", cells=True)), mode="r")
    assert "stays inside the secure setting" in group.attrs["disclosure"]
    assert group["draws"].metadata.dimension_names == ("chain", "draw")
