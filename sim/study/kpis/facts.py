"""Facts: the columns that KPIs are computed from, each read from the Log once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from sim.engine.events import NEVER, Level, Outcome, Role, Source
from sim.engine.log import RECORDS, record_type
from sim.engine.plan import DAY

if TYPE_CHECKING:
    from sim.engine.log import Log

T = TypeVar("T")

SECONDS = {name for table in ("cases", "issues") for name, (_, unit, _) in RECORDS[table].items() if unit == "s"}
INSTANTS = ("accepted", "called", "signed", "contacted", "attended")  # of courses


class Columns:
    """Columns by name, each made when first asked for and kept (a column of a wide record array is slow to read)."""

    def __init__(self, make: Callable[[str], np.ndarray]) -> None:
        self._make = make
        self._made: dict[str, np.ndarray] = {}

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]


@dataclass(frozen=True, eq=False)
class Facts:
    """What happened in a run, or in one category of it.

    ``cases``: the columns of ``log.RECORDS["cases"]`` and of ``log.RECORDS["courses"]`` together; ``issues``: those of ``plan.TABLES["issues"]`` and of
    ``log.RECORDS["issues"]`` together, the rows of which ``cases["issue"]`` names. Instants are whole seconds, NEVER (-1) if
    they have not come.
    """

    log: Log
    cases: Columns
    issues: Columns
    _found: dict[Callable[..., object], object] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, log: Log) -> Facts:
        """The facts of a whole run."""
        cases, known, drawn = log.raw["cases"], log.raw["issues"], log.plan["issues"]

        def issue_column(name: str) -> np.ndarray:
            return _column(known, name) if name in RECORDS["issues"] else np.ascontiguousarray(drawn[name])

        def case_column(name: str) -> np.ndarray:
            return _column(cases, name) if name in RECORDS["cases"] else _course(log, name)

        return cls(log, Columns(case_column), Columns(issue_column))

    def by_category(self) -> list[Facts]:
        """The facts of each category, in the order of ``plan.categories``."""
        category, behind = self.issues["category"], self.behind["category"]
        issue_order, case_order = np.argsort(category, kind="stable"), np.argsort(behind, kind="stable")
        cuts = np.arange(1, len(self.log.plan["categories"]))
        issue_rows = np.split(issue_order, np.searchsorted(category[issue_order], cuts))
        case_rows = np.split(case_order, np.searchsorted(behind[case_order], cuts))
        row_within = np.empty_like(issue_order)
        for rows in issue_rows:
            row_within[rows] = np.arange(rows.size)
        return [self._only(c, i, row_within) for c, i in zip(case_rows, issue_rows, strict=True)]

    def _only(self, case_rows: np.ndarray, issue_rows: np.ndarray, row_within: np.ndarray) -> Facts:
        def case_column(name: str) -> np.ndarray:
            column = self.cases[name][case_rows]
            return row_within[column] if name == "issue" else column

        return Facts(self.log, Columns(case_column), Columns(lambda name: self.issues[name][issue_rows]))

    def once(self, find: Callable[[Facts], T]) -> T:
        """``find(self)``, found once however many KPIs ask for it."""
        if find not in self._found:
            self._found[find] = find(self)
        return self._found[find]  # type: ignore[return-value]

    # the window

    @property
    def warm_up(self) -> int:
        """KPIs are taken from here on."""
        return self.log.plan.rules["warm_up"]

    @property
    def horizon(self) -> int:
        """The instant of reporting: nothing at or after it has happened."""
        return self.log.plan.rules["horizon"]

    def inside(self, instants: np.ndarray) -> np.ndarray:
        """Which instants lie within the window ``[warm_up, horizon)``; those that have not come do not."""
        return (instants >= max(self.warm_up, 0)) & (instants < self.horizon)

    @cached_property
    def occurred(self) -> np.ndarray:
        """Real issues that came into being within the window."""
        return self.real & (self.issues["onset"] >= self.warm_up) & (self.issues["onset"] < self.horizon)

    @cached_property
    def reported(self) -> np.ndarray:
        """Cases that became known within the window."""
        return self.inside(self.cases["known"])

    @cached_property
    def closed_inside(self) -> np.ndarray:
        """Cases that were archived as settled within the window."""
        return self.closed & self.inside(self.cases["closed"])

    @cached_property
    def gone(self) -> np.ndarray:
        """For each issue, when it was truly resolved or went away by itself; the horizon if it has not."""
        return _or_horizon(self.issues["resolved"], self.horizon)

    @cached_property
    def ended(self) -> np.ndarray:
        """For each case, when it ended; the horizon if it has not."""
        return _or_horizon(self.cases["closed"], self.horizon)

    # cases

    @cached_property
    def behind(self) -> Columns:
        """For each case, the columns of the issue behind it."""
        return Columns(lambda name: self.issues[name][self.cases["issue"]])

    @cached_property
    def genuine(self) -> np.ndarray:
        """Cases that have a real issue behind them."""
        return self.behind["valid"] != 0

    @cached_property
    def closed(self) -> np.ndarray:
        """Cases that were archived as settled."""
        return self.outcome(Outcome.CLOSED)

    @cached_property
    def disposed(self) -> np.ndarray:
        """Cases whose last disposal has ended; one sent back by a check is in disposal again."""
        role = self.log.plan["stages"]["role"][self.cases["stage"]]
        handed_back = self.outcome(Outcome.OPEN) & np.isin(role, (Role.HANDLE, Role.DESK, Role.WAIT, Role.JOINT))
        return (self.cases["finished"] != NEVER) & ~handed_back

    @cached_property
    def hung(self) -> np.ndarray:
        """Open cases that hang: nobody works on them, and their time limit stands still."""
        return self.outcome(Outcome.OPEN) & (self.cases["hung"] != 0)

    @cached_property
    def found_by_grid(self) -> np.ndarray:
        """Cases that a gridworker opened on a visit or a patrol."""
        return self.cases["source"] <= Source.PATROL

    def outcome(self, outcome: Outcome) -> np.ndarray:
        """Cases that stand so."""
        return self.cases["outcome"] == outcome

    def gone_by(self, instants: np.ndarray | int) -> np.ndarray:
        """For each case: was its issue truly resolved, or gone by itself, by the instant?"""
        return _gone(self.behind["resolved"], instants)

    # issues

    @cached_property
    def real(self) -> np.ndarray:
        """Issues that exist; the others are reports of nothing."""
        return self.issues["valid"] != 0

    def issue_gone_by(self, instants: np.ndarray | int) -> np.ndarray:
        """Issues that were truly resolved, or gone by themselves, by the instant."""
        return _gone(self.issues["resolved"], instants)

    @cached_property
    def first_case(self) -> np.ndarray:
        """For each issue the row of its first case; -1 without one. Cases are numbered as they were opened."""
        first = np.full(self.issues["valid"].size, NEVER, dtype=np.int64)
        issue = self.cases["issue"]
        first[issue[::-1]] = np.arange(issue.size - 1, -1, -1)
        return first

    # places and servers

    @property
    def category_ids(self) -> Sequence[str]:
        """The categories' ids as the scenario gives them, by row."""
        return self.log.plan.labels["categories"]  # type: ignore[return-value]

    @cached_property
    def grid_of(self) -> np.ndarray:
        """For each issue, the grid in which it sits."""
        return self.log.plan["buildings"]["grid"][self.issues["building"]]

    @cached_property
    def community_of(self) -> np.ndarray:
        """For each issue, the community in which it sits."""
        return np.asarray(self.log.plan.labels["building_community"])[self.issues["building"]]

    @property
    def street_ids(self) -> Sequence[str]:
        """The streets' ids, by row."""
        return self.log.plan.labels["streets"]  # type: ignore[return-value]

    @cached_property
    def street_of(self) -> np.ndarray:
        """For each issue, the street in which it sits."""
        community = np.asarray(self.log.plan.labels["building_community"])
        return np.asarray(self.log.plan.labels["community_street"])[community][self.issues["building"]]

    @cached_property
    def days_inside(self) -> np.ndarray:
        """Which days begin within the window."""
        return self.inside(np.arange(self.days("case").shape[1], dtype=np.int64) * DAY)

    def days(self, name: str) -> np.ndarray:
        """A column of ``log.RECORDS["days"]``, as servers × days."""
        return self.log.raw["days"][name].reshape(len(self.log.plan["servers"]), -1)

    def worked(self, name: str, level: Level) -> np.ndarray:
        """For each server of a level the sum of a column of days within the window."""
        return self._worked[name][self.servers(level)]

    @cached_property
    def _worked(self) -> Columns:
        """For each server, the sums of the columns of days within the window."""
        return Columns(lambda name: self.days(name)[:, self.days_inside].sum(axis=1, dtype=np.int64))

    def servers(self, level: Level) -> np.ndarray:
        """Which servers belong to a level."""
        return self.log.plan["servers"]["level"] == level


def _column(rows: np.ndarray, name: str) -> np.ndarray:
    """A column of a record, seconds in 64 bits: sums and products of them are to fit."""
    return np.ascontiguousarray(rows[name], np.int64 if name in SECONDS else None)


def _course(log: Log, name: str) -> np.ndarray:
    """A column of courses; where cases have none, nothing has happened to any of them."""
    courses, cases = log.raw.get("courses"), len(log.raw["cases"])
    if courses is not None and len(courses) == cases:
        return np.ascontiguousarray(courses[name])
    return np.full(cases, NEVER if name in INSTANTS else 0, record_type("courses")[name])


def _or_horizon(instants: np.ndarray, horizon: int) -> np.ndarray:
    return np.where(instants == NEVER, horizon, instants)


def _gone(resolved: np.ndarray, instants: np.ndarray | int) -> np.ndarray:
    return (resolved != NEVER) & (resolved <= instants)
