"""The only place where chance is made: keyed words of random bits, and what they come to by inversion.

A stream is named by a key (text and numbers) and read at a position (a date), never "the next one", so what else is
read changes nothing. Words are raw bits of the counter-based generator Philox 4×64, which no release of numpy may
change. One generator for each little cell would be slow; so the grain is coarse, and ``mix`` makes from one word as
many further ones as are wanted: by community (``fingerprints``), by row, by purpose.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from enum import IntEnum
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.random import Philox

from sim.model.units import MILLION

Words = np.ndarray[Any, np.dtype[np.uint64]]
Reals = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Bytes = np.ndarray[Any, np.dtype[np.int8]]

_GOLDEN = 0x9E3779B97F4A7C15
_STEP = 0xD1B54A32D192ED03
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFT_12 = np.uint64(12)
_SHIFT_30, _SHIFT_27, _SHIFT_31, _SHIFT_32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)
_MASK = 2**64 - 1


class Value(IntEnum):
    """What a word decides before the run. Numbers are never reused.

    They begin at 100: the chances met during the run (``Purpose`` in the engine) have the numbers below.
    """

    CELL = 100  # from a date's word and a community's fingerprint: the word of one cell (k = strip)
    SLOT = 101  # from a cell's word: the luck of its k-th issue
    ONSET = 102  # the others from an issue's luck: second of the day
    PLACE = 103  # household of the community, or dedicated place
    SHARED = 104  # shared space or household
    SEVERITY = 105
    DIFFICULTY = 106
    WORK = 107  # k = level
    REPORTED = 108
    REPORT_DELAY = 109
    CHANNEL = 110
    INVALID = 111
    THRESHOLD = 112
    WORSENS = 113
    WORSENS_AFTER = 114
    CLEARS = 115
    CLEARS_AFTER = 116
    PATIENCE = 117
    DUPLICATED = 118
    DUPLICATED_AFTER = 119
    DAY_FACTOR = 120  # from a date's word
    ABSENCE = 121  # from a date's word: k = worker
    ADMIN = 122  # from a date's word and a community's fingerprint
    COMMUNITY = 123  # from the world's word and a community's fingerprint: its luck
    HOUSEHOLDS = 124  # from a community's luck
    PROPENSITY = 125
    BUILDING = 126  # the luck of its k-th building with households, or of a listed one
    DEDICATED = 127  # the luck of its k-th dedicated place
    X = 128  # from a building's luck: where it stands
    Y = 129
    REPLICATION = 130  # from a building's luck and a replication's word: its luck in that replication
    LEAVES = 131  # from a date's word: k = worker
    DIVERTED = 132  # from a date's word: k = worker


def words(key: Sequence[str | int], first: int, count: int) -> Words:
    """The words of the stream ``key`` at the positions ``first`` … ``first + count - 1`` (at least 1): uint64[count]."""
    digest = blake2b(json.dumps(list(key)).encode("ascii"), digest_size=16).digest()
    # Philox raises its counter before it makes a block of four; the first of each block is the word of its position
    philox = Philox(key=np.frombuffer(digest, "<u8"), counter=first - 1)
    return philox.random_raw(4 * count)[::4].copy()


def fingerprints(names: Iterable[str]) -> Words:
    """A word for each name, always the same, to be combined (xor) with the word of a stream."""
    digests = b"".join(blake2b(name.encode("utf-8"), digest_size=8).digest() for name in names)
    return np.frombuffer(digests, "<u8").astype(np.uint64)


def mix(luck: Words, purpose: int, k: int | Words) -> Words:
    """The k-th word of ``luck`` for ``purpose``, as ``docs/model.md`` defines it; arrays broadcast."""
    if isinstance(k, int):
        z = luck + np.uint64((purpose * _GOLDEN + k * _STEP) & _MASK)
    else:
        z = luck + np.uint64(purpose * _GOLDEN & _MASK) + k * np.uint64(_STEP)
    z ^= z >> _SHIFT_30
    z *= _FIRST
    z ^= z >> _SHIFT_27
    z *= _SECOND
    z ^= z >> _SHIFT_31
    return z


def below(word: Words, bound: int | Ints) -> Ints:
    """Whole numbers 0 … bound − 1, equally likely; ``bound`` below 2^31."""
    scaled = word >> _SHIFT_32
    scaled *= np.asarray(bound, np.uint64)
    scaled >>= _SHIFT_32
    return scaled.view(np.int64)


def millionth(word: Words) -> Ints:
    """Whole numbers 0 … 999999, equally likely; a chance ``c`` (millionths) happens if the number is below it."""
    return below(word, MILLION)


def uniform(word: Words) -> Reals:
    """Numbers strictly between 0 and 1, equally likely, for inversion."""
    chance = (word >> _SHIFT_12).view(np.int64).astype(np.float64)
    chance += 0.5
    chance *= 2.0**-52
    return chance


def ends_reached(ends: Iterable[float], values: Ints | Reals) -> Bytes:
    """How many of a few ascending ``ends`` each value has reached: what ``searchsorted`` on the right says, but sooner."""
    count = np.zeros(values.shape, np.int8)
    for end in ends:
        count += (values >= end).view(np.int8)
    return count


def poisson(u: Reals, mean: Reals) -> Ints:
    """Poisson counts at the chances ``u``; they grow with ``u`` and with ``mean`` (at most 100)."""
    count = np.zeros(u.shape, np.int64)
    chance = np.exp(-mean)
    left = np.flatnonzero(u > chance)
    u, mean, chance = u[left], mean[left], chance[left]
    reached, n = chance, 0
    while left.size:
        n += 1
        chance = chance * mean / n
        reached = reached + chance
        count[left] = n
        # rounding may keep the sum just below a ``u`` next to 1: stop where nothing is added any more
        more = np.flatnonzero((u > reached) & ((n < mean) | (chance > 1e-17)))
        left, u, mean, chance, reached = left[more], u[more], mean[more], chance[more], reached[more]
    return count
