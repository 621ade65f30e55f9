"""Where things stand on a schematic map: buildings on a lattice, squares packed side by side. All in metres."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sim.model.streams import Ints, Value, Words, mix, uniform

JITTER = 0.5  # of a cell of the lattice: how far buildings may stand apart from its middle, both ways together


def lattice(luck: Words, side: float) -> tuple[Ints, Ints]:
    """Places of the buildings of these lucks in a square: x, y (int64, 0 … side).

    Building by building the lattice is run through in serpentines, so any run of successive buildings hangs together.
    """
    columns = math.ceil(math.sqrt(len(luck)))
    rows = math.ceil(len(luck) / columns) if columns else 0
    row, column = np.divmod(np.arange(len(luck)), columns or 1)
    column = np.where(row % 2 == 0, column, columns - 1 - column)
    x = (column + 0.5 + _offset(luck, Value.X)) * (side / (columns or 1))
    y = (row + 0.5 + _offset(luck, Value.Y)) * (side / (rows or 1))
    return x.astype(np.int64), y.astype(np.int64)


def scatter(luck: Words, side: float) -> tuple[Ints, Ints]:
    """Places anywhere in a square, for buildings that follow no lattice."""
    return (uniform(mix(luck, Value.X, 0)) * side).astype(np.int64), (uniform(mix(luck, Value.Y, 0)) * side).astype(
        np.int64
    )


def _offset(luck: Words, purpose: Value) -> np.ndarray:
    return (uniform(mix(luck, purpose, 0)) - 0.5) * JITTER


def serpentine(x: Ints, y: Ints) -> Ints:
    """The order that runs through places in serpentines of bands of y, so that successive places are neighbours."""
    if not len(x):
        return np.empty(0, np.int64)
    bands = math.ceil(math.sqrt(len(x) / 2))
    band = (y - y.min()) * bands // (y.max() - y.min() + 1)
    return np.lexsort((y, np.where(band % 2 == 0, x, -x), band))


def pack(sizes: Sequence[tuple[int, int]]) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Lower left corners of boxes of these widths and heights, row upon row without overlap, and the size of the whole."""
    target = math.isqrt(sum(width * height for width, height in sizes)) * 5 // 4
    corners, x, y, row, widest = [], 0, 0, 0, 0
    for width, height in sizes:
        if x and x + width > target:
            x, y, row = 0, y + row, 0
        corners.append((x, y))
        x, row = x + width, max(row, height)
        widest = max(widest, x)
    return corners, (widest, y + row)
