"""Random hops and categories: what a stage can do with which cases, and how these are noticed and checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sim.engine.events import NEVER, Role
from sim.engine.plan import MILLION
from sim.study.verify.random_plans.courses import OF_CHECKS, Looks
from sim.study.verify.random_plans.dice import Dice
from sim.study.verify.random_plans.ways import SOME_MISROUTED, Ways
from sim.study.verify.rows import Row


def hops(dice: Dice, found: Ways, looks: Looks, *, categories: int, calendars: int) -> list[Row]:
    """What each stage can do with each category: nothing leads back to where a case has been.

    Rows of desks, waits and checks are filled too, as nobody is to look at them. From a joint stage, to which a case comes
    once, it may go up to any level.
    """
    stages = range(len(found.stages))
    return [_hop(dice, found, stage, looks, calendars) for stage in stages for _ in range(categories)]


def _hop(dice: Dice, found: Ways, stage: int, looks: Looks, calendars: int) -> Row:
    place = found.handling.index(stage) if stage in found.handling else 0
    joint = found.stages[stage]["role"] == Role.JOINT
    above = found.handling if joint else found.handling[place + 1 :]
    up = dice.one_of([NEVER, *_upward(found, above), *6 * list(above[:1])])
    return {
        "capability": dice.share(),
        "triage": dice.maybe(0.7, dice.span(4)),
        "up": up,
        "hold": dice.maybe(0.6, dice.span(dice.one_of((3, 60)))),
        "hold_calendar": dice.whole(0, calendars - 1),
        **(_whistles(dice) if any(row["role"] == Role.JOINT for row in found.stages) else {}),
        **_unwilling(dice, looks, up=up, returns=not (found.starts_over(stage) or _goes_wrong(found, stage))),
    }


def _whistles(dice: Dice) -> Row:
    """Chances that all members are called: nearly always, where it takes all of them."""
    return {"whistle": dice.one_of((MILLION, MILLION, dice.share())), "whistle_idle": dice.share()}


def _upward(found: Ways, above: Sequence[int]) -> Iterator[int]:
    """The stages above, and twice the desks and waits from which cases always come out at one of them."""
    yield from above
    for stage in found.passing:
        if found.end_of(stage) in above:
            yield from (stage, stage)


def _goes_wrong(found: Ways, stage: int) -> bool:
    """Do nearly all cases that come here go to a wrong owner?"""
    return found.stages[stage].get("misroute", 0) > SOME_MISROUTED


def _unwilling(dice: Dice, looks: Looks, *, up: int, returns: bool) -> Row:
    """Levels that decline, or only pretend; ``returns``: what they decline may go back and come again.

    Without that, and with nobody above, they take all on.
    """
    passed_up = up != NEVER and not (returns and dice.chance(0.4))
    look = looks.one(dice) if passed_up else looks.mild(dice) if returns else NEVER
    return {
        "decline": dice.one_of((NEVER, look)),
        "declined": int(not passed_up),
        "feign": dice.one_of((NEVER, NEVER, looks.one(dice))),
        "feign_work": dice.span(2),
    }


def category(dice: Dice, found: Ways, looks: Looks) -> Row:
    """How a category is noticed, settled and checked. Not everything that is bound to fail is bound to be found out."""
    return {
        "visit_hazard": dice.share(),
        "patrol_hazard": dice.share(),
        "failure": dice.share(),
        "field_share": dice.share(),
        "field_look": dice.one_of((NEVER, looks.one(dice, OF_CHECKS))),
        "field_detect": min(dice.share(), 900_000),
        "paper_detect": min(dice.share(), 900_000),
        "recomplain": min(dice.share(), 900_000),
        "recomplain_delay": dice.span(50),
        "field_stage": dice.one_of((NEVER, *3 * [*found.field, *found.before])),
        "paper_stage": dice.one_of((NEVER, *3 * [*found.paper, *found.before])),
    }
