"""Writing results: each file whole or not at all, and what cannot be written said plainly."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

DIGITS = 10  # significant digits of reals in CSV files


class OutputError(OSError):
    """A file or directory of results that cannot be written; nothing written before is lost."""


def prepare_directory(directory: str | Path) -> Path:
    """Make ``directory`` if need be and see that it can be written to. Raises OutputError, before a long run rather than after."""
    path = Path(directory)
    with explained(path):
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=path, prefix=".gridgov-"):
            pass
    return path


def write_file(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path``, whole or not at all. Raises OutputError."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside ``path``, put in its place if all goes well and removed if not. Raises OutputError."""
    temporary = path.with_name(f".gridgov-{os.getpid()}-{path.name}")
    with explained(path):
        try:
            yield temporary
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A CSV file: UTF-8 with BOM, as Excel wants it, reals with 10 significant digits, nothing for what is undefined."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    write_file(path, text.getvalue().encode("utf-8-sig"))


def write_json(path: Path, value: object) -> None:
    """A JSON file for people: indented, Chinese as it is."""
    write_file(path, (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode())


def write_frame(directory: Path, name: str, frame: pd.DataFrame) -> Path:
    """A data frame as Parquet, or as CSV where pyarrow is not installed; the path written to."""
    if find_spec("pyarrow"):
        path = directory / f"{name}.parquet"
        with replacing(path) as temporary:
            frame.to_parquet(temporary, index=False, engine="pyarrow")
    else:
        path = directory / f"{name}.csv"
        with replacing(path) as temporary:
            frame.to_csv(temporary, index=False, encoding="utf-8-sig", lineterminator="\n")
    return path


def _cell(value: object) -> object:
    if not isinstance(value, float):
        return value
    return "" if math.isnan(value) else f"{value + 0.0:.{DIGITS}g}"  # + 0.0: no negative zero


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what goes wrong while writing ``path`` into an OutputError that names it."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error
