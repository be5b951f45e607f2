"""Files that are not what they say are refused, each with its reason, and nothing of them is followed or run."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes._core.errors import FileError
from tests.saving.made_up import BY_LAG, GRADE, HEADLINE, SUFFIXES, opened, rewritten, saved


def refused(path, why):
    with pytest.raises(FileError, match=why) as caught:
        sb.load(path)
    said = str(caught.value)
    assert path.name in said
    assert "What to do" in said


def test_nothing_there(tmp_path):
    refused(tmp_path / "a.nc", "nothing is there")
    refused(tmp_path / "a.zarr", "nothing is there")
    with pytest.raises(FileError, match=r"no file can have this name|nothing is there"):
        sb.load("a\0b.nc")


@pytest.mark.parametrize("content", [b"", b"not ours", b"\x89HDF\r\n\x1a\n", b"\x80\x05cposix\nsystem\n."])
def test_a_file_of_another_kind(tmp_path, content):
    (tmp_path / "a.nc").write_bytes(content)
    refused(tmp_path / "a.nc", "no netCDF-4 file|truncated or damaged")
    (tmp_path / "a.zarr").write_bytes(content)
    refused(tmp_path / "a.zarr", "no folder of its own")
    (tmp_path / "b.zarr").mkdir()
    refused(tmp_path / "b.zarr", "no Zarr folder")
    (tmp_path / "b.zarr" / "zarr.json").write_bytes(content)
    refused(tmp_path / "b.zarr", "no JSON|no Zarr folder")


def test_files_of_other_programs(tmp_path):
    import xarray as xr

    other = xr.Dataset({"draws": (("chain", "draw"), np.zeros((4, 9)))}, attrs={"title": "theirs"})
    other.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    refused(tmp_path / "a.nc", "comes from another program")
    other.to_zarr(tmp_path / "a.zarr", zarr_format=3, consolidated=False)
    refused(tmp_path / "a.zarr", "comes from another program")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_a_truncated_file(tmp_path, share):
    path = saved(tmp_path)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(share * len(raw))])
    refused(path, "truncated or damaged|its beginning is lost")
    folder = saved(tmp_path, suffix=".zarr")
    largest = max((p for p in folder.rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
    largest.write_bytes(largest.read_bytes()[: int(share * largest.stat().st_size)])
    refused(folder, "another size than it holds")
    largest.unlink()
    refused(folder, "another size than it holds")


def more(told, arrays):
    arrays["draws"] += 1e-9


def lighter(told, arrays):
    told["held"]["n_adopters"] = 90


def relabelled(told, arrays):
    told["disclosure"] = "cells"


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("change", [more, lighter])
def test_a_changed_file(tmp_path, suffix, change):
    path = saved(tmp_path, suffix=suffix)
    told, arrays = opened(path)
    change(told, arrays)
    refused(rewritten(path, told, arrays, signed=False), "not what its digest says")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_level_that_attribute_and_document_disagree_on(tmp_path, suffix):
    path = saved(tmp_path, suffix=suffix)
    told, arrays = opened(path)
    relabelled(told, arrays)
    refused(rewritten(path, told, arrays), "another disclosure level")


def put(name, value):
    def change(told, arrays):
        told["held"][name] = value

    return change


def array(name, of):
    def change(told, arrays):
        arrays[name] = of(arrays[name])

    return change


def spoilt(value):
    value = value.copy()
    value[1, 2] = np.nan
    return value


def more_fields(told, arrays):
    told["held"]["run"] = "rm"


def fewer_fields(told, arrays):
    del told["held"]["label"]


def unhealthy(told, arrays):
    told["held"]["health"]["numbers"] = [["worst_rhat", 1.4]]


def extra(told, arrays):
    arrays["more"] = np.zeros(3)


def lost(told, arrays):
    del arrays["draws"]


HOSTILE = {
    "NaN draws": (array("draws", spoilt), "'draws' holds what is no number"),
    "infinite draws": (array("draws", lambda v: v * np.inf), "'draws' holds what is no number"),
    "whole draws": (array("draws", lambda v: v.astype("<i8")), "'draws' holds numbers of another type"),
    "flat draws": (array("draws", lambda v: v.ravel()), "draws of another shape"),
    "points of others": (array("points", lambda v: v[:, 1:].copy()), "points of another shape"),
    "an array too many": (extra, "arrays that its document does not name"),
    "an array too few": (lost, "names an array that is not there"),
    "a field too many": (more_fields, "has not the fields of a Effect"),
    "a field too few": (fewer_fields, "has not the fields of a Effect"),
    "another noun": (put("health", {"is": "Effect"}), "'health' is no Health"),
    "healthy by word": (unhealthy, "healthy by word only"),
    "no such estimand": (put("estimand", "late"), "'estimand' is none of the words"),
    "text for a number": (put("baseline", "0.3"), "'baseline' is no number"),
    "yes for a number": (put("n_children", True), "'n_children' is not of its kind"),
    "a number for yes": (put("selected", 1), "'selected' is not of its kind"),
    "less than nobody": (put("n_adopters", -1), "less than nobody"),
    "a path for a name": (put("draws", {"array": "../../secret"}), "names an array that is not there"),
    "a huge empty array": (put("draws", {"empty": [2**40, 0], "type": "<f8"}), "'draws' is no array"),
    "zeros without end": (put("draws", {"zeros": [4, 2**30], "type": "<f8"}), "'draws' is no array"),
    "an empty array": (put("draws", {"empty": [4, 0], "type": "<f8"}), "draws of another shape"),
    "no list": (put("choices", {"0": "a"}), "'choices' is no list"),
    "a list too long": (put("unsupplied", [0, 0, 0]), "'unsupplied' is of another length"),
    "an outcome that cannot be": (put("outcome", {"is": "Nested"}), "'outcome' is of none of its kinds"),
}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_file_that_lies_with_a_digest_that_fits(tmp_path, kind, suffix):
    change, why = HOSTILE[kind]
    path = saved(tmp_path, suffix=suffix, cells=True)
    told, arrays = opened(path)
    change(told, arrays)
    refused(rewritten(path, told, arrays), why)


def test_an_outcome_that_its_constructor_refuses(tmp_path):
    path = saved(tmp_path)
    told, arrays = opened(path)
    told["held"]["outcome"]["worthwhile"] = -5
    refused(rewritten(path, told, arrays), "'outcome' is a Binary that cannot be")


@pytest.mark.parametrize(("schema", "why"), [
    (2, "its schema is 2, and this version of the library reads schemas up to 1: update sos_bayes"),
    (0, "its schema, 0, is none that this library ever wrote"), ("1", "is none that this library ever wrote"),
    (True, "is none that this library ever wrote"), (None, "is none that this library ever wrote"),
])  # fmt: skip
def test_schemas_of_other_versions(tmp_path, schema, why):
    path = saved(tmp_path)
    told, arrays = opened(path)
    refused(rewritten(path, {**told, "schema": schema}, arrays), why)


@pytest.mark.parametrize("kind", ["Binary", "Health", "Fits", "object", "__import__", "Effects"])
def test_only_what_is_saved_by_itself_is_loaded(tmp_path, kind):
    path = saved(tmp_path)
    told, arrays = opened(path)
    refused(rewritten(path, {**told, "kind": kind}, arrays), "nothing that is saved by itself|is no Effects")


TEXTS = {
    "deep": ("[" * 200_000 + "]" * 200_000, "nested too deeply"),
    "deep in ours": ('{"format": "sos_bayes", "schema": 1, "held": ' + '{"a":' * 50_000 + "1" + "}" * 50_001,
                     "nested too deeply|not the fields"),
    "NaN": ('{"format": "sos_bayes", "schema": NaN}', "holds NaN"),
    "twice": ('{"format": "sos_bayes", "format": "sos_bayes"}', "names something twice"),
    "no JSON": ("cposix\nsystem\n", "is no JSON"),
    "a list": ("[]", "another program"),
    "huge": ('{"format": 1e999}', "too large"),
    "empty": ("", "is no JSON"),
}  # fmt: skip


@pytest.mark.parametrize("kind", TEXTS)
def test_documents_that_are_none(tmp_path, kind, monkeypatch):
    import tests.saving.made_up as made_up

    text, why = TEXTS[kind]
    path = saved(tmp_path)
    monkeypatch.setattr(made_up.json, "dumps", lambda told: text)
    target = rewritten(path, {}, {}, signed=False)
    monkeypatch.undo()
    refused(target, why)


def test_a_link_is_not_followed(tmp_path):
    for suffix in SUFFIXES:
        link = tmp_path / f"link{suffix}"
        link.symlink_to(saved(tmp_path, suffix=suffix))
        refused(link, "a link or a device")
        lost = tmp_path / f"lost{suffix}"
        lost.symlink_to(tmp_path / "nowhere")
        refused(lost, "a link or a device")


FLIPPED = """
import sys
from pathlib import Path
import numpy as np
import sos_bayes as sb
from tests.saving.made_up import same

