"""Stages: the way of a case from desk to level to level to check, and what each stage can do with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.engine.events import NEVER, Level, Role
from sim.engine.make_plan.clocks import NATURAL, Clocks
from sim.engine.make_plan.fill import fill
from sim.model.demand_spec import LEVELS, SEVERITIES, CategorySpec, DemandSpec
from sim.model.policies import Policy, Tiers

Stage = tuple[Role, Level]


@dataclass(frozen=True)
class Stages:
    """The stages that exist, by row, and the tables ``stages`` and ``hops``."""

    rows: tuple[Stage, ...]
    policy: Policy

    @staticmethod
    def of(policy: Policy) -> Stages:
        """Desks, then handling from the grid up, then checks."""
        tiers, checked = policy.tiers, policy.verification.work() is not None
        desks = [(Role.DESK, Level.DISTRICT)] if tiers.desk else []
        desks += [(Role.DESK, Level.STREET)] if tiers.street else []
        handling = [(Role.HANDLE, level_of(name)) for name in tiers.levels]
        checks = [(Role.FIELD_CHECK, Level.GRID)] if checked else []
        checks += [(Role.PAPER_CHECK, office)] if checked and (office := _office(tiers)) is not None else []
        return Stages((*desks, *handling, *checks), policy)

    def row(self, role: Role, level: Level) -> int:
        """The row of a stage; -1 if there is none such."""
        return self.rows.index((role, level)) if (role, level) in self.rows else NEVER

    def first(self, role: Role) -> int:
        """The row of the first stage of a role; -1 if there is none."""
        return next((i for i, stage in enumerate(self.rows) if stage[0] == role), NEVER)

    def table(self, clocks: Clocks) -> np.ndarray:
        """The table ``stages``."""
        handover = self.policy.escalation.handover()
        roles, levels = np.array(self.rows).T
        departments = (roles == Role.HANDLE) & (levels == Level.DEPARTMENT)
        columns = {
            "role": roles,
            "level": levels,
            "work": [self._work(*stage) for stage in self.rows],
            "next": [self._next(*stage) for stage in self.rows],
            "misroute": np.where(departments, handover.misroute, 0),
            "return_work": handover.return_work,
            "return_delay": handover.return_delay.seconds,
            "return_calendar": clocks.of_span(handover.return_delay),
            "back": self._dispatching_desk(),
        }
        return fill("stages", len(self.rows), columns)

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

    def _next(self, role: Role, level: Level) -> int:
        """The district's desk passes cases on through the street's, if there is one; that one to the target."""
        return self.row(Role.DESK, Level.STREET) if (role, level) == (Role.DESK, Level.DISTRICT) else NEVER

    def _dispatching_desk(self) -> int:
        """The desk nearest to departments: it had dispatched what a wrong one sends back."""
        street = self.row(Role.DESK, Level.STREET)
        return self.row(Role.DESK, Level.DISTRICT) if street == NEVER else street

    def hops(self, demand: DemandSpec, clocks: Clocks) -> np.ndarray:
        """The table ``hops``: what each stage can do with each category."""
        rows = [self._hop(role, level, category, clocks) for role, level in self.rows for category in demand.categories]
        names = ("capability", "triage", "up", "hold", "hold_calendar")
        return fill("hops", len(rows), dict(zip(names, np.array(rows).T, strict=True)))

    def _hop(self, role: Role, level: Level, category: CategorySpec, clocks: Clocks) -> tuple[int, ...]:
        if role != Role.HANDLE:
            return (0, NEVER, NEVER, NEVER, NATURAL)
        name = LEVELS[level]
        above = self.policy.tiers.above(name, category.department)
        span = self.policy.escalation.hold(name, category.id)
        return (
            category.settled_by.cumulative[level],
            _triage(self.policy.tiers, name, category.department),
            NEVER if above is None else self.row(Role.HANDLE, level_of(above)),
            NEVER if span is None or above is None else span.seconds,
            clocks.of_span(span),
        )


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
    }
    return fill("limits", len(names), columns)


def categories(policy: Policy, demand: DemandSpec, stages: Stages) -> np.ndarray:
    """The table ``categories``."""
    checks = [policy.verification.checks(category.id) for category in demand.categories]
    names = ("failure", "field_share", "field_detect", "paper_detect", "recomplain", "recomplain_delay")
    columns: dict[str, object] = {name: [getattr(check, name) for check in checks] for name in names}
    columns["visit_hazard"] = [category.notice.visit for category in demand.categories]
    columns["patrol_hazard"] = [category.notice.patrol for category in demand.categories]
    columns["field_stage"] = stages.first(Role.FIELD_CHECK)
    columns["paper_stage"] = stages.first(Role.PAPER_CHECK)
    return fill("categories", len(checks), columns)
