"""What breaks a rule, told by the rule and the first row."""

from __future__ import annotations

import numpy as np


class LogError(AssertionError):
    """A Log that contradicts itself or its Plan."""


def fail(rule: str, row: object) -> None:
    """Raise LogError."""
    raise LogError(f"{rule}: {row}")


def require(holds: np.ndarray, rule: str, table: np.ndarray) -> None:
    """Raise LogError at the first row of ``table`` for which it does not hold."""
    broken = np.flatnonzero(~holds)
    if broken.size:
        at = int(broken[0])
        row = dict(zip(table.dtype.names or (), table[at].tolist(), strict=True))
        fail(rule, f"row {at} of {broken.size} such: {row}")
