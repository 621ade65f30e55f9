"""K9: at which tier cases are closed, and at which tier issues are truly resolved."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.engine.events import NEVER, Level, Role
from sim.study.kpis.exact import share
from sim.study.kpis.facts import Facts
from sim.study.kpis.kpi import STANDARD, Kpi, Side, everywhere

if TYPE_CHECKING:
    from sim.engine.plan import Plan

#: the levels that settle cases, from below
TIERS = {
    Level.NEIGHBOURHOOD: ("邻里", "neighbourhood"),
    Level.GRID: ("网格", "grid"),
    Level.COMMUNITY: ("社区", "community"),
    Level.STREET: ("街道", "street"),
    Level.DEPARTMENT: ("部门", "department"),
    Level.CITY: ("市级", "city"),
}
SOURCE = f"{STANDARD}; Liyang, November 2019: 78.3 % at grid and village, 1.2 % town, 20.4 % city"


def _closed_at(level: Level) -> Callable[[Facts], float]:
    def closed_at(facts: Facts) -> float:
        closed = facts.closed_inside
        return share(facts.cases["level"] == level, closed)

    return closed_at


def _resolved_at(level: Level) -> Callable[[Facts], float]:
    def resolved_at(facts: Facts) -> float:
        by = facts.issues["resolved_level"]
        resolved = facts.real & (by != NEVER) & facts.inside(facts.issues["resolved"])
        return share(by == level, resolved)

    return resolved_at


def _settles_in(level: Level) -> Callable[[Plan], bool]:
    """A policy seldom has anybody below the grid; the other levels are reported of all."""

    def settles(plan: Plan) -> bool:
        stages = plan["stages"]
        return bool(((stages["role"] == Role.HANDLE) & (stages["level"] == level)).any())

    return settles if level == Level.NEIGHBOURHOOD else everywhere


def _official(level: Level) -> Kpi:
    zh, en = TIERS[level]
    return Kpi(
        id=f"closed_{en}_share",
        code="K9",
        side=Side.OFFICIAL,
        unit="share",
        zh=f"{zh}结案占比" + ("（不出格率）" if level == Level.GRID else ""),
        en=f"share closed at {en} level",
        formula=f"Cases whose last disposal was made at {en} level / cases closed.",
        counted="cases closed within the window",
        unfinished="open cases are left out",
        source=SOURCE,
        measure=_closed_at(level),
        occurs=_settles_in(level),
    )


def _honest(level: Level) -> Kpi:
    zh, en = TIERS[level]
    return Kpi(
        id=f"resolved_{en}_share",
        code="K9",
        side=Side.HONEST,
        unit="share",
        zh=f"{zh}真实解决占比",
        en=f"share truly resolved at {en} level",
        formula=f"Issues truly resolved at {en} level / issues truly resolved at any level.",
        counted="real issues truly resolved within the window; those that went away by themselves are left out",
        unfinished="unresolved issues are left out",
        source="honest form of the KPI, defined here",
        measure=_resolved_at(level),
        twin=f"closed_{en}_share",
        occurs=_settles_in(level),
    )


KPIS = tuple(make(level) for level in TIERS for make in (_official, _honest))
