"""Where the compiled kernel is kept between processes.

In ``GRIDGOV_CACHE_DIR`` if that is set, else in the user's cache directory, else (neither can be written to) in a temporary directory; in
each in a folder named after the content of all that the kernel is made of, so that an old kernel is never taken for a new one.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numba
import numpy as np
import platformdirs

_NO_KERNEL = ("__init__.py", "cache.py", "layout.py")
_SOURCES = (
    *sorted(path for path in Path(__file__).parent.glob("*.py") if path.name not in _NO_KERNEL),
    *(Path(__file__).parents[1] / name for name in ("events.py", "plan.py", "log.py")),
)


def directory() -> Path:
    """Where the kernel of this version is kept; the directory exists and can be written to."""
    own = os.environ.get("GRIDGOV_CACHE_DIR")
    places = [Path(own)] if own else [Path(platformdirs.user_cache_dir("gridgov", appauthor=False))]
    places.append(Path(tempfile.gettempdir()) / f"gridgov-{getattr(os, 'getuid', int)()}")
    for place in places:
        with suppress(OSError):
            folder = place / f"kernel-{_fingerprint()}"
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
    return Path(tempfile.mkdtemp(prefix="gridgov-"))


def _fingerprint() -> str:
    """What the kernel depends on, in twelve characters."""
    versions = f"{numba.__version__} {np.__version__} {sys.version_info[:2]}"
    content = blake2b(versions.encode(), digest_size=6)
    for source in _SOURCES:
        content.update(source.read_bytes())
    return content.hexdigest()


@contextmanager
def kept() -> Iterator[None]:
    """Functions decorated within, with ``cache=True``, are kept in ``directory()``."""
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = str(directory())
    try:
        yield
    finally:
        config.CACHE_DIR = before


def announce(path: str) -> None:
    """Say that the kernel is about to be compiled, if it is not in ``path``, where numba looks for it."""
    if not any(Path(path).glob("*.nbi")):
        logging.getLogger("gridgov").warning(
            "compiling the engine for this machine: once, for about half a minute (kept in %s)", path
        )


@contextmanager
def heeding_interrupts() -> Iterator[None]:
    """An interrupt that falls into a callback of the compiler is lost there: raise it again at the end."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    seen = []

    def heed(number: int, frame: Any) -> None:
        seen.append(number)
        before(number, frame)

    signal.signal(signal.SIGINT, heed)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if seen:
        raise KeyboardInterrupt
