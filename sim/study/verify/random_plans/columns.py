"""Random columns of route and work: which queues stand in them, and which of them stages ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.engine.events import HANDLING_LEVELS, LEVELS, NEVER, Level, Role
from sim.engine.plan import MILLION
from sim.study.verify.random_plans.dice import Dice
from sim.study.verify.rows import Row


@dataclass(frozen=True)
class Columns:
    """``queues``: which an issue may have in each column of route, perhaps none; ``contents``: how many columns work has."""

    queues: Sequence[range]
    contents: int

    def asked_for(self, dice: Dice, level: Level, role: Role) -> Row:
        """The columns of a stage: those of its level, or any others that there are; a wait asks for none."""
        own = level, min(level, HANDLING_LEVELS - 1)
        if role == Role.WAIT:
            return {"way": 0, "content": 0}
        if self.contents == HANDLING_LEVELS or dice.chance(0.4):
            return {"way": own[0], "content": own[1]}
        filled = [column for column, queues in enumerate(self.queues) if queues]
        return {"way": dice.one_of((own[0], *filled)), "content": dice.one_of((own[1], *range(self.contents)))}


def columns_of(dice: Dice, of_level: Mapping[Level, range], most: int) -> Columns:
    """A column a level; beside them up to ``most``, of the queues of one level or of all."""
    levels = [*Level][: LEVELS + (Level.NEIGHBOURHOOD in of_level)]
    own = [of_level.get(level, range(0)) for level in levels]
    everything = range(sum(map(len, own)))
    more = [dice.one_of((everything, *of_level.values())) for _ in range(dice.whole(min(1, most), most))]
    return Columns([*own, *more], HANDLING_LEVELS + dice.whole(min(1, most), most))


def work(dice: Dice, issues: int, columns: Columns) -> np.ndarray:
    """Seconds in each column; now and then nothing."""
    seconds = [dice.span(4) for _ in range(issues * columns.contents)]
    return np.array(seconds, "i4").reshape(issues, columns.contents)


def route(dice: Dice, issues: int, columns: Columns) -> np.ndarray:
    """The queue of each issue in each column: any of those that may be there, or nearly always the first."""
    crowded = dice.chance(0.2)
    rows = np.full((issues, len(columns.queues)), NEVER, "i4")
    for column, queues in enumerate(columns.queues):
        for row in rows if queues else ():
            row[column] = queues[0] if crowded and dice.chance(0.9) else dice.one_of(queues)
    return rows


def skipped(
    dice: Dice, full: np.ndarray, issues: Sequence[Row], stages: Sequence[Row], hops: Sequence[Row], *, share: int
) -> np.ndarray:
    """The route, with no queue for this share of the issues (millionths) where all stages that ask for it lead up."""
    rows, categories = full.copy(), len(hops) // len(stages)
    for row, issue in zip(rows, issues, strict=True):
        needed = {
            stage["way"]
            for k, stage in enumerate(stages)
            if stage["role"] not in (Role.WAIT, Role.JOINT)
            and (stage["role"] != Role.HANDLE or hops[k * categories + issue["category"]]["up"] == NEVER)
        }
        for column in range(len(row)):
            if column not in needed and dice.chance(share / MILLION):
                row[column] = NEVER
    return rows
