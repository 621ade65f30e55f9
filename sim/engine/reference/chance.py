"""Chapter 1: chances that are looked up, and products that are rounded."""

from __future__ import annotations

from sim.engine.plan import MILLION

_WORD = (1 << 64) - 1


def mix(luck: int, purpose: int, k: int) -> int:
    """The k-th chance of a purpose, as a 64-bit word."""
    z = (luck + purpose * 0x9E3779B97F4A7C15 + k * 0xD1B54A32D192ED03) & _WORD
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _WORD
    return z ^ (z >> 31)


def happens(chance: int, luck: int, purpose: int, k: int) -> bool:
    """Does the k-th chance of a purpose come up? ``chance`` in millionths."""
    return chance > 0 and ((mix(luck, purpose, k) >> 32) * MILLION) >> 32 < chance


def scaled(a: int, b: int) -> int:
    """``a`` times ``b`` millionths, halves up."""
    return (a * b + MILLION // 2) // MILLION
