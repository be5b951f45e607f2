"""The package's own source text, as a digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def source_digest(rooms: Iterable[str], package: Path = PACKAGE) -> str:
    """SHA-256, in hexadecimal, of the paths and the text of every module in some rooms of a package."""
    digest = hashlib.sha256()
    for path in sorted(p for room in rooms for p in (package / room).rglob("*.py")):
        text = path.read_bytes()
        digest.update(f"{path.relative_to(package).as_posix()}\0{len(text)}\0".encode() + text)
    return digest.hexdigest()
