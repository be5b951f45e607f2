"""Bundles as netCDF-4 files: written by h5netcdf, read only where every array is plain numbers in one piece."""

from __future__ import annotations

import io
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sos_bayes.saving.bundle import LONGEST, MOST, NAMED, TYPES, Array, Bundle, UnreadableError
from sos_bayes.saving.containers.dimensions import Dimensions

SIGNATURE = b"\x89HDF\r\n\x1a\n"
DEEPEST = 16


def write(path: Path, bundle: Bundle) -> None:
    """Write a bundle: arrays as variables with named dimensions, the document in an attribute of the root.

    It is made in memory first: on a full disk the library below neither stops in order nor lets go of the file.
    """
    import h5netcdf

    dimensions, made = Dimensions(), io.BytesIO()
    with h5netcdf.File(made, "w") as file:
        file.attrs["disclosure"] = bundle.disclosure
        file.attrs["document"] = bundle.document
        for name, array in bundle.arrays.items():
            dims = dimensions.of(array)
            for dim, size in zip(dims, array.values.shape, strict=True):
                if dim not in file.dimensions:
                    file.dimensions[dim] = size
            file.create_variable(f"/{name}", dims, dtype=array.values.dtype)[...] = array.values
    with open(path, "xb") as out:  # with the rights that the caller's umask leaves
        out.write(made.getbuffer())


def read(path: Path) -> Bundle:
    """Read a bundle; nothing is followed out of the file, unpacked or computed."""
    import h5py

    if not path.is_file() or path.is_symlink():
        raise UnreadableError("it is no file of its own, but a folder, a link or a device")
    with open(path, "rb") as file:
        if file.read(len(SIGNATURE)) != SIGNATURE:
            raise UnreadableError("it is no netCDF-4 file, or its beginning is lost")
    try:
        with h5py.File(path, "r") as held:
            return _bundle(held, path.stat().st_size)
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, OverflowError):
        raise UnreadableError("it is truncated or damaged") from None


def _bundle(held: Any, size: int) -> Bundle:
    document, disclosure = (_text(held, name) for name in ("document", "disclosure"))
    arrays: dict[str, Array] = {}
    left = size
    for name, data in _datasets(held, "", set()):
        if data.is_scale and not NAMED.fullmatch(name):
            raise UnreadableError("it holds a name that is none of ours")
        if data.is_scale:
            continue
        values = _numbers(data, left)
        left -= values.nbytes
        arrays[name] = Array(values, ())
    return Bundle(document, disclosure, arrays)


def _text(held: Any, name: str) -> str:
    """One attribute of text."""
    import h5py

    if name not in held.attrs:
        raise UnreadableError("no document of this library is in it: it comes from another program")
    kind = held.attrs.get_id(name)
    if kind.shape != () or h5py.check_string_dtype(kind.dtype) is None:
        raise UnreadableError("its document is no text")
    text = held.attrs[name]
    if not isinstance(text, str) or len(text) > LONGEST:
        raise UnreadableError("its document is no text, or too long")
    return text


def _datasets(group: Any, above: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """All arrays of a group and below, by path; links of any kind but a plain name are refused."""
    import h5py

    here = h5py.h5o.get_info(group.id).addr
    if here in seen or len(seen) > MOST or len(group) > MOST or above.count("/") > DEEPEST:
        raise UnreadableError("its groups are too many, too deep, or one inside itself")
    seen.add(here)
    for name in group:
        if type(group.get(name, getlink=True)) is not h5py.HardLink:
            raise UnreadableError("it holds a link that leads elsewhere")
        kind = group.get(name, getclass=True)
        path = f"{above}{name}"
        if kind is h5py.Group:
            yield from _datasets(group[name], f"{path}/", seen)
        elif kind is h5py.Dataset:
            yield path, group[name]
        else:
            raise UnreadableError("it holds something other than arrays")


def _numbers(data: Any, left: int) -> NDArray[Any]:
    """One array, if it is what it says: plain numbers, uncompressed, in the file itself and all of them there."""
    import h5py

    made = data.id.get_create_plist()
    plain = made.get_layout() == h5py.h5d.CONTIGUOUS and not made.get_nfilters() and not made.get_external_count()
    if data.dtype.str not in TYPES or h5py.check_dtype(enum=data.dtype) or data.dtype.metadata or not plain:
        raise UnreadableError("it holds an array that is not of plain numbers in one piece")
    declared = prod(int(n) for n in data.shape) * data.dtype.itemsize
    if not data.shape or declared > left or declared != data.id.get_storage_size():
        raise UnreadableError("it declares an array of another size than it holds")
    return np.asarray(data[...])
