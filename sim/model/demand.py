"""Demand: everything that chance decides, fixed before the run, whatever the policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.lib.recfunctions import repack_fields

from sim.model.demand_spec import CategorySpec, ChannelSpec, DemandSpec
from sim.model.inversion import lognormal
from sim.model.streams import Ints, Value, Words, fingerprints, millionth, mix, uniform, words
from sim.model.units import MILLION

__all__ = ["HIDDEN", "ISSUES", "CategorySpec", "ChannelSpec", "Demand", "DemandSpec", "Known"]

#: field → (type, unit, meaning); instants are seconds since the start of the period, -1: never
ISSUES: dict[str, tuple[str, str, str]] = {
    "onset": ("i8", "s", "when it comes into being; negative: before the run"),
    "luck": ("u8", "bits", "its identity and the root of its chances"),
    "building": ("i4", "row", "buildings of the world"),
    "unit": ("i4", "", "0 shared space, else household 1…n of the building"),
    "category": ("i2", "row", "categories of the spec"),
    "channel": ("i2", "row", "channel by which it is reported; 0 visit and 1 patrol do not occur here"),
    "valid": ("i1", "bool", "0: the report is of nothing"),
    "severity": ("i1", "class", "0 urgent, 1 quick, 2 ordinary, 3 hard"),
    "worse_severity": ("i1", "class", "severity once worsened"),
    "difficulty": ("i4", "millionths", "1 … 1000000; a level settles it if that is within its capability"),
    "worse_difficulty": ("i4", "millionths", "difficulty once worsened"),
    "report": ("i8", "s", "instant at which residents or the host report it"),
    "duplicate": ("i8", "s", "instant of the same report on another platform"),
    "clear": ("i8", "s", "instant at which it goes away by itself"),
    "worsen": ("i8", "s", "instant at which it worsens"),
    "patience": ("i8", "s", "how long the reporter waits for the first service; -1: for ever"),
    "threshold": ("i8", "millionths", "accumulated notice hazard at which it is noticed"),
}
#: what no policy may see
HIDDEN = ("onset", "luck", "valid", "worse_severity", "difficulty", "worse_difficulty", "clear", "worsen", "threshold")

ISSUE = np.dtype([(name, kind) for name, (kind, _, _) in ISSUES.items()])
Known = np.ndarray  # records of the fields of ISSUES that are not hidden


@dataclass(frozen=True)
class Demand:
    """The issues of one replication, and the chances of days, workers, communities and buildings in it.

    ``issues``: read-only records as in ``ISSUES``, ordered by (onset, luck); ``work``: read-only int32[issue, 5],
    seconds of work at each level, grid first; ``spec``: what the categories and channels are. The rest of its chances
    is looked up by date and identity, so that it does not depend on how much of it is asked for.
    """

    spec: DemandSpec
    start: date
    days: int
    seed: int
    replication: int
    issues: np.ndarray
    work: np.ndarray

    def __len__(self) -> int:
        return len(self.issues)

    def known(self) -> Known:
        """What a policy may know of the issues: the fields that are not hidden, as read-only records."""
        known = repack_fields(self.issues[[name for name in ISSUES if name not in HIDDEN]])
        known.flags.writeable = False
        return known

    @property
    def day_factor(self) -> Ints:
        """The factor on all rates of each day of the run, in millionths."""
        return day_factors(self._dates(), self.spec.day_factor_cv)

    def absence_chance(self, worker: int | Words) -> Ints:
        """A worker's chance of each day: int64[day], 0 … 999999; the worker is absent if it is below the absence.

        ``worker``: a number or word that identifies the worker, whoever else there is; a column of words gives int64[worker, day].
        """
        return millionth(mix(self._dates(), Value.ABSENCE, worker))

    def leaving_chance(self, worker: Words) -> Ints:
        """A worker's chance of each day, as ``absence_chance``: the worker leaves on it if that is below the chance of leaving."""
        return millionth(mix(self._dates(), Value.LEAVES, worker))

    def diversion_chance(self, worker: Words) -> Ints:
        """A worker's chance of each day, as ``absence_chance``: if other work begins on it, the worker is taken away for that if it is below the share."""
        return millionth(mix(self._dates(), Value.DIVERTED, worker))

    def admin_factor(self, community_ids: tuple[str, ...], *, cv: float) -> Ints:
        """The factor on the admin of each community and day: int64[community, day] in millionths.

        Lognormal with mean 1 and the coefficient of variation ``cv``.
        """
        chances = mix(self._dates() ^ fingerprints(community_ids)[:, np.newaxis], Value.ADMIN, 0)
        return np.rint(lognormal(uniform(chances), mean=MILLION, cv=cv)).astype(np.int64)

    def building_luck(self, luck: Words) -> Words:
        """The luck of buildings in this replication, of their ``luck`` in the world."""
        return mix(luck ^ words(["buildings", self.seed, self.replication], 1, 1), Value.REPLICATION, 0)

    def _dates(self) -> Words:
        return date_words(self.start, self.days, self.seed, self.replication)


def date_words(first: date, days: int, seed: int, replication: int) -> Words:
    """A word for each day, whatever the days asked for beside it."""
    return words(["days", seed, replication], first.toordinal(), days)


def day_factors(dates: Words, cv: float) -> Ints:
    """The factor on all rates of the days of these words: lognormal with mean 1, in millionths."""
    return np.rint(lognormal(uniform(mix(dates, Value.DAY_FACTOR, 0)), mean=MILLION, cv=cv)).astype(np.int64)


def assemble(
    spec: DemandSpec, start: date, days: int, *, seed: int, replication: int, issues: np.ndarray, work: np.ndarray
) -> Demand:
    """A Demand of these issues, put in order and made read-only."""
    order = _order(issues["onset"], issues["luck"])
    issues, work = issues.take(order), work.take(order, axis=0)  # which is several times as quick as issues[order]
    issues.flags.writeable = work.flags.writeable = False
    return Demand(spec, start, days, seed, replication, issues, work)


def _order(onset: Ints, luck: Words) -> Ints:
    """The rows by onset, then luck. Numbers made of onset and row sort faster; then those of one second are put in order."""
    since, bits = onset - onset.min(initial=0), len(onset).bit_length()
    if int(since.max(initial=0)).bit_length() + bits > 63:
        return np.lexsort((luck, onset))
    packed = np.sort((since << bits) + np.arange(len(onset)))
    since, order = packed >> bits, packed & ((1 << bits) - 1)
    same = since[1:] == since[:-1]
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    order[tied] = order[tied][np.lexsort((luck[order[tied]], since[tied]))]
    return order
