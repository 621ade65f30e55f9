"""Stages: the way of a case from desk to level to level to check, and what each stage can do with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sim.engine.events import HANDLING_LEVELS, NEVER, Level, Role, Stamp
from sim.engine.events import LEVELS as LEVEL_COUNT
from sim.engine.make_plan.clocks import NATURAL, Clocks
from sim.engine.make_plan.fill import Ints, fill, scaled
from sim.engine.plan import MILLION
from sim.model.demand_spec import LEVELS, SEVERITIES, CategorySpec, DemandSpec
from sim.model.meetings import Meetings
from sim.model.policies import Policy, Tiers
from sim.model.policies.groups import WAIT, Detours, Stop


@dataclass(frozen=True)
class Stage:
    """A stage by name: a desk (``desk.street``), a tier that handles (``grid`` … ``city``), a check (``check.field``), or a stop of the policy's own."""

    name: str
    role: Role
    level: Level
    stop: Stop | None = None


@dataclass(frozen=True)
class Stages:
    """The stages that exist, by row, and the tables ``stages`` and ``hops``.

    ``ways``: group → column of ``route``; ``contents``: work in millionths of that of a level, (level, share) → column of ``work``.
    """

    rows: tuple[Stage, ...]
    policy: Policy
    detours: Detours
    ways: Mapping[str, int]
    contents: Mapping[tuple[int, int], int]

    @staticmethod
    def of(policy: Policy, demand: DemandSpec) -> Stages:
        """Desks, then handling from the grid up, then checks, then the stops of the policy's own."""
        tiers, checked = policy.tiers, policy.verification.work() is not None
        desks = [Stage("desk.district", Role.DESK, Level.DISTRICT)] if tiers.desk else []
        desks += [Stage("desk.street", Role.DESK, Level.STREET)] if tiers.street else []
        handling = [Stage(name, Role.HANDLE, level_of(name)) for name in tiers.levels]
        checks = [Stage("check.field", Role.FIELD_CHECK, Level.GRID)] if checked else []
        office = _office(tiers)
        checks += [Stage("check.paper", Role.PAPER_CHECK, office)] if checked and office is not None else []
        detours = policy.detours(demand)
        stops = [Stage(stop.name, Role[stop.role.upper()], level_of(stop.level), stop) for stop in detours.stops]
        groups = dict.fromkeys(stop.group for stop in detours.stops if stop.group)
        own = dict.fromkeys((_content(stop), stop.content) for stop in detours.stops if stop.content != MILLION)
        return Stages(
            (*desks, *handling, *checks, *stops),
            policy,
            detours,
            {group: LEVEL_COUNT + k for k, group in enumerate(groups)},
            {pair: HANDLING_LEVELS + k for k, pair in enumerate(own)},
        )

    def meetings(self) -> Iterator[Meetings]:
        """The meetings at which cases are let go, or since which stops count."""
        for stop in self.detours.stops:
            yield from () if stop.meeting is None else (stop.meeting,)
            yield from () if stop.declines is None or stop.declines.meetings is None else (stop.declines.meetings,)

    def work(self, by_level: Ints) -> Ints:
        """The array ``work``: by level, then what stops have of it."""
        own = [scaled(by_level[:, level], share) for level, share in self.contents]
        return np.column_stack([by_level, *own]).astype(by_level.dtype) if own else by_level

    def entrance(self, level: Level, category: CategorySpec) -> int:
        """Where reports for a tier go first; -1 if nobody is there."""
        before = self.detours.before.get(LEVELS[level] if level < len(LEVELS) else "")
        return self.row(Role.HANDLE, level) if before is None or self._passes(before, category) else self.named(before)

    def come_to(self, group: str) -> tuple[str, ...] | None:
        """The categories whose cases come to the stops of a group; None: all."""
        stops = [stop for stop in self.detours.stops if stop.group == group]
        if any(stop.categories is None for stop in stops):
            return None
        return tuple(category for stop in stops for category in stop.categories or ())

    def severities_at(self, group: str) -> tuple[str, ...]:
        """The severities of issues whose cases come to the stops of a group."""
        stops = [stop for stop in self.detours.stops if stop.group == group]
        return tuple(
            name for name in SEVERITIES if any(stop.severities is None or name in stop.severities for stop in stops)
        )

    def row(self, role: Role, level: Level) -> int:
        """The row of a tier's own stage; -1 if there is none such."""
        found = (i for i, stage in enumerate(self.rows) if (stage.role, stage.level, stage.stop) == (role, level, None))
        return next(found, NEVER)

    def named(self, name: str, category: CategorySpec | None = None) -> int:
        """The row of the stage of that name; for a tier that does not serve ``category``, of the next one above that does."""
        names = [stage.name for stage in self.rows]
        tiers = self.policy.tiers
        if name in LEVELS and category is not None:
            serving = [level for level in tiers.levels if level != "department" or category.department is not None]
            above = [level for level in serving if LEVELS.index(level) >= LEVELS.index(name)]
            name = above[0] if above else serving[-1]  # nothing of the category comes there
        if name not in names:
            raise ValueError(f"policy: expected a stage ({', '.join(names)}), got {name!r}")
        return names.index(name)

    def first(self, role: Role) -> int:
        """The row of the first stage of a role; -1 if there is none."""
        return next((i for i, stage in enumerate(self.rows) if stage.role == role and stage.stop is None), NEVER)

    def table(self, clocks: Clocks) -> np.ndarray:
        """The table ``stages``."""
        handover = self.policy.escalation.handover()
        roles = np.array([stage.role for stage in self.rows])
        levels = np.array([stage.level for stage in self.rows])
        tier = np.array([stage.stop is None for stage in self.rows])
        departments = tier & (roles == Role.HANDLE) & (levels == Level.DEPARTMENT)
        columns = {
            "role": roles,
            "level": levels,
            "way": [self._way(stage) for stage in self.rows],
            "content": [self._column(stage) for stage in self.rows],
            "work": [stage.stop.work if stage.stop else self._work(stage.role, stage.level) for stage in self.rows],
            "next": [self._next(stage) for stage in self.rows],
            "misroute": np.where(departments, handover.misroute, 0),
            "return_work": handover.return_work,
            "return_delay": handover.return_delay.seconds,
            "return_calendar": clocks.of_span(handover.return_delay),
            "back": self._dispatching_desk() if handover.desk else NEVER,
            "wait": [_wait(stage.stop) for stage in self.rows],
            "wait_calendar": [_clock(clocks, stage.stop) for stage in self.rows],
            "pauses": [stage.stop is not None and stage.stop.pauses for stage in self.rows],
            "refers": 0,
            "whistle": NEVER,
            "attend": [_attend(stage.stop) for stage in self.rows],
            "attend_calendar": [clocks.of_span(stage.stop.attend if stage.stop else None) for stage in self.rows],
            "stamp": [_stamp(stage.stop) for stage in self.rows],
        }
        return fill("stages", len(self.rows), columns)

    def _way(self, stage: Stage) -> int:
        """The column of ``route`` of a stage."""
        if stage.stop and stage.stop.group:
            return self.ways[stage.stop.group]
        return stage.level if stage.level < LEVEL_COUNT else Level.GRID

    def _column(self, stage: Stage) -> int:
        """The column of ``work`` of a stage."""
        if stage.role not in (Role.HANDLE, Role.JOINT):
            return 0
        if stage.stop is None:
            return stage.level
        pair = (_content(stage.stop), stage.stop.content)
        return self.contents.get(pair, pair[0])

    def _work(self, role: Role, level: Level) -> int:
        """Seconds of a desk or a check."""
        tiers, checks = self.policy.tiers, self.policy.verification.work()
        if role == Role.DESK:
            desks = {
                Level.DISTRICT: tiers.desk and tiers.desk.work,
                Level.STREET: tiers.street and tiers.street.desk_work,
            }
            return desks[level] or 0
        if checks is None or role == Role.HANDLE:
            return 0
        return checks.field if role == Role.FIELD_CHECK else checks.paper

    def _next(self, stage: Stage) -> int:
        """The district's desk passes cases on through the street's, if there is one; that one to the target."""
        if stage.stop:
            return self.named(stage.stop.next) if stage.stop.next else NEVER
        return self.row(Role.DESK, Level.STREET) if stage.name == "desk.district" else NEVER

    def _dispatching_desk(self) -> int:
        """The desk nearest to departments: it had dispatched what a wrong one sends back."""
        street = self.row(Role.DESK, Level.STREET)
        return self.row(Role.DESK, Level.DISTRICT) if street == NEVER else street

    def hops(self, demand: DemandSpec, clocks: Clocks) -> np.ndarray:
        """The table ``hops``: what each stage can do with each category."""
        rows = [self._hop(stage, category, clocks) for stage in self.rows for category in demand.categories]
        names = ("capability", "triage", "up", "hold", "hold_calendar")
        columns: dict[str, object] = dict(zip(names, np.array(rows).T, strict=True))
        unwilling = {"decline": NEVER, "declined": 0, "feign": NEVER, "feign_work": 0}
        return fill("hops", len(rows), {**columns, **unwilling, "whistle": 0, "whistle_idle": 0})

    def _hop(self, stage: Stage, category: CategorySpec, clocks: Clocks) -> tuple[int, ...]:
        if stage.role not in (Role.HANDLE, Role.JOINT):
            return (0, NEVER, NEVER, NEVER, NATURAL)
        if stage.stop and stage.role == Role.HANDLE:
            return self._stop_hop(stage.stop, category, clocks)
        name = LEVELS[stage.level]
        above = self.policy.tiers.above(name, category.department)
        span = self.policy.escalation.hold(name, category.id)
        up = NEVER if above is None else self._onward(self.detours.up.get(name, above), above, category)
        scope = self.policy.skills.added(category.id) if stage.level == Level.GRID else 0
        return (
            min(category.settled_by.cumulative[stage.level] + scope, MILLION),
            _triage(self.policy.tiers, name, category.department),
            up,
            NEVER if span is None or above is None else span.seconds,
            clocks.of_span(span),
        )

    def _onward(self, name: str, above: str, category: CategorySpec) -> int:
        """The stage to which a tier passes a case: a stop, unless cases of the category do not wait there, or the tier above."""
        return self.named(above if self._passes(name, category) else name, category)

    def _passes(self, name: str, category: CategorySpec) -> bool:
        """Whether cases of the category do not wait at the stop of that name."""
        stop = next((stop for stop in self.detours.stops if stop.name == name), None)
        if stop is None or stop.role != WAIT or stop.categories is None:
            return False
        return category.id not in stop.categories

    def _stop_hop(self, stop: Stop, category: CategorySpec, clocks: Clocks) -> tuple[int, ...]:
        return (
            stop.capability.get(category.id, 0),
            stop.triage,
            self.named(
                stop.up if not stop.otherwise or category.id in (stop.categories or ()) else stop.otherwise, category
            ),
            NEVER if stop.hold is None else stop.hold.seconds,
            clocks.of_span(stop.hold),
        )


