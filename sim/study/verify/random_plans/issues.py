"""Random issues: what arises where, who tells of it, and what becomes of it if nobody does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.engine.events import NEVER
from sim.engine.plan import DAY, MILLION
from sim.study.verify.random_plans.dice import Dice
from sim.study.verify.random_plans.ways import Ways
from sim.study.verify.rows import CLASSES, Row


@dataclass(frozen=True)
class Issues:
    """Makes issues; what they share: the places, the ways, how many classes their cases have, and how many parties there are."""

    dice: Dice
    horizon: int
    buildings: Sequence[Row]
    ways: Ways
    categories: int
    classes: int
    parties: int

    def issue(self) -> Row:
        """One that may have come up before the run, may worsen, be reported twice, or go away by itself."""
        dice = self.dice
        onset = dice.whole(-DAY // dice.tick, self.horizon // dice.tick) * dice.tick
        valid = dice.chance(0.9)
        return {
            "onset": onset,
            "report": dice.maybe(0.5 if valid else 1, self._later(onset)),
            "duplicate": dice.maybe(0.2, self._later(onset)),
            "clear": dice.maybe(0.3, self._later(onset)),
            "worsen": dice.maybe(0.3, self._later(onset)),
            "patience": dice.maybe(0.3, dice.span(dice.one_of((4, 50)))),
            "luck": dice.luck(),
            "threshold": dice.one_of((1, MILLION // 10, MILLION, MILLION + 1, 3 * MILLION)),
            "valid": int(valid),
            "category": dice.whole(0, self.categories - 1),
            "channel": dice.whole(0, 2),
            **self._place(),
            **self._order(),
            **self._difficulty(),
            **self._entrances(),
            **(self._party() if self.parties else {}),
        }

    def _later(self, onset: int) -> int:
        """An instant at or after the onset, and of the run."""
        return max(0, onset + self.dice.span(self.dice.one_of((1, 20, 200))))

    def _place(self) -> Row:
        building = self.dice.whole(0, len(self.buildings) - 1)
        row = self.buildings[building]
        unit = self.dice.one_of((0, self.dice.whole(0, row["households"])))
        return {"building": building, "unit": unit, "place": row["first_place"] + unit}

    def _order(self) -> Row:
        """Class and base in a queue; worsening may change them in either direction."""
        dice = self.dice
        return {
            "class": dice.whole(0, self.classes - 1),
            "worse_class": dice.whole(0, self.classes - 1),
            "base": dice.whole(-4, 4) * dice.tick,
            "worse_base": dice.whole(-4, 4) * dice.tick,
        }

    def _difficulty(self) -> Row:
        dice = self.dice
        return {
            "severity": dice.whole(0, 3),
            "worse_severity": dice.whole(0, 3),
            "difficulty": dice.share(),
            "worse_difficulty": dice.share(),
        }

    def _entrances(self) -> Row:
        """Reports come in at a desk, a wait or straight at a level; finds, and targets, at what leads to a level."""
        dice, found = self.dice, self.ways
        leading = [stage for stage in found.passing if found.end_of(stage) in found.handling]
        return {
            "report_stage": dice.one_of((found.handling[0], *found.handling, *found.passing, *found.passing)),
            "report_target": dice.one_of((*found.handling, *found.handling, *leading)),
            "notice_stage": dice.one_of((found.handling[0], *found.handling, *leading)),
        }

    def _party(self) -> Row:
        """One or none; who has one may take all of it, or none of it."""
        party = self.dice.maybe(0.85, self.dice.whole(0, self.parties - 1))
        return {"party": party, "joint": int(party != NEVER and self.dice.chance(0.7))}


def number(dice: Dice) -> int:
    """How many issues: now and then none, seldom many."""
    return dice.one_of(
        (*(dice.whole(1, most) for most in (5, 40, 90, 90, 140, 200)), *((0,) if dice.chance(0.3) else ()))
    )


def many_classes(dice: Dice, *, parties: int) -> int:
    """How many classes cases have: few make ties, several let some interrupt what others have come together for."""
    return dice.one_of((1, 2, 3, CLASSES, *((3, CLASSES) if parties else ())))
