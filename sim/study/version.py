"""Which gridgov this is: its version, and a digest of the code that results depend on."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import sim

PACKAGE = "gridgov"

#: the parts of the package that decide what comes out of a run
DECISIVE = ("model", "engine", "study/kpis", "study/replication.py")


def package_version() -> str:
    """The version of gridgov; "unknown" if it runs from a directory without being installed."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return "unknown"


@cache
def code_digest() -> str:
    """The version and the content of the code that decides results, in 64 hexadecimal digits; paths do not count."""
    digest = hashlib.sha256(package_version().encode())
    root = Path(sim.__file__).parent
    for part in DECISIVE:
        for file in sorted((root / part).rglob("*.py")) or [root / part]:
            digest.update(f"\0{file.relative_to(root).as_posix()}\0".encode() + file.read_bytes())
    return digest.hexdigest()
