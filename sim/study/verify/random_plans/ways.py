"""Random ways of a case: desks, levels that settle, checks, and what leads from one to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sim.engine.events import NEVER, Level, Role
from sim.study.verify.random_plans.dice import Dice
from sim.study.verify.rows import Row

MOST_MISROUTED = 900_000  # in millionths: a case that always goes wrong never ends


@dataclass(frozen=True)
class Ways:
    """Rows of the table of stages, and which of them play which part."""

    stages: Sequence[Row]
    desks: Sequence[int]
    handling: Sequence[int]  # in the order in which they lead to each other
    field: Sequence[int]
    paper: Sequence[int]


def ways(dice: Dice, of_level: Mapping[Level, range], calendars: int) -> Ways:
    """Up to three desks, one handling stage or two at each level, up to two checks of each kind; rows in any order."""
    levels = list(of_level)
    handling_levels = [level for level in levels if level != Level.DISTRICT]
    handled = [level for level in handling_levels for _ in range(dice.one_of((1, 1, 1, 2)))]
    roles: list[tuple[Role, Level]] = [
        *((Role.DESK, dice.one_of(levels)) for _ in range(dice.whole(0, 3))),
        *((Role.HANDLE, level) for level in handled),
        *((Role.FIELD_CHECK, dice.one_of(levels)) for _ in range(dice.one_of((0, 1, 1, 2)))),
        *((Role.PAPER_CHECK, dice.one_of(levels)) for _ in range(dice.one_of((0, 1, 1, 2)))),
    ]
    roles = dice.shuffled(roles)
    rows = {role: [k for k, (played, _) in enumerate(roles) if played == role] for role in Role}
    upward = sorted(rows[Role.HANDLE], key=lambda k: roles[k][1])
    handling = upward if dice.chance(0.7) else dice.shuffled(upward)
    parts = Ways((), rows[Role.DESK], handling, rows[Role.FIELD_CHECK], rows[Role.PAPER_CHECK])
    stages = [_stage(dice, parts, k, role, level, calendars) for k, (role, level) in enumerate(roles)]
    return Ways(stages, parts.desks, parts.handling, parts.field, parts.paper)


def _stage(dice: Dice, parts: Ways, row: int, role: Role, level: Level, calendars: int) -> Row:
    place = {"role": role, "level": level}
    if role == Role.DESK:
        return {**place, "work": dice.span(2), "next": _next(dice, parts, row)}
    if role != Role.HANDLE:
        return {**place, "work": dice.span(3)}
    return {
        **place,
        "misroute": dice.one_of((0, 0, 300_000, MOST_MISROUTED)),
        "return_work": dice.span(2),
        "return_delay": dice.span(4),
        "return_calendar": dice.whole(0, calendars - 1),
        "back": dice.one_of((NEVER, *parts.desks)),
    }


def _next(dice: Dice, parts: Ways, desk: int) -> int:
    """Where a desk passes cases on to: their target, a desk of a later row, or always the same level."""
    return dice.one_of((NEVER, NEVER, *(other for other in parts.desks if other > desk), dice.one_of(parts.handling)))


def hops(dice: Dice, found: Ways, *, categories: int, calendars: int) -> list[Row]:
    """What each stage can do with each category: nothing leads back to where a case has been.

    Rows of desks and checks are filled too, as nobody is to look at them.
    """
    return [_hop(dice, found, stage, calendars) for stage in range(len(found.stages)) for _ in range(categories)]


def _hop(dice: Dice, found: Ways, stage: int, calendars: int) -> Row:
    place = found.handling.index(stage) if stage in found.handling else 0
    above = found.handling[place + 1 :]
    return {
        "capability": dice.share(),
        "triage": dice.maybe(0.7, dice.span(4)),
        "up": dice.one_of([NEVER, *_upward(found, above), *6 * list(above[:1])]),
        "hold": dice.maybe(0.6, dice.span(dice.one_of((3, 60)))),
        "hold_calendar": dice.whole(0, calendars - 1),
    }


def _upward(found: Ways, above: Sequence[int]) -> Iterator[int]:
    """The stages above, and the desks that always pass on to one of them."""
    yield from above
    yield from (desk for desk in found.desks if found.stages[desk]["next"] in above)


def category(dice: Dice, found: Ways) -> Row:
    """How a category is noticed, settled and checked. Not everything that is bound to fail is bound to be found out."""
    failure = dice.share()
    return {
        "visit_hazard": dice.share(),
        "patrol_hazard": dice.share(),
        "failure": failure,
        "field_share": dice.share(),
        "field_detect": min(dice.share(), 900_000),
        "paper_detect": min(dice.share(), 900_000),
        "recomplain": min(dice.share(), 900_000),
        "recomplain_delay": dice.span(50),
        "field_stage": dice.one_of((NEVER, *3 * list(found.field))),
        "paper_stage": dice.one_of((NEVER, *3 * list(found.paper))),
    }
