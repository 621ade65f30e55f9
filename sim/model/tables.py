"""Small tables that a user brings: CSV files with a header, read with errors that say where."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

MAX_BYTES = 100_000_000

Value = TypeVar("Value")


class TableError(ValueError):
    """A table that cannot be used: which file, column and line, what was expected, what came."""


@dataclass(frozen=True)
class Table:
    """A CSV file as text: its ``columns``, its ``rows``, and on which line of the file each row ends."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def __contains__(self, column: str) -> bool:
        return column in self.columns

    def texts(self, column: str) -> list[str]:
        """The texts in a column."""
        at = self.columns.index(column)
        return [row[at] for row in self.rows]

    def values(self, column: str, parse: Callable[[str], Value]) -> list[Value]:
        """The values in a column; a ValueError of ``parse`` (its text says what was expected) becomes a TableError."""
        values = []
        for row, text in enumerate(self.texts(column)):
            try:
                values.append(parse(text))
            except ValueError as error:
                raise self.error(column, row, str(error)) from None
        return values

    def optional(self, column: str, parse: Callable[[str], Value]) -> list[Value] | list[None]:
        """The values in a column; all None if there is no such column."""
        return self.values(column, parse) if column in self else [None] * len(self.rows)

    def unique(self, column: str, parse: Callable[[str], Value]) -> list[Value]:
        """The values in a column, each of which may come only once."""
        values, seen = self.values(column, parse), set[Value]()
        for row, value in enumerate(values):
            if value in seen:
                raise self.error(column, row, "each value once")
            seen.add(value)
        return values

    def error(self, column: str, row: int, expected: str) -> TableError:
        """What to raise if a cell is not as expected."""
        got = self.texts(column)[row]
        return TableError(f"{self.name}, line {self.lines[row]}, column {column}: expected {expected}, got {got!r}")


def read_table(path: Path, required: Collection[str], optional: Collection[str] | None = None) -> Table:
    """The CSV file at ``path`` (UTF-8, with or without BOM), with all ``required`` columns.

    ``optional`` names the other columns there may be; without it, any. Raises TableError.
    """
    table = _read(path, path.stat().st_mtime_ns)
    missing = [name for name in required if name not in table]
    unknown = [name for name in table.columns if optional is not None and name not in {*required, *optional}]
    if missing or unknown:
        choice = f" (and perhaps {', '.join(optional)})" if optional else ""
        raise TableError(
            f"{table.name}, line 1: expected the columns {', '.join(required)}{choice}, got {', '.join(table.columns)}"
        )
    return table


@lru_cache(maxsize=16)
def _read(path: Path, changed: int) -> Table:
    """The file as text; ``changed`` makes a rewritten file be read anew."""
    if path.stat().st_size > MAX_BYTES:
        raise TableError(
            f"{path.name}: expected at most {MAX_BYTES // 10**6} MB, got {path.stat().st_size // 10**6} MB"
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = tuple(name.strip() for name in next(reader, []))
            rows = [(reader.line_num, tuple(cell.strip() for cell in row)) for row in reader if any(row)]
    except UnicodeDecodeError:
        raise TableError(
            f"{path.name}: expected text in UTF-8 (in Excel: save as CSV UTF-8), got other bytes"
        ) from None
    except (csv.Error, OSError) as error:
        raise TableError(f"{path.name}: expected a CSV file, got one that cannot be read ({error})") from None
    return _rectangular(path.name, header, rows)


def _rectangular(name: str, header: tuple[str, ...], rows: list[tuple[int, tuple[str, ...]]]) -> Table:
    if len(set(header)) < len(header):
        raise TableError(f"{name}, line 1: expected each column once, got {', '.join(header)}")
    if not rows:
        raise TableError(f"{name}: expected at least one row below the header, got none")
    for line, row in rows:
        if len(row) != len(header):
            raise TableError(f"{name}, line {line}: expected {len(header)} cells, got {len(row)}")
    return Table(name, header, tuple(row for _, row in rows), tuple(line for line, _ in rows))


def text(pattern: str, expected: str) -> Callable[[str], str]:
    """A parser of texts that match ``pattern`` (of at most 200 characters)."""

    def parse(value: str) -> str:
        if len(value) > 200 or not re.fullmatch(pattern, value):
            raise ValueError(expected)
        return value

    return parse


def choice(values: Mapping[str, Value]) -> Callable[[str], Value]:
    """A parser of one of some words."""

    def parse(text: str) -> Value:
        if text not in values:
            raise ValueError(f"one of {', '.join(values)}")
        return values[text]

    return parse


def whole_number(least: int = 0, most: int = 10**9) -> Callable[[str], int]:
    """A parser of whole numbers between ``least`` and ``most``."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII) or not least <= int(text) <= most:
            raise ValueError(f"a whole number between {least} and {most}")
        return int(text)

    return parse


def number(least: float, most: float) -> Callable[[str], float]:
    """A parser of numbers above ``least`` and at most ``most``."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least < value <= most:
            raise ValueError(f"a number above {least:g} and at most {most:g}")
        return value

    return parse
