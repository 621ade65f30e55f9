"""Random parties: queues whose servers are called together, and the stages at which they work together or in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sim.engine.events import NEVER, Level, Role, Stamp
from sim.engine.plan import MILLION
from sim.study.verify.random_plans.clocks import Intervals, span_on
from sim.study.verify.random_plans.columns import Columns
from sim.study.verify.random_plans.dice import Dice
from sim.study.verify.random_plans.ways import Ways, wait_row
from sim.study.verify.rows import Row

MOST_MEMBERS = 8
SOME_ABSENT = 300_000  # in millionths: chance that a member does not come


@dataclass(frozen=True)
class Parties:
    """Rows of the tables of parties; ``together``: the queues of each."""

    parties: Sequence[Row]
    members: Sequence[Row]
    together: Sequence[Sequence[int]]


def parties(dice: Dice, links: Sequence[Row], crewed: range, queues: int, *, most: int) -> Parties:
    """Up to ``most``, mostly of those with crews of their own; none of them shares a server between its queues."""
    servers = [{link["server"] for link in links if link["queue"] == queue} for queue in range(queues)]
    together = [_members(dice, servers, crewed) for _ in range(dice.whole(min(1, most), most))]
    together = [party for party in together if len(party) > 1]
    firsts = [sum(map(len, together[:k])) for k in range(len(together))]
    rows = [{"first_member": first, "members": len(party)} for first, party in zip(firsts, together, strict=True)]
    members = [
        _member(dice, queue, leads=queue == party[0], served=bool(servers[queue]))
        for party in together
        for queue in party
    ]
    return Parties(rows, members, together)


def _members(dice: Dice, servers: Sequence[set[int]], crewed: range) -> list[int]:
    """Queues in any order, those with crews before others; somebody serves the one that leads."""
    others = [queue for queue in range(len(servers)) if queue not in crewed]
    crewed_first = [*dice.shuffled(crewed), *dice.shuffled(others)]
    size, party, taken = dice.one_of((2, 2, 3, 3, 4, MOST_MEMBERS)), list[int](), set[int]()
    for queue in crewed_first if dice.chance(0.8) else dice.shuffled(range(len(servers))):
        if len(party) < size and not servers[queue] & taken and (party or servers[queue]):
            party.append(queue)
            taken |= servers[queue]
    return [*party[:1], *dice.shuffled(party[1:])]


def _member(dice: Dice, queue: int, *, leads: bool, served: bool) -> Row:
    """Who leads comes always, and who has nobody mostly never."""
    away = dice.one_of((0, 0, 0, SOME_ABSENT, MILLION) if served else (0, MILLION, MILLION, MILLION))
    return {
        "queue": queue,
        "share": dice.one_of((0, MILLION, MILLION, MILLION // 2, dice.whole(0, 2 * MILLION))),
        "no_show": 0 if leads else away,
    }


def with_parties(
    dice: Dice, found: Ways, levels: Sequence[Level], columns: Columns, clocks: Sequence[Intervals]
) -> Ways:
    """The same with a joint stage or two, the ways to them, whistles, and desks that stamp: those on the way in order, or any.

    At stages of other roles than those that have them, nobody is to look at these columns.
    """
    first = len(found.stages)
    added = list(_added(dice, first, levels, columns, clocks))
    called = range(first, first + len(added))
    stages = [
        {**row, "whistle": dice.one_of((NEVER, *called, *called)), "refers": dice.whole(0, 1)}
        for row in (*found.stages, *added)
    ]
    if dice.chance(0.5):
        stages = [{**row, "stamp": dice.one_of(tuple(Stamp))} for row in stages]
    return replace(found, stages=stages)


def _added(
    dice: Dice, first: int, levels: Sequence[Level], columns: Columns, clocks: Sequence[Intervals]
) -> Iterator[Row]:
    """For each joint stage up to three desks and waits, which stamp one after the other, and then the stage itself."""
    for _ in range(dice.one_of((1, 1, 2))):
        path = [dice.one_of((Role.DESK, Role.DESK, Role.WAIT)) for _ in range(dice.one_of((0, 1, 2, 3, 3)))]
        for place, role in enumerate((*path, Role.JOINT)):
            first += 1
            level = dice.one_of(levels)
            row = {"role": role, "level": level, **columns.asked_for(dice, level, role)}
            if role == Role.JOINT:
                yield {**row, **_attended(dice, clocks)}
            else:
                yield {**row, "work": dice.span(2), "next": first, "stamp": place + 1, **wait_row(dice, clocks)}


def _attended(dice: Dice, clocks: Sequence[Intervals]) -> Row:
    calendar = dice.one_of((0, dice.whole(0, len(clocks) - 1)))
    attend = dice.maybe(0.8, span_on(dice, clocks[calendar], dice.one_of((1, 6, 30))))
    return {"attend": attend, "attend_calendar": calendar}
