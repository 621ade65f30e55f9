"""Record: what is kept of a run, packed as it travels and is stored."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.events import NEVER
from sim.engine.log import Log, fates
from sim.study.kpis import Figure, Kpi, evaluate, figures
from sim.study.kpis.facts import Facts
from sim.study.runs import IssueKeys

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

FATE, SECONDS, LUCK, CATEGORY, SUM, COUNT = "i1", "<i4", "<u8", "<i2", "<i8", "<i4"
LEVEL = 1  # of compression: the higher ones take four times as long and save a tenth


@dataclass(frozen=True, eq=False)
class PackedIssues:
    """Which issues a run has; ``digest`` is that of their content, so that runs with the same issues share them."""

    digest: str
    luck: bytes  # not compressed, being noise
    category: bytes
    categories: tuple[str, ...]

    @classmethod
    def of(cls, log: Log) -> PackedIssues:
        issues = log.plan["issues"]
        luck, category = issues["luck"].astype(LUCK).tobytes(), issues["category"].astype(CATEGORY)
        categories = tuple(str(id) for id in log.plan.labels["categories"])  # type: ignore[attr-defined]
        digest = hashlib.sha256(luck + category.tobytes() + repr(categories).encode()).hexdigest()
        return cls(digest, luck, pack(category), categories)

    def keys(self) -> IssueKeys:
        return IssueKeys(np.frombuffer(self.luck, LUCK), unpack(self.category, CATEGORY), self.categories)


@dataclass(frozen=True, eq=False)
class Record:
    """What is kept of a run: the values of its figures, what became of each issue and after how long, the issues, and how
    long those of each building lasted.
    """

    figures: tuple[Figure, ...]
    values: tuple[float, ...]
    fates: bytes
    resolved: bytes
    issues: PackedIssues
    lifetimes: bytes
    arisen: bytes

    @classmethod
    def of(cls, log: Log, kpis: Sequence[Kpi]) -> Record:
        """The record of a Log, summed up by ``kpis``. Raises KpiError if one of the user's fails."""
        ended, onset = log.raw["issues"]["resolved"], log.plan["issues"]["onset"]
        resolved = np.where(ended == NEVER, NEVER, ended - onset).astype(SECONDS)
        return cls(
            tuple(figures(log.plan, kpis)),
            tuple(evaluate(log, kpis)),
            pack(fates(log).astype(FATE)),
            pack(resolved),
            PackedIssues.of(log),
            *map(pack, lifetimes_by_building(log)),
        )


def lifetimes_by_building(log: Log) -> tuple[np.ndarray, np.ndarray]:
    """``lifetimes`` and ``arisen`` of a ``Run``: any zoning's sums are sums of these."""
    facts, size = Facts.of(log), len(log.plan["buildings"])
    counted = facts.occurred
    at, lives = facts.issues["building"][counted], (facts.gone - facts.issues["onset"])[counted]
    seconds = np.bincount(at, lives, size)  # exact: whole numbers below 2^53
    return seconds.astype(SUM), np.bincount(at, minlength=size).astype(COUNT)


def pack(array: np.ndarray) -> bytes:
    """An array compressed: first bytes of all items, then all second bytes and so on, as like bytes compress well."""
    planes = np.ascontiguousarray(array).view(np.uint8).reshape(array.size, array.itemsize).T
    return zlib.compress(planes.tobytes(), LEVEL)


def unpack(packed: bytes, kind: DTypeLike) -> np.ndarray:
    """The array of that type that was packed; read-only."""
    planes = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(np.dtype(kind).itemsize, -1)
    array = np.ascontiguousarray(planes.T).view(kind).reshape(-1)
    array.flags.writeable = False
    return array
