"""Random Plans over every primitive of the engines and their mixtures, most of them full of simultaneous events."""

from __future__ import annotations

from sim.engine.events import NEVER
from sim.engine.plan import DAY, MILLION, Plan
from sim.study.verify.random_plans import issues as issue_rows
from sim.study.verify.random_plans.clocks import calendars
from sim.study.verify.random_plans.columns import columns_of, route, skipped, work
from sim.study.verify.random_plans.courses import keeping_quiet, limits, looks
from sim.study.verify.random_plans.dice import Dice
from sim.study.verify.random_plans.hops import category, hops
from sim.study.verify.random_plans.mixture import Primitive, mixture
from sim.study.verify.random_plans.organisation import organisation
from sim.study.verify.random_plans.parties import with_parties
from sim.study.verify.random_plans.places import places
from sim.study.verify.random_plans.scores import FEATURES, SCORES
from sim.study.verify.random_plans.ways import ways
from sim.study.verify.random_plans.workers import Workers, absences, admin_rows, duty_order
from sim.study.verify.rows import CLASSES, plan_of_rows

__all__ = ["draw"]


def draw(seed: int) -> Plan:
    """The random Plan of ``seed``: any levels, queues, ways, staff, shifts and issues that the tables can hold.

    The same seed gives the same Plan with the same version of numpy.
    """
    dice = Dice(seed)
    most = mixture(dice)
    horizon = _horizon(dice)
    days = -(-horizon // DAY)
    where, shifts = places(dice), calendars(dice, horizon)
    away, whose = absences(dice, days)
    order = duty_order(dice) if dice.chance(0.7) else None
    workers = Workers(dice, len(shifts), where, whose, order, finds=most[Primitive.FINDS])
    staff = organisation(dice, workers.worker, most)
    look = looks(dice, most[Primitive.LOOKS], len(shifts))
    columns = columns_of(dice, staff.of_level, most[Primitive.COLUMNS])
    way = ways(dice, [*staff.of_level], columns, shifts, most_waits=most[Primitive.WAITS])
    if staff.parties.parties:
        way = with_parties(dice, way, [*staff.of_level], columns, shifts)
    categories, count = dice.whole(1, 4), issue_rows.number(dice)
    parties = len(staff.parties.parties)
    classes = issue_rows.many_classes(dice, parties=parties)
    makes = issue_rows.Issues(dice, horizon, where.buildings, way, categories, classes, parties)
    arising = [makes.issue() for _ in range(count)]
    hop = hops(dice, way, look, categories=categories, calendars=len(shifts))
    limit, marks = limits(dice, 4 * categories, look, shifts, most_marks=most[Primitive.MARKS])
    return plan_of_rows(
        issues=arising,
        work=work(dice, count, columns),
        route=skipped(dice, route(dice, count, columns), arising, way.stages, hop, share=most[Primitive.SKIPS]),
        stages=way.stages,
        hops=hop,
        categories=[category(dice, way, look) for _ in range(categories)],
        limits=limit,
        marks=marks,
        looks=look.looks,
        buckets=look.buckets,
        parties=staff.parties.parties,
        party_members=staff.parties.members,
        queues=staff.queues,
        servers=keeping_quiet(dice, staff.servers, look),
        links=staff.links,
        shifts=shifts,
        absences=away,
        buildings=where.buildings,
        homes=where.homes,
        legs=where.legs,
        stops=where.stops,
        admin=admin_rows(dice, days),
        preempts=_preempts(dice, parties=parties),
        overtime=[k for k in range(CLASSES) if dice.chance(0.4)] if dice.chance(0.5) else [],
        rules=_rules(dice, horizon),
        score=dice.one_of(SCORES) if dice.chance(0.2) else None,
        features=[[dice.whole(0, 3) for _ in range(FEATURES)] for _ in range(count)],
    )


def _horizon(dice: Dice) -> int:
    """Some days, whole or not; seldom less than two hours."""
    if dice.chance(0.05):
        return dice.whole(1, 7200)
    return dice.whole(1, 10) * DAY + dice.one_of((0, 0, -7, 1, DAY // 2))


def _preempts(dice: Dice, *, parties: int) -> list[tuple[int, int]]:
    """Each class interrupts all from some higher number on, or none; often no class does, or only the first."""
    interrupting = dice.one_of((0, 1, 2, CLASSES, *((1, 2) if parties else ())))
    firsts = [dice.one_of((a + 1, dice.whole(a + 1, CLASSES))) for a in range(interrupting)]
    return [(a, b) for a, first in enumerate(firsts) for b in range(first, CLASSES)]


def _rules(dice: Dice, horizon: int) -> dict[str, int]:
    return {
        "horizon": horizon,
        "rebind_after": dice.one_of((NEVER, 0, dice.tick, 7200, DAY)),
        "handover_loss": dice.one_of((0, MILLION, dice.whole(0, MILLION))),
        "whistle_after": dice.one_of((0, 0, 0, 0, 1, 2)),
    }