def _content(stop: Stop) -> int:
    """The level whose work a stop has: below the grid, that of the grid."""
    level = level_of(stop.level)
    return level if level < HANDLING_LEVELS else Level.GRID


def _wait(stop: Stop | None) -> int:
    return 0 if stop is None else 1 if stop.meeting else stop.wait.seconds


def _attend(stop: Stop | None) -> int:
    return NEVER if stop is None or stop.attend is None else stop.attend.seconds


def _stamp(stop: Stop | None) -> int:
    return Stamp[stop.stamp.upper()] if stop and stop.stamp else Stamp.NONE


def _clock(clocks: Clocks, stop: Stop | None) -> int:
    """The calendar on which a waiting stop counts."""
    if stop is None:
        return NATURAL
    return clocks.of_meetings(stop.meeting) if stop.meeting else clocks.of_span(stop.wait)


def level_of(name: str) -> Level:
    """The level of that name."""
    return Level[name.upper()]


def _office(tiers: Tiers) -> Level | None:
    """Where papers are checked: by the street, or else by the community."""
    return next((level_of(name) for name in ("street", "community") if name in tiers.levels), None)


def _triage(tiers: Tiers, level: str, department: str | None) -> int:
    if level == "grid":
        return tiers.grid_triage
    if level == "department":
        return next((unit.triage for unit in tiers.departments if unit.id == department), NEVER)
    return getattr(tiers, level).triage


