"""Bundles as Zarr folders of version 3: one uncompressed piece an array, every file of the folder looked at first."""

from __future__ import annotations

import os
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from sos_bayes.saving.bundle import LONGEST, MOST, NAMED, TYPES, Array, Bundle, UnreadableError, parsed
from sos_bayes.saving.containers.dimensions import Dimensions

META = "zarr.json"
KINDS = {"float64": "<f8", "int64": "<i8", "uint8": "|u1"}
ARRAY_KEYS = {
    "zarr_format", "node_type", "shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs",
    "attributes", "dimension_names", "storage_transformers",
}  # fmt: skip
GROUP_KEYS = {"zarr_format", "node_type", "attributes"}
KEY_ENCODING = {"name": "default", "configuration": {"separator": "/"}}


def write(path: Path, bundle: Bundle) -> None:
    """Write a bundle: arrays with named dimensions, the document in an attribute of the root."""
    import zarr

    dimensions = Dimensions()
    attributes = {"disclosure": bundle.disclosure, "document": bundle.document}
    root = zarr.open_group(str(path), mode="w-", zarr_format=3, attributes=attributes)
    for name, array in bundle.arrays.items():
        made = root.create_array(
            name, shape=array.values.shape, dtype=array.values.dtype, chunks=array.values.shape, compressors=None,
            filters=None, fill_value=0, dimension_names=dimensions.of(array), config={"write_empty_chunks": True},
        )  # fmt: skip
        made[...] = array.values


def read(path: Path) -> Bundle:
    """Read a bundle, once every file of the folder is known to be one of its own, and of the size it says."""
    import zarr
    from zarr.storage import LocalStore

    files = _files(path)
    document, disclosure = _texts(files)
    shapes = _shapes(files)
    root = zarr.open_group(LocalStore(path, read_only=True), mode="r", zarr_format=3, use_consolidated=False)
    arrays: dict[str, Array] = {}
    for name in shapes:
        held: Any = root[name]
        arrays[name] = Array(np.ascontiguousarray(held[...]), ())
    return Bundle(document, disclosure, arrays)


def is_ours(path: Path) -> bool:
    """Whether a folder is one that this library wrote, so that overwriting it destroys nothing else."""
    try:
        _texts(_files(path))
    except UnreadableError:
        return False
    return True


def _files(path: Path) -> dict[str, Path]:
    """Every file of a folder by its place in it; a link, a device or an odd name is refused."""
    if path.is_symlink() or not path.is_dir():
        raise UnreadableError("it is no folder of its own, but a file, a link or a device")
    files: dict[str, Path] = {}
    folders = [(path, "")]
    while folders:
        folder, above = folders.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_symlink():
                    raise UnreadableError("it holds a link that leads elsewhere")
                place = f"{above}{entry.name}"
                if entry.is_dir(follow_symlinks=False) and place.count("/") < 32:
                    folders.append((Path(entry.path), f"{place}/"))
                elif entry.is_file(follow_symlinks=False) and len(files) < 4 * MOST:
                    files[place] = Path(entry.path)
                else:
                    raise UnreadableError("it holds something other than files, or too many of them")
    if META not in files:
        raise UnreadableError("it is no Zarr folder of version 3, or its beginning is lost")
    return files


def _meta(file: Path) -> Mapping[str, Any]:
    if file.stat().st_size > 2 * LONGEST:
        raise UnreadableError("its document is too long")
    told = parsed(file.read_bytes())
    if not isinstance(told, dict) or told.get("zarr_format") != 3:
        raise UnreadableError("it is no Zarr folder of version 3")
    return told


def _texts(files: Mapping[str, Path]) -> tuple[str, str]:
    """Document and disclosure, from the root's attributes."""
    told = _meta(files[META])
    attributes = told.get("attributes")
    if told.get("node_type") != "group" or set(told) - GROUP_KEYS or not isinstance(attributes, dict):
        raise UnreadableError("its root is none of ours")
    if set(attributes) != {"document", "disclosure"} or not all(isinstance(text, str) for text in attributes.values()):
        raise UnreadableError("no document of this library is in it: it comes from another program")
    return attributes["document"], attributes["disclosure"]


def _shapes(files: Mapping[str, Path]) -> dict[str, tuple[int, ...]]:
    """Shapes of arrays by name, if the folder holds exactly what its own descriptions say, in plain numbers."""
    shapes: dict[str, tuple[int, ...]] = {}
    wanted = {META}
    for place in (place for place in files if place.endswith(f"/{META}")):
        name, told = place.removesuffix(f"/{META}"), _meta(files[place])
        if not NAMED.fullmatch(name):
            raise UnreadableError("it holds a name that is none of ours")
        wanted.add(place)
        if told.get("node_type") == "group":
            if set(told) - GROUP_KEYS or told.get("attributes"):
                raise UnreadableError("it holds a group that is none of ours")
            continue
        shape = _shape(told)
        piece = f"{name}/c/{'/'.join('0' for _ in shape)}"
        size = prod(shape) * np.dtype(KINDS[told["data_type"]]).itemsize
        if piece not in files or files[piece].stat().st_size != size:
            raise UnreadableError("it declares an array of another size than it holds")
        wanted.add(piece)
        shapes[name] = shape
    if set(files) != wanted:
        raise UnreadableError("it holds files that are none of ours")
    return shapes


def _shape(told: Mapping[str, Any]) -> tuple[int, ...]:
    """Shape of one array, if it is plain numbers in one uncompressed piece."""
    shape, kind = told.get("shape"), told.get("data_type")
    fine = isinstance(shape, list) and 1 <= len(shape) <= 8 and all(type(n) is int and 0 < n < 2**40 for n in shape)
    if not fine or told.get("node_type") != "array" or not isinstance(kind, str) or kind not in KINDS:
        raise UnreadableError("it holds an array that is not of plain numbers")
    assert KINDS[kind] in TYPES
    codec = {"name": "bytes"} if kind == "uint8" else {"name": "bytes", "configuration": {"endian": "little"}}
    grid = {"name": "regular", "configuration": {"chunk_shape": shape}}
    asked = (told.get("chunk_grid"), told.get("chunk_key_encoding"), told.get("codecs"), told.get("fill_value"))
    if asked != (grid, KEY_ENCODING, [codec], 0) or set(told) - ARRAY_KEYS:
        raise UnreadableError("it holds an array that is not in one uncompressed piece")
    if told.get("attributes") or told.get("storage_transformers"):
        raise UnreadableError("it holds an array that is none of ours")
    return tuple(shape or ())
