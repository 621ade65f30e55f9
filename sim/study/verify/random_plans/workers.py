"""Random servers: how fast, how able, when at work, and what their days hold beside cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.engine.events import NEVER, Level
from sim.engine.plan import DAY, MILLION
from sim.study.verify.random_plans.dice import Dice
from sim.study.verify.random_plans.places import Places
from sim.study.verify.rows import CLASSES, Row

ADMIN_ROWS = 4
SMALL = 0  # the admin row of a few seconds a day, which may come in pieces of one
MOST_PIECES = 6  # of patrol a day


@dataclass(frozen=True)
class Workers:
    """Makes servers; what they share: calendars, places, absences, perhaps the order of a day, and the classes of finds."""

    dice: Dice
    calendars: int
    places: Places
    absences: Sequence[tuple[int, int]]  # first row and number of those of one server
    order: Row | None
    finds: int  # what is noticed may be raised to one of so many classes

    def worker(self, level: Level, unit: int) -> Row:
        """Somebody of a level and unit. Most of those at the grids have rounds, few others do."""
        dice = self.dice
        first, count = dice.one_of(self.absences)
        return {
            "level": level,
            "unit": unit,
            "calendar": dice.whole(0, self.calendars - 1),
            "building": dice.whole(0, len(self.places.buildings) - 1),
            "speed": dice.one_of((0, 0, 1250, 1250, 1250, 10_000)),
            "skill": dice.one_of((MILLION, MILLION, MILLION, MILLION // 2, 2 * MILLION, 700_000)),
            "first_absence": first,
            "absences": count,
            "find_class": dice.one_of((NEVER, *range(self.finds))),
            **(self.order or duty_order(dice)),
            **(self._rounds() if dice.chance(0.8 if level == Level.GRID else 0.2) else {}),
        }

    def _rounds(self) -> Row:
        dice = self.dice
        admin = dice.one_of((NEVER, *range(ADMIN_ROWS)))
        piece = dice.whole(0, 3) if admin == SMALL else dice.whole(1, 4) * 600
        return {"admin": admin, "admin_piece": piece, **self._visits(), **self._patrol()}

    def _visits(self) -> Row:
        dice = self.dice
        first, homes = _part(dice, len(self.places.homes))
        return {
            "visit_quota": dice.one_of((0, 1, 3, 6, 12)),
            "visit_answered": dice.span(3),
            "visit_unanswered": dice.span(2),
            "first_home": first,
            "homes": homes,
            "home_offset": dice.whole(0, max(0, homes - 1)),
        }

    def _patrol(self) -> Row:
        dice = self.dice
        first, count = _part(dice, len(self.places.legs))
        seconds = [max(1, leg["seconds"]) for leg in self.places.legs[first : first + count]]
        round_trip = sum(seconds)
        return {
            "patrol_quota": dice.whole(0, MOST_PIECES) * round_trip // max(1, count) + dice.whole(0, 1),
            "first_leg": first,
            "legs": count,
            "leg_offset": dice.whole(0, max(0, count - 1)),
        }


def duty_order(dice: Dice) -> Row:
    """Classes of the duties, before, between, after and equal to those of cases."""
    high = dice.one_of((2, CLASSES - 1))
    return {f"{duty}_class": dice.whole(0, high) for duty in ("admin", "visit", "patrol")}


def admin_rows(dice: Dice, days: int) -> list[list[int]]:
    """Seconds of admin that come in, by row and day."""
    sizes = [4, *(dice.one_of((600, 1200, 3600)) for _ in range(ADMIN_ROWS - 1))]
    return [[dice.whole(0, 5) * size for _ in range(days)] for size in sizes]


def absences(dice: Dice, days: int) -> tuple[list[Row], list[tuple[int, int]]]:
    """Rows of whole days away, and for several servers which rows are theirs; the first is never away."""
    rows: list[Row] = []
    whose = [(0, 0)]
    for _ in range(3):
        edges = sorted({dice.whole(-1, days + 1) for _ in range(2 * dice.whole(0, 3))})
        own = [{"start": a * DAY, "end": b * DAY} for a, b in zip(edges[::2], edges[1::2], strict=False)]
        whose.append((len(rows), len(own)))
        rows += own
    return rows, whose


def _part(dice: Dice, rows: int) -> tuple[int, int]:
    """The first row and the number of some rows that follow each other; perhaps none."""
    if not rows or dice.chance(0.1):
        return 0, 0
    first = dice.whole(0, rows - 1)
    return first, dice.whole(1, rows - first)
