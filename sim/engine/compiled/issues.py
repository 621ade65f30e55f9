"""Chapter 3: issues are reported by people or noticed by gridworkers."""

from __future__ import annotations

import numpy as np

from sim.engine.compiled import cases, looks
from sim.engine.compiled.agenda import NOTHING, REPORT_AGAIN, add_arrival, later
from sim.engine.compiled.chance import scaled
from sim.engine.compiled.memory import FAR, ISSUE, PLACE, RESULT, STAFF, STANDING, WATCH, WORD, World, handler, inlined
from sim.engine.compiled.records import day_at, tell
from sim.engine.compiled.rows import at, prefetch
from sim.engine.events import NEVER, EventKind, Phase, Source

VISIT_CHANNEL, PATROL_CHANNEL = 0, 1
WATCH_SIZE = WATCH.itemsize
SOURCE_BITS, FINDER_BITS = 2, 31  # of an arrival: issue, then source, then server
FINDER_MASK, SOURCE_MASK = (1 << FINDER_BITS) - 1, (1 << SOURCE_BITS) - 1


@inlined
def expect(w: World, issue: int, source: int, server: int) -> None:
    """A notice or a report of this instant, in the order of issue, source, server."""
    add_arrival(w, (((np.int64(issue) << SOURCE_BITS) | source) << FINDER_BITS) | server)


@inlined
def arrive(w: World, key: int) -> None:
    """A notice or a report."""
    issue, source = key >> (SOURCE_BITS + FINDER_BITS), (key >> FINDER_BITS) & SOURCE_MASK
    if source == Source.REPORT:
        report(w, issue)
    else:
        notice(w, issue, source, key & FINDER_MASK)


@inlined
def gone(w: World, issue: int) -> bool:
    """Truly resolved, or gone by itself, by now."""
    return at(w.results, issue, RESULT).resolved != NEVER or 0 <= at(w.issues, issue, ISSUE).clear <= w.now


@inlined
def worsened(w: World, issue: int) -> bool:
    """Is it past the instant at which it worsens?"""
    return 0 <= at(w.issues, issue, ISSUE).worsen <= w.now


@inlined
def report(w: World, issue: int) -> None:
    """Somebody reports an issue: a first case, a repeat, or a duplicate of an open one."""
    row = at(w.issues, issue, ISSUE)
    if row.valid and gone(w, issue):
        return
    if at(w.standing, issue, STANDING).open:
        source = Source.DUPLICATE
    elif at(w.results, issue, RESULT).cases > 0:
        source = Source.REPEAT
    else:
        source = Source.REPORT
    job = cases.open_case(w, issue, source, row.channel, NEVER)
    tell(w, Phase.ARRIVAL, EventKind.REPORT, job, NEVER, NEVER)
    cases.enter(w, job, row.report_stage, row.report_target)


@handler
def report_later(w: World, issue: int, delay: int) -> None:
    """Somebody will report an issue again after ``delay`` seconds."""
    later(w, w.now + delay, REPORT_AGAIN, issue, issue)


@inlined
def look_ahead(w: World, building: int) -> None:
    """What can be noticed in the shared space of a building is far away: ask for it now."""
    here = at(w.spaces, building, PLACE)
    if here.first < here.arisen:
        prefetch(w.watch, here.first, WATCH_SIZE)
        prefetch(w.watch, here.first + 1, WATCH_SIZE)


@inlined
def look(w: World, server: int, places: int, place: int, source: int) -> None:
    """A visit to a household (a row of ``w.places``) or a pass of a building's shared space (of ``w.spaces``) has come to its end."""
    now, here = w.now, at(places, place, PLACE)
    if here.next_onset <= now:
        _arise(w, places, place)
    if here.first == here.arisen:
        return
    any_gone, skill = False, at(w.staff, server, STAFF).skill
    for k in range(here.first, here.arisen):
        seen = at(w.watch, k, WATCH)
        if 0 <= seen.clear <= now:
            any_gone = True
        else:
            seen.missing -= scaled(seen.hazard, skill)
            if seen.missing <= 0:
                expect(w, seen.issue, source, server)
    if any_gone:
        _forget_gone(w, places, place)


@handler
def _arise(w: World, places: int, place: int) -> None:
    """Issues have arisen at a place since somebody looked last."""
    here = at(places, place, PLACE)
    while here.next_onset <= w.now:
        here.arisen += 1
        here.next_onset = _onset(w, here.arisen) if here.arisen < here.end else NOTHING


@inlined
def _onset(w: World, k: int) -> int:
    return at(w.issues, at(w.watch, k, WATCH).issue, ISSUE).onset


@handler
def _forget_gone(w: World, places: int, place: int) -> None:
    """Close the gaps that issues leave which are gone, towards the end of what has arisen at ``place``."""
    here = at(places, place, PLACE)
    free = here.arisen - 1
    for k in range(here.arisen - 1, here.first - 1, -1):
        row = at(w.watch, k, WATCH)
        if 0 <= row.clear <= w.now:
            at(w.watch_of, row.issue, WORD).value = NEVER
        else:
            kept = at(w.watch, free, WATCH)
            kept.missing, kept.hazard, kept.clear, kept.issue = row.missing, row.hazard, row.clear, row.issue
            at(w.watch_of, row.issue, WORD).value = free
            free -= 1
    here.first = free + 1


@inlined
def overlook(w: World, issue: int) -> None:
    """A case is open on an issue: those who come by have nothing to notice."""
    if w.watched:
        k = at(w.watch_of, issue, WORD).value
        if k != NEVER:
            at(w.watch, k, WATCH).missing = FAR


@inlined
def watch_again(w: World, issue: int) -> None:
    """No case is open on an issue any more; exposure starts anew."""
    if w.watched:
        k = at(w.watch_of, issue, WORD).value
        if k != NEVER:
            at(w.watch, k, WATCH).missing = at(w.issues, issue, ISSUE).threshold


@inlined
def forget(w: World, issue: int) -> None:
    """An issue is gone: whoever comes by next forgets it."""
    if w.watched:
        k = at(w.watch_of, issue, WORD).value
        if k != NEVER:
            at(w.watch, k, WATCH).clear = 0


@inlined
def notice(w: World, issue: int, source: int, server: int) -> None:
    """A gridworker notices an issue: a case, unless another has opened one in this instant, or it is kept quiet."""
    if at(w.standing, issue, STANDING).open:
        return
    if w.has_courses and looks.suppresses(w, issue, server):
        watch_again(w, issue)
        day_at(w, server, w.now).suppressed += 1
        return
    channel = VISIT_CHANNEL if source == Source.VISIT else PATROL_CHANNEL
    job = cases.open_case(w, issue, source, channel, server)
    tell(w, Phase.ARRIVAL, EventKind.NOTICE, job, NEVER, server)
    day_at(w, server, w.now).noticed += 1
    if w.has_courses:
        cases.found_by(w, job, server)
    stage = at(w.issues, issue, ISSUE).notice_stage
    cases.enter(w, job, stage, stage)
