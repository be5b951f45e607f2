"""A Zarr folder is read only if every file in it is one of its own: no link, no codec, no size that is not there."""

import json
import os

import numpy as np
import pytest

from sos_bayes.saving.bundle import Array, Bundle, UnreadableError
from sos_bayes.saving.containers import zarr_folder

BUNDLE = Bundle('{"a": 1}', "made up", {
    "a/b": Array(np.arange(12.0).reshape(3, 4), ("chain", "draw")), "zeros": Array(np.zeros((2, 2)), ()),
    "c": Array(np.ones(3, np.uint8), ()), "n": Array(np.arange(5), ("n",)),
})  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    zarr_folder.write(tmp_path / "a.zarr", BUNDLE)
    return tmp_path / "a.zarr"


def test_a_bundle_comes_back(folder):
    again = zarr_folder.read(folder)
    assert again.document == BUNDLE.document
    assert set(again.arrays) == set(BUNDLE.arrays)
    for name, array in BUNDLE.arrays.items():
        assert again.arrays[name].values.dtype == array.values.dtype
        assert (again.arrays[name].values == array.values).all()
    assert zarr_folder.is_ours(folder)


def changed(where, **changes):
    def change(folder):
        file = folder / where
        told = json.loads(file.read_text())
        file.write_text(json.dumps({**told, **changes}))

    return change


def linked_piece(folder):
    piece = folder / "a/b/c/0/0"
    piece.rename(folder.parent / "elsewhere")
    piece.symlink_to(folder.parent / "elsewhere")


def linked_folder(folder):
    (folder / "more").symlink_to("/")


def linked_root(folder):
    (folder / "zarr.json").rename(folder.parent / "zarr.json")
    (folder / "zarr.json").symlink_to(folder.parent / "zarr.json")


def stray(folder):
    (folder / "run.py").write_text("1/0")


def hidden(folder):
    (folder / "a" / ".zattrs").write_text("{}")


def device(folder):
    os.mkfifo(folder / "pipe")


def odd_name(folder):
    (folder / "a b").mkdir()
    (folder / "a b" / "zarr.json").write_text((folder / "n" / "zarr.json").read_text())


def shorter(folder):
    (folder / "n/c/0").write_bytes(b"12345678")


def deep(folder):
    (folder / "n" / "zarr.json").write_text("[" * 10**5 + "]" * 10**5)


GZIP = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "gzip", "configuration": {"level": 1}}]
PICKLE = [{"name": "numcodecs.pickle", "configuration": {}}]
SHARDS = [{"name": "sharding_indexed", "configuration": {"chunk_shape": [5], "codecs": GZIP, "index_codecs": GZIP}}]
METADATA = {"n": {"zarr_format": 3, "node_type": "array", "shape": [2**50]}}
SPOILT = {
    "a linked piece": (linked_piece, "leads elsewhere"),
    "a linked folder": (linked_folder, "leads elsewhere"),
    "a linked document": (linked_root, "leads elsewhere"),
    "a stray file": (stray, "files that are none of ours"),
    "a hidden file": (hidden, "files that are none of ours"),
    "a device": (device, "other than files"),
    "an odd name": (odd_name, "name that is none of ours"),
    "a short piece": (shorter, "another size"),
    "a deep description": (deep, "too deeply"),
    "a huge array": (changed("n/zarr.json", shape=[2**38], chunk_grid={
        "name": "regular", "configuration": {"chunk_shape": [2**38]}}), "another size"),
    "a huge number": (changed("n/zarr.json", shape=[2**70]), "plain numbers"),
    "no shape": (changed("n/zarr.json", shape=[]), "plain numbers"),
    "a negative shape": (changed("n/zarr.json", shape=[-5]), "plain numbers"),
    "pieces": (changed("n/zarr.json", chunk_grid={
        "name": "regular", "configuration": {"chunk_shape": [1]}}), "one uncompressed piece"),
    "compression": (changed("n/zarr.json", codecs=GZIP), "one uncompressed piece"),
    "a pickle": (changed("n/zarr.json", codecs=PICKLE), "one uncompressed piece"),
    "shards": (changed("n/zarr.json", codecs=SHARDS), "one uncompressed piece"),
    "objects": (changed("n/zarr.json", data_type="object"), "plain numbers"),
    "texts": (changed("n/zarr.json", data_type="string"), "plain numbers"),
    "a type with settings": (changed("n/zarr.json", data_type={"name": "numpy.datetime64"}), "plain numbers"),
    "transformers": (changed("n/zarr.json", storage_transformers=[{"name": "x"}]), "none of ours"),
    "paths for keys": (changed("n/zarr.json", chunk_key_encoding={
        "name": "default", "configuration": {"separator": "../"}}), "one uncompressed piece"),
    "attributes": (changed("n/zarr.json", attributes={"a": 1}), "none of ours"),
    "consolidated metadata": (changed("zarr.json", consolidated_metadata={"metadata": METADATA}), "root is none"),
    "version 2": (changed("zarr.json", zarr_format=2), "no Zarr folder of version 3"),
    "a group with attributes": (changed("a/zarr.json", attributes={"a": 1}), "group that is none"),
    "a number for a document": (changed("zarr.json", attributes={"document": 1, "disclosure": "x"}), "another program"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SPOILT)
def test_what_is_not_as_written_is_refused(folder, kind):
    spoil, why = SPOILT[kind]
    spoil(folder)
    with pytest.raises(UnreadableError, match=why):
        zarr_folder.read(folder)