path, found = Path(sys.argv[1]), sb.load(sys.argv[1])
raw, rng, refused = path.read_bytes(), np.random.default_rng(7), 0
dense = np.concatenate([rng.integers(0, 3000, 100), rng.integers(0, len(raw), 60)])
for place in dense:
    changed = bytearray(raw)
    changed[place] ^= 1 << int(rng.integers(8))
    path.write_bytes(changed)
    try:
        assert same(sb.load(path), found)
    except sb.SosBayesError as error:
        assert type(error).__name__ == "FileError", error
        refused += 1
print("all refused or unharmed:", refused > 40)
"""


def test_whatever_bit_is_flipped_a_file_is_refused_or_unharmed(tmp_path, checkout):
    """In a process of its own: the library that reads HDF5 must not take the interpreter down either."""
    path = saved(tmp_path, GRADE)
    done = subprocess.run(
        [sys.executable, "-c", FLIPPED, path], capture_output=True, text=True, cwd=checkout, timeout=600
    )
    assert done.stdout == "all refused or unharmed: True\n", (done.returncode, done.stderr[-2000:])


def test_files_of_two_objects_do_not_mix(tmp_path):
    one, two = saved(tmp_path, HEADLINE, ".zarr"), sb.save(BY_LAG, tmp_path / "lag.zarr")
    shutil.copy(two / "zarr.json", one / "zarr.json")
    refused(one, "not what its digest says")
    told = json.loads((two / "zarr.json").read_text())
    (two / "zarr.json").write_text(json.dumps({**told, "attributes": {**told["attributes"], "more": 1}}))
    refused(two, "comes from another program")
