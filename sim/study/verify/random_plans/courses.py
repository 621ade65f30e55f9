"""Random marks and looks: what happens to cases that are under way, and what their chances depend on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sim.engine.events import NEVER, Action, State
from sim.engine.plan import DAY
from sim.study.verify.random_plans.clocks import Intervals, span_on
from sim.study.verify.random_plans.dice import Dice
from sim.study.verify.rows import CLASSES, Row

MOST_RETURNED = 900_000  # in millionths: a case that is always returned never ends

#: who may ask for which states
OF_MARKS = (State.ALWAYS, State.LIMIT, State.QUEUE, State.SINCE)
OF_CHECKS = (State.ALWAYS, State.LIMIT, State.SINCE)
OF_FINDS = (State.ALWAYS, State.QUEUE, State.BACKLOG, State.SINCE)


@dataclass(frozen=True)
class Looks:
    """Rows of the tables of looks and buckets."""

    looks: Sequence[Row]
    buckets: Sequence[Row]

    def one(self, dice: Dice, states: Collection[State] = tuple(State)) -> int:
        """Any look at one of these states; NEVER if there is none."""
        return dice.one_of([k for k, row in enumerate(self.looks) if row["state"] in states] or [NEVER])

    def mild(self, dice: Dice) -> int:
        """A look whose chances stay below one; NEVER if there is none."""
        return dice.one_of([k for k, row in enumerate(self.looks) if self._most(row) <= MOST_RETURNED] or [NEVER])

    def _most(self, look: Row) -> int:
        first = look["first_bucket"]
        return max(bucket["chance"] for bucket in self.buckets[first : first + look["buckets"]])


def looks(dice: Dice, most: int, calendars: int) -> Looks:
    """Up to ``most`` looks at any states, of one to four buckets each."""
    rows: list[Row] = []
    buckets: list[Row] = []
    for _ in range(dice.whole(0, most)):
        state, count = dice.one_of(tuple(State)), dice.whole(1, 4)
        least = sorted({_least(dice, state) for _ in range(count)})
        clock = dice.whole(0, calendars - 1)
        rows.append({"state": state, "calendar": clock, "first_bucket": len(buckets), "buckets": len(least)})
        cap = dice.one_of((MOST_RETURNED, 2 * MOST_RETURNED))
        buckets += [{"least": edge, "chance": min(dice.share(), cap)} for edge in least]
    return Looks(rows, buckets)


def _least(dice: Dice, state: State) -> int:
    """A value that the state may well have; seldom one that it never has."""
    if dice.chance(0.1):
        return dice.one_of((-(2**62), -1, 0, 2**62))
    return {
        State.ALWAYS: dice.whole(-1, 1),
        State.LIMIT: dice.whole(-5, 15) * 100_000,
        State.QUEUE: dice.whole(0, 5),
        State.BACKLOG: dice.whole(0, 12) * 600,
        State.SINCE: dice.one_of((dice.whole(0, 12) * dice.tick, dice.whole(0, 3) * DAY // 2)),
    }[state]


def keeping_quiet(dice: Dice, servers: Sequence[Row], found: Looks) -> list[Row]:
    """The servers, some of whom may keep to themselves what they notice; nobody in half of the Plans."""
    if not found.looks or dice.chance(0.5):
        return [*servers]
    return [{**server, "suppress": dice.one_of((NEVER, found.one(dice, OF_FINDS)))} for server in servers]


def limits(
    dice: Dice, rows: int, found: Looks, clocks: Sequence[Intervals], *, most_marks: int
) -> tuple[dict[int, Row], list[Row]]:
    """Time limits, of most rows; and marks, up to so many a row, also where there is no limit."""
    limits = {k: _limit(dice, len(clocks)) for k in range(rows) if dice.chance(0.7)}
    marks: list[Row] = []
    for k in range(rows if most_marks else 0):
        own = [_mark(dice, found, clocks) for _ in range(dice.whole(0, most_marks))]
        limits[k] = {**limits.get(k, {}), "first_mark": len(marks), "marks": len(own)}
        marks += own
    return limits, marks


def _limit(dice: Dice, calendars: int) -> Row:
    clocks = {name: dice.whole(0, calendars - 1) for name in ("calendar", "dispatch_calendar")}
    return {**clocks, "seconds": dice.span(40), "dispatch_seconds": dice.maybe(0.5, dice.span(10))}


def _mark(dice: Dice, found: Looks, clocks: Sequence[Intervals]) -> Row:
    calendar = dice.one_of((0, dice.whole(0, len(clocks) - 1)))
    return {
        "calendar": calendar,
        "seconds": span_on(dice, clocks[calendar], dice.one_of((1, 6, 30))),
        "action": dice.one_of(tuple(Action)),
        "look": dice.one_of((NEVER, found.one(dice, OF_MARKS))),
        "class": dice.one_of((0, dice.whole(0, 3), dice.whole(0, CLASSES - 1))),
        "extension": span_on(dice, clocks[calendar], dice.one_of((1, 6, 30))),
    }
