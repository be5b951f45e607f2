"""A locked home and a read-only installation: compiled code goes to a folder of one's own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sos_bayes._core import compile_folders
from sos_bayes._core.compile_folders import own_folder, settle_pytensor
from sos_bayes._core.errors import SosBayesError

LOCKED = "/dev/null/home"  # cannot be made, not even by root
FIT = """
from numba.core.caching import InTreeCacheLocator
InTreeCacheLocator.from_function = classmethod(lambda cls, function, path: None)  # as if the package were read-only

import numba, numpy as np
from sos_bayes._core.compile_folders import settle_pytensor
from sos_bayes.families.by_code import mean_of
assert mean_of(0, 1.0) == 0.5
print(numba.config.CACHE_DIR)
settle_pytensor()
import pytensor
print(pytensor.config.compiledir)
"""


def run(code, folder, **words):
    """Output lines of a fresh interpreter whose home is locked."""
    unset = ("NUMBA_CACHE_DIR", "PYTENSOR_FLAGS", "XDG_CACHE_HOME")
    environment = {k: v for k, v in os.environ.items() if k not in unset}
    environment |= {"HOME": LOCKED, "TMPDIR": str(folder)} | words
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=300)
    return done.stdout.splitlines(), done.stderr


def test_compiled_code_goes_to_a_folder_of_one_s_own_and_is_found_again(tmp_path):
    (numba_folder, pytensor_folder), _ = run(FIT, tmp_path)
    assert Path(numba_folder).is_relative_to(tmp_path)
    assert Path(pytensor_folder).is_relative_to(tmp_path)
    kept = {path: path.stat().st_mtime_ns for path in Path(numba_folder).rglob("*.nbc")}
    assert kept
    assert run(FIT, tmp_path)[0] == [numba_folder, pytensor_folder]
    assert {path: path.stat().st_mtime_ns for path in Path(numba_folder).rglob("*.nbc")} == kept


def test_without_it_both_libraries_stop(tmp_path):
    """The trap is real; where this fails, the module can go."""
    patch = "\n".join(FIT.splitlines()[:3])
    _, numba_said = run(f"{patch}\nimport numba\nnumba.njit(cache=True)(lambda: 0)", tmp_path)
    assert "no locator available" in numba_said
    _, pytensor_said = run("import pytensor\npytensor.config.compiledir", tmp_path)
    assert "Check the permissions" in pytensor_said


def test_folders_named_by_the_user_are_left_alone(tmp_path):
    named = {"NUMBA_CACHE_DIR": str(tmp_path / "a"), "PYTENSOR_FLAGS": f"base_compiledir={tmp_path / 'b'}"}
    (numba_folder, pytensor_folder), _ = run(FIT, tmp_path, **named)
    assert numba_folder == str(tmp_path / "a")
    assert Path(pytensor_folder).is_relative_to(tmp_path / "b")


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(compile_folders.tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners and modes of folders are a matter of POSIX")
def test_a_folder_that_others_could_have_filled_is_not_used(temporary):
    first = own_folder()
    assert first == own_folder()
    assert first.stat().st_mode & 0o077 == 0
    first.chmod(0o777)
    other = own_folder()
    assert other != first
    assert other.stat().st_mode & 0o077 == 0
    first.rmdir()
    first.symlink_to(other)
    assert own_folder() not in (first, other)


def test_no_temporary_folder_either_is_said_plainly(monkeypatch):
    monkeypatch.setattr(compile_folders.tempfile, "tempdir", LOCKED)
    with pytest.raises(SosBayesError, match=r"nowhere to keep compiled code .* Set TMPDIR"):
        own_folder()


@pytest.mark.parametrize(("before", "after"), [(None, ""), ("floatX=float64", "floatX=float64,")])
def test_other_flags_of_pytensor_stay(temporary, monkeypatch, before, after):
    monkeypatch.delitem(sys.modules, "pytensor", raising=False)
    monkeypatch.setenv("HOME", LOCKED)
    monkeypatch.setenv("PYTENSOR_FLAGS", before or "")
    settle_pytensor()
    assert os.environ["PYTENSOR_FLAGS"] == f"{after}base_compiledir={own_folder() / 'pytensor'}"
    monkeypatch.setenv("PYTENSOR_FLAGS", "")
    monkeypatch.setenv("HOME", str(temporary))
    settle_pytensor()
    assert os.environ["PYTENSOR_FLAGS"] == ""
