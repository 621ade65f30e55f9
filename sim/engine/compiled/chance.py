"""Chapter 1: chances that are looked up, and products that are rounded."""

from __future__ import annotations

import numpy as np

from sim.engine.compiled.memory import inlined
from sim.engine.plan import MILLION

_PURPOSE, _TIME = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1B54A32D192ED03)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)


@inlined
def mix(luck: int, purpose: int, k: int) -> np.uint64:
    """The k-th chance of a purpose, as a 64-bit word."""
    z = np.uint64(luck) + np.uint64(purpose) * _PURPOSE + np.uint64(k) * _TIME
    z = (z ^ (z >> _30)) * _FIRST
    z = (z ^ (z >> _27)) * _SECOND
    return z ^ (z >> _31)


@inlined
def happens(chance: int, luck: int, purpose: int, k: int) -> bool:
    """Does the k-th chance of a purpose come up? ``chance`` in millionths."""
    return chance > 0 and np.int64(((mix(luck, purpose, k) >> _32) * np.uint64(MILLION)) >> _32) < chance


@inlined
def scaled(a: int, b: int) -> int:
    """``a`` times ``b`` millionths, halves up."""
    return (np.int64(a) * b + MILLION // 2) // MILLION
