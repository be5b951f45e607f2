"""What HDF5 can do beyond plain arrays is refused before it is done."""

import h5py
import numpy as np
import pytest

from sos_bayes.saving.bundle import Array, Bundle, UnreadableError
from sos_bayes.saving.containers import netcdf

BUNDLE = Bundle('{"a": 1}', "made up", {"a/b": Array(np.arange(12.0).reshape(3, 4), ("chain", "draw"))})


@pytest.fixture
def path(tmp_path):
    netcdf.write(tmp_path / "a.nc", BUNDLE)
    return tmp_path / "a.nc"


def test_a_bundle_comes_back(path):
    again = netcdf.read(path)
    assert again.document == BUNDLE.document
    assert (again.arrays["a/b"].values == BUNDLE.arrays["a/b"].values).all()
    assert repr(again) == "<Bundle: 1 arrays>"


def test_a_long_document_comes_back(tmp_path):
    long = Bundle('"' + "é" * 300_000 + '"', "made up", {})
    netcdf.write(tmp_path / "long.nc", long)
    assert netcdf.read(tmp_path / "long.nc").document == long.document


def external_link(file, folder):
    (folder / "secret.h5").touch()
    file["link"] = h5py.ExternalLink(str(folder / "secret.h5"), "/")


def soft_link(file, folder):
    file["link"] = h5py.SoftLink("/a/b")


def loop(file, folder):
    file["a/again"] = file["a"]


def up(file, folder):
    file["a/root"] = file["/"]


def external_data(file, folder):
    (folder / "secret.txt").write_bytes(b"12345678")
    file.create_dataset("passwd", (1,), "<f8", external=[(str(folder / "secret.txt"), 0, 8)])


def virtual(file, folder):
    layout = h5py.VirtualLayout((3,), "<f8")
    layout[:] = h5py.VirtualSource(str(folder / "secret.h5"), "x", shape=(3,))
    file.create_virtual_dataset("virtual", layout)


def bomb(file, folder):
    file.create_dataset("bomb", (2**40,), "<f8", chunks=(2**20,), compression="gzip")


def unwritten(file, folder):
    file.create_dataset("huge", (2**40,), "<f8")


def compressed(file, folder):
    file.create_dataset("zipped", data=np.zeros(10**6), compression="gzip")


def texts(file, folder):
    file.create_dataset("texts", data=["a", "b"], dtype=h5py.string_dtype())


def references(file, folder):
    file.create_dataset("refs", data=[file.ref], dtype=h5py.ref_dtype)


def structured(file, folder):
    file.create_dataset("pairs", data=np.zeros(3, dtype=[("a", "<f8"), ("b", "<i8")]))


def enumerated(file, folder):
    file.create_dataset("enum", data=[1, 2], dtype=h5py.enum_dtype({"A": 1, "B": 2}, basetype="<i8"))


def big_endian(file, folder):
    file.create_dataset("big", data=np.zeros(3, ">f8"))


def scalar(file, folder):
    file.create_dataset("scalar", data=1.0)


def named_type(file, folder):
    file["type"] = np.dtype("<f8")


def number_for_document(file, folder):
    file.attrs["document"] = 5


def list_for_document(file, folder):
    file.attrs["document"] = ["a", "b"]


@pytest.mark.parametrize(("spoil", "why"), [
    (external_link, "leads elsewhere"), (soft_link, "leads elsewhere"), (loop, "inside itself"), (up, "inside itself"),
    (external_data, "plain numbers"), (virtual, "plain numbers"), (bomb, "plain numbers"), (unwritten, "another size"),
    (compressed, "plain numbers"), (texts, "plain numbers"), (references, "plain numbers"),
    (structured, "plain numbers"), (enumerated, "plain numbers"), (big_endian, "plain numbers"),
    (scalar, "another size"), (named_type, "other than arrays"), (number_for_document, "is no text"),
    (list_for_document, "is no text"),
])  # fmt: skip
def test_what_is_more_than_plain_arrays_is_refused(path, tmp_path, spoil, why):
    with h5py.File(path, "r+") as file:
        spoil(file, tmp_path)
    with pytest.raises(UnreadableError, match=why):
        netcdf.read(path)


def test_many_names_for_one_group_are_not_walked_again_and_again(path):
    with h5py.File(path, "r+") as file:
        above = file["/"]
        for depth in range(12):
            below = file.create_group(f"deep{depth}")
            for i in range(12):
                above[f"x{i}"] = below
            above = below
    with pytest.raises(UnreadableError, match="too many"):
        netcdf.read(path)
