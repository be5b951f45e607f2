"""One digest over a document and its arrays: what tells a kept file that was changed, cut or mixed up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def digest_of(arrays: Mapping[str, NDArray[Any]], told: object, key: str) -> str:
    """SHA-256, in hexadecimal, of a key, of what is told as JSON, and of names, types, shapes and bytes of arrays.

    It finds files that were changed; it is no signature.

    Examples
    --------
    >>> one = digest_of({"draws": np.zeros(3)}, {"method": "fast"}, "key")
    >>> one == digest_of({"draws": np.zeros(3)}, {"method": "fast"}, "key"), len(one)
    (True, 64)
    >>> one == digest_of({"draws": np.zeros((3, 1))}, {"method": "fast"}, "key")
    False
    """
    digest = hashlib.sha256(json.dumps([key, told], sort_keys=True).encode())
    for name in sorted(arrays):
        value = np.ascontiguousarray(arrays[name])
        digest.update(json.dumps([name, value.dtype.str, value.shape]).encode())
        digest.update(value.reshape(-1).view(np.uint8).data if value.size else b"")
    return digest.hexdigest()
