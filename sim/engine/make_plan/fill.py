"""Filling the tables of the Plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.engine.plan import BLOCK, dtype_of

Ints = np.ndarray[Any, np.dtype[np.integer[Any]]]


def fill(table: str, rows: int, columns: Mapping[str, object]) -> np.ndarray:
    """The records of ``table``: each field from its column, an array of ``rows`` or one number for all.

    Raises ValueError if the columns are not just the fields of the table.
    """
    records = np.empty(rows, dtype_of(table))
    names = records.dtype.names or ()
    if set(names) != columns.keys():
        raise ValueError(f"plan.{table}: expected the columns {', '.join(names)}, got {', '.join(columns)}")
    whole = [np.broadcast_to(np.asarray(columns[name]), rows) for name in names]
    for first in range(0, rows, BLOCK):
        block = slice(first, first + BLOCK)
        for name, column in zip(names, whole, strict=True):
            records[name][block] = column[block]
    return records


def nothing(table: str) -> np.ndarray:
    """``table`` without a row."""
    return np.empty(0, dtype_of(table))


def firsts(counts: Ints) -> Ints:
    """Where each of several consecutive runs of rows begins."""
    return np.cumsum(counts) - counts


def joined(parts: Sequence[Ints]) -> Ints:
    """The parts one after the other; none of them: an empty array."""
    return np.concatenate([np.zeros(0, np.int64), *parts])


def scaled(values: Ints, millionths: Ints | int) -> Ints:
    """The values times a factor, to the nearest whole number, halves up."""
    return (np.asarray(values, np.int64) * millionths + 500_000) // 1_000_000