def limits(policy: Policy, demand: DemandSpec, clocks: Clocks) -> np.ndarray:
    """The table ``limits``."""
    names = [(category.id, severity) for category in demand.categories for severity in SEVERITIES]
    settling = [policy.limits.settling(*name) for name in names]
    dispatching = [policy.limits.dispatching(*name) for name in names]
    columns = {
        "calendar": [clocks.of_span(span) for span in settling],
        "seconds": [NEVER if span is None else span.seconds for span in settling],
        "dispatch_calendar": [clocks.of_span(span) for span in dispatching],
        "dispatch_seconds": [NEVER if span is None else span.seconds for span in dispatching],
        "first_mark": 0,
        "marks": 0,
    }
    return fill("limits", len(names), columns)


def categories(policy: Policy, demand: DemandSpec, stages: Stages) -> np.ndarray:
    """The table ``categories``."""
    checks = [policy.verification.checks(category.id) for category in demand.categories]
    names = ("failure", "field_share", "field_detect", "paper_detect", "recomplain", "recomplain_delay")
    columns: dict[str, object] = {name: [getattr(check, name) for check in checks] for name in names}
    columns["visit_hazard"] = [category.notice.visit for category in demand.categories]
    columns["patrol_hazard"] = [category.notice.patrol for category in demand.categories]
    columns["field_look"] = NEVER
    columns["field_stage"] = stages.first(Role.FIELD_CHECK)
    columns["paper_stage"] = stages.first(Role.PAPER_CHECK)
    return fill("categories", len(checks), columns)
