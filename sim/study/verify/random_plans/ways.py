"""Random ways of a case: desks, waits, levels that settle, checks, and what leads from one to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sim.engine.events import NEVER, Level, Role
from sim.study.verify.random_plans.clocks import Intervals, span_on
from sim.study.verify.random_plans.columns import Columns
from sim.study.verify.random_plans.dice import Dice
from sim.study.verify.rows import Row

SOME_MISROUTED, MOST_MISROUTED = 300_000, 900_000  # in millionths: a case that always goes wrong never ends


@dataclass(frozen=True)
class Ways:
    """Rows of the table of stages, and which of them play which part."""

    stages: Sequence[Row]
    passing: Sequence[int]  # desks, and waits that lead on as desks do
    handling: Sequence[int]  # in the order in which they lead to each other
    field: Sequence[int]
    paper: Sequence[int]
    before: Sequence[int]  # waits that lead on to a check

    def end_of(self, stage: int) -> int:
        """The handling stage at which all cases come out that are passed on from ``stage``; NEVER: at their targets."""
        while stage in self.passing:
            stage = self.stages[stage]["next"]
        return stage

    def starts_over(self, stage: int) -> bool:
        """Does what a wrong owner there returns go to a certain level, to come up from there again?"""
        return self.end_of(self.stages[stage].get("back", NEVER)) not in (NEVER, stage)


def ways(
    dice: Dice, levels: Sequence[Level], columns: Columns, clocks: Sequence[Intervals], *, most_waits: int
) -> Ways:
    """Up to three desks, one handling stage or two at each level, up to two checks of each kind, and waits; rows in any order."""
    handled = [level for level in levels if level != Level.DISTRICT for _ in range(dice.one_of((1, 1, 1, 2)))]
    roles: list[tuple[Role, Level]] = [
        *((Role.DESK, dice.one_of(levels)) for _ in range(dice.whole(0, 3))),
        *((Role.HANDLE, level) for level in handled),
        *((Role.FIELD_CHECK, dice.one_of(levels)) for _ in range(dice.one_of((0, 1, 1, 2)))),
        *((Role.PAPER_CHECK, dice.one_of(levels)) for _ in range(dice.one_of((0, 1, 1, 2)))),
        *((Role.WAIT, dice.one_of(tuple(Level))) for _ in range(dice.whole(min(1, most_waits), most_waits))),
    ]
    roles = dice.shuffled(roles)
    parts = _parts(dice, roles)
    stages = [
        {"role": role, "level": level, **columns.asked_for(dice, level, role), **_doing(dice, parts, k, role, clocks)}
        for k, (role, level) in enumerate(roles)
    ]
    return _calmed(replace(parts, stages=stages))


def _calmed(found: Ways) -> Ways:
    """The same; but what starts over from below each time does not go wrong nearly always: it would never end."""
    stages = [
        {**row, "misroute": min(row["misroute"], SOME_MISROUTED)} if found.starts_over(k) else row
        for k, row in enumerate(found.stages)
    ]
    return replace(found, stages=stages)


def _parts(dice: Dice, roles: Sequence[tuple[Role, Level]]) -> Ways:
    """Who plays which part, without rows yet."""
    rows = {role: [k for k, (played, _) in enumerate(roles) if played == role] for role in Role}
    upward = sorted(rows[Role.HANDLE], key=lambda k: (roles[k][1] != Level.NEIGHBOURHOOD, roles[k][1]))
    handling = upward if dice.chance(0.7) else dice.shuffled(upward)
    checked = bool(rows[Role.FIELD_CHECK] or rows[Role.PAPER_CHECK])
    before = [row for row in rows[Role.WAIT] if checked and dice.chance(0.35)]
    passing = sorted({*rows[Role.DESK], *rows[Role.WAIT]} - {*before})
    return Ways((), passing, handling, rows[Role.FIELD_CHECK], rows[Role.PAPER_CHECK], before)


def _doing(dice: Dice, parts: Ways, row: int, role: Role, clocks: Sequence[Intervals]) -> Row:
    """What a stage does, beside its place."""
    if role == Role.DESK:
        return {"work": dice.span(2), "next": _next(dice, parts, row)}
    if role == Role.WAIT:
        return {"next": _next(dice, parts, row), **wait_row(dice, clocks)}
    if role != Role.HANDLE:
        return {"work": dice.span(3)}
    return {
        "misroute": dice.one_of((0, 0, SOME_MISROUTED, MOST_MISROUTED)),
        "return_work": dice.span(2),
        "return_delay": dice.span(4),
        "return_calendar": dice.whole(0, len(clocks) - 1),
        "back": dice.one_of((NEVER, *parts.passing)),
    }


def wait_row(dice: Dice, clocks: Sequence[Intervals]) -> Row:
    """How long a wait takes, and on which clock."""
    calendar = dice.one_of((0, dice.whole(0, len(clocks) - 1), dice.whole(0, len(clocks) - 1)))
    wait = span_on(dice, clocks[calendar], dice.one_of((1, 6, 40)))
    return {"wait": wait, "wait_calendar": calendar, "pauses": dice.whole(0, 1)}


def _next(dice: Dice, parts: Ways, row: int) -> int:
    """Where cases are passed on to: a check; or their target, a desk or wait of a later row, or always the same level."""
    if row in parts.before:
        return dice.one_of((*parts.field, *parts.paper))
    later = [other for other in parts.passing if other > row]
    return dice.one_of((NEVER, NEVER, *later, dice.one_of(parts.handling)))
