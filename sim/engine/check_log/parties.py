"""Cases for several departments: whose part is done, what has been stamped, and who came, worked and left together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby, pairwise

import numpy as np

from sim.engine.check_log.rules import fail, require
from sim.engine.check_log.stays import Row, Stay, stays
from sim.engine.events import NEVER, EventKind, Role, Stamp
from sim.engine.log import Log
from sim.engine.plan import MILLION, Plan

_STAMPS = ("called", "signed", "contacted")
_INSTANTS = (*_STAMPS, "attended")


def check_parties(log: Log) -> None:
    """Only cases with a party are stamped and attended, in the order of their way; no more parts than members."""
    cases, courses, plan = log.raw["cases"], log.raw["courses"], log.plan
    if not len(courses):
        return
    party = plan["issues"]["party"][cases["issue"]]
    members = np.where(party == NEVER, 0, np.append(plan["parties"]["members"], 0)[party])
    require((courses["parts"] >= 0) & (courses["parts"] <= members), "no more parts are done than there are", courses)
    require(courses["no_shows"] >= 0, "no_shows is not negative", courses)
    require((courses["no_shows"] == 0) | (party != NEVER), "only members of a party stay away", courses)
    for name in _INSTANTS:
        never = courses[name] == NEVER
        within = (cases["known"] <= courses[name]) & (courses[name] < plan.rules["horizon"])
        require(never | within, f"{name} lies in the run, after known", courses)
        require(never | (party != NEVER), f"only a case with a party is {name}", courses)
    attended = courses["attended"] != NEVER
    first = (cases["started"] != NEVER) & (cases["started"] <= courses["attended"])
    require(~attended | first, "started does not come after attended", courses)
    _check_stamps(log)


def _check_stamps(log: Log) -> None:
    """What no desk stamps is not stamped; where desks that whistles lead through stamp in order, so do the instants."""
    courses, stages = log.raw["courses"], log.plan["stages"]
    desks = stages["role"] == Role.DESK
    for stamp, name in zip((Stamp.CALLED, Stamp.SIGNED, Stamp.CONTACTED), _STAMPS, strict=True):
        if not (desks & (stages["stamp"] == stamp)).any():
            require(courses[name] == NEVER, f"{name} is stamped by a desk", courses)
    if _stamps_in_order(log.plan):
        for earlier, later in pairwise(_INSTANTS):
            both = (courses[earlier] != NEVER) & (courses[later] != NEVER)
            require(~both | (courses[earlier] <= courses[later]), f"{earlier} does not come after {later}", courses)


def _stamps_in_order(plan: Plan) -> bool:
    """Do only desks on the way to a joint stage stamp, each what comes after the stamps before it?"""
    stages = plan["stages"]
    stamping = (stages["role"] == Role.DESK) & (stages["stamp"] != Stamp.NONE)
    on_a_way = set[int]()
    for stage in np.flatnonzero(stages["whistle"] != NEVER).tolist():
        way = _way(plan, int(stages["whistle"][stage]))
        on_a_way |= {*way}
        stamps = [int(stages["stamp"][desk]) for desk in way if stamping[desk]]
        if any(one >= other for one, other in pairwise(stamps)):
            return False
    return on_a_way >= {*np.flatnonzero(stamping).tolist()}


def _way(plan: Plan, stage: int) -> list[int]:
    """The stages from one to which a whistle leads to the joint stage."""
    way = [stage]
    while plan["stages"]["role"][way[-1]] != Role.JOINT:
        way.append(int(plan["stages"]["next"][way[-1]]))
    return way


def check_parties_against_events(log: Log) -> None:
    """Who is called comes, works and leaves together; parts, no-shows and instants are those of the events."""
    if not len(log.plan["parties"]):
        rows = log.raw["events"][log.raw["events"]["kind"] == EventKind.REFER]
        require(np.zeros(len(rows), bool), "only members of a party refer", rows)
        return
    attending = [stay for stay in stays(log) if stay.rows]
    linked = {*log.plan["server_links"][["server", "queue"]].tolist()}
    for stay in attending:
        _check_crew(log, stay, linked)
        _check_turns(stay)
    _check_absent(log, attending)
    _check_instants(log, attending)
    _check_parts(log, attending)


def _check_crew(log: Log, stay: Stay, linked: Collection[tuple[int, int]]) -> None:
    """A server of each member that comes, at each start; those of no others."""
    queues, silent, sure = members_of(log.plan, int(log.raw["cases"]["issue"][stay.case]))
    here = f"case {stay.case}, there since second {stay.since}"
    called = {row.queue for row in stay.rows}
    if not sure <= called <= {*queues} - silent:
        fail("the members that come are called, no others", f"{here}: queues {sorted(called)}")
    for row in stay.rows:
        if (row.server, row.queue) not in linked:
            fail("a member's server comes", f"{here}: server {row.server}, queue {row.queue}")


def members_of(plan: Plan, issue: int) -> tuple[list[int], set[int], set[int]]:
    """The queues of the members of its party, those that never come, and those that always do."""
    party = int(plan["issues"]["party"][issue])
    return ([], set(), set()) if party == NEVER else members(plan, party)


def members(plan: Plan, party: int) -> tuple[list[int], set[int], set[int]]:
    """The same of a row of parties."""
    first, count = plan["parties"][party].tolist()
    rows = plan["party_members"][first : first + count]
    silent, sure = rows["no_show"] >= MILLION, rows["no_show"] <= 0
    return rows["queue"].tolist(), {*rows["queue"][silent].tolist()}, {*rows["queue"][sure].tolist()}


def _check_turns(stay: Stay) -> None:
    """All start together, each once, and all of them lay it down or finish it together."""
    there: dict[int, int] = {}  # queue → its server that is there
    called = {row.queue for row in stay.rows}
    for time, rows in groupby(stay.rows, key=lambda row: row.time):
        here, now = f"case {stay.case}, second {time}", list(rows)
        for kinds in ((EventKind.FINISH,), (EventKind.START, EventKind.SUSPEND)):
            there = _after(there, [row for row in now if row.kind in kinds], called, here)


def _after(there: dict[int, int], rows: Sequence[Row], called: set[int], here: str) -> dict[int, int]:
    """Who is there after these rows of a second: all or nobody."""
    turns = {kind: Counter(row.queue for row in rows if row.kind == kind) for kind in {row.kind for row in rows}}
    for kind, counts in turns.items():
        if {*counts} != called or len({*counts.values()}) > 1:
            fail(f"all members {kind.name} together", f"{here}: queues {sorted(counts.elements())}")
    net = Counter((queue, server) for queue, server in there.items())
    for row in rows:
        net[row.queue, row.server] += 1 if row.kind == EventKind.START else -1
    left = [pair for pair, count in net.items() if count]
    if any(net[pair] != 1 for pair in left) or sorted(queue for queue, _ in left) not in ([], sorted(called)):
        fail("who started together is there until all leave", f"{here}: {left}")
    if len({server for _, server in left}) < len(left):
        fail("each member sends a server of its own", f"{here}: {left}")
    return dict(left)


def _check_absent(log: Log, attending: Sequence[Stay]) -> None:
    """Whoever was not among those that came had stayed away."""
    absent = np.zeros(len(log.raw["cases"]), "i8")
    for stay in attending:
        queues, _, _ = members_of(log.plan, int(log.raw["cases"]["issue"][stay.case]))
        absent[stay.case] += len(queues) - len({row.queue for row in stay.rows})
    waiting = np.zeros(len(absent), bool)  # some called members have not come yet
    waiting[[stay.case for stay in stays(log) if not stay.rows]] = True
    told = log.raw["courses"]["no_shows"]
    right = (told == absent) | (waiting & (told >= absent))
    require(right, "no_shows counts the members that did not come", log.raw["courses"])


def _check_instants(log: Log, attending: Sequence[Stay]) -> None:
    """attended is the first joint START, and what is stamped is so at the end of a service."""
    courses, events = log.raw["courses"], log.raw["events"]
    attended = np.full(len(courses), NEVER)
    for stay in reversed(attending):
        attended[stay.case] = stay.rows[0].time
    require(attended == courses["attended"], "attended is the first START of all members", courses)
    ends = {*events[["case", "time"]][events["kind"] == EventKind.FINISH].tolist()}
    for name in _STAMPS:
        for case in np.flatnonzero(courses[name] != NEVER).tolist():
            if (case, int(courses[name][case])) not in ends:
                fail(f"{name} is the end of a service", f"case {case}: {courses[name][case]}")


def _check_parts(log: Log, attending: Sequence[Stay]) -> None:
    """Each REFER is a part; so is what the last member settles; a joint settlement is that of all who came."""
    cases, courses, events, plan = log.raw["cases"], log.raw["courses"], log.raw["events"], log.plan
    joint, party = (plan["issues"][name][cases["issue"]] for name in ("joint", "party"))
    refers = np.bincount(events["case"][events["kind"] == EventKind.REFER], minlength=len(cases))
    require((refers == 0) | (joint != 0), "only joint cases are referred", courses)
    members = np.where(party == NEVER, 0, np.append(plan["parties"]["members"], 0)[party])
    alone = np.ones(len(cases), bool)
    alone[[stay.case for stay in attending]] = False
    last = (refers == members - 1) & (courses["parts"] == members) & (cases["finished"] != NEVER)
    require(~alone | (refers == courses["parts"]) | last, "parts counts REFER and the last settlement", courses)
    require(alone | (refers <= courses["parts"]), "parts counts each REFER", courses)
    _check_settled_together(log, attending, refers)
    _check_referred(log, alone)


def _check_settled_together(log: Log, attending: Sequence[Stay], refers: np.ndarray) -> None:
    """What was settled together last, and has not been referred, has as many parts as members came."""
    cases, parts = log.raw["cases"], log.raw["courses"]["parts"]
    for stay in attending:
        settled = stay.rows[-1].kind == EventKind.FINISH and stay.rows[-1].time == cases["finished"][stay.case]
        came = len({row.queue for row in stay.rows})
        if settled and not refers[stay.case] and parts[stay.case] != came:
            fail("parts are those of all who came", f"case {stay.case}: {parts[stay.case]}, came {came}")


def _check_referred(log: Log, alone: np.ndarray) -> None:
    """A referred case comes to the queue of the next member, or of a peer that it is misrouted to, in the same second."""
    for case, parts, time, queue, entered in _referred(log):
        if not alone[case]:
            continue
        queues, _, _ = members_of(log.plan, int(log.raw["cases"]["issue"][case]))
        member = queues[parts] if parts < len(queues) else NEVER
        peers = log.plan["queues"][["first_peer", "peers"]][member].tolist()
        if member == NEVER or entered != time or (queue != member and not 0 <= queue - peers[0] < peers[1]):
            fail("a referred case comes to the next member", f"case {case}, second {time}: queue {queue}, part {parts}")


def _referred(log: Log) -> Iterator[tuple[int, int, int, int, int]]:
    """Case, number of REFERs so far and second of each REFER; queue and second of the ENTER after it."""
    events = log.raw["events"]
    rows = events[np.isin(events["kind"], (EventKind.REFER, EventKind.ENTER))]
    rows = rows[np.argsort(rows["case"], kind="stable")][["case", "kind", "time", "queue"]].tolist()
    parts = Counter[int]()
    for (case, kind, time, _), (other, _, entered, queue) in pairwise([*rows, (NEVER, NEVER, NEVER, NEVER)]):
        if kind == EventKind.REFER:
            parts[case] += 1
            yield case, parts[case], time, *((queue, entered) if other == case else (NEVER, NEVER))
