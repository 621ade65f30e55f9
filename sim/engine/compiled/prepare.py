"""What a run begins with: nothing has happened to any issue, and at each place lies what may be noticed there."""

from __future__ import annotations

from sim.engine.compiled.agenda import NOTHING, ROW_MASK
from sim.engine.compiled.memory import (
    CATEGORY,
    ISSUE,
    LONG,
    LONG_TIME,
    PLACE,
    RESULT,
    STANDING,
    WATCH,
    WORD,
    World,
    handler,
)
from sim.engine.compiled.rows import at
from sim.engine.events import NEVER


@handler
def prepare(w: World) -> None:
    """Fill ``results``, ``standing``, ``watch`` and ``places`` of the world."""
    for k in range(w.issues_count):
        result, standing = at(w.results, k, RESULT), at(w.standing, k, STANDING)
        result.known = result.resolved = result.resolved_level = NEVER
        result.cases = 0
        standing.open, standing.misroutes, standing.disposals, standing.closures = 0, 0, 0, 0
    if w.watched > 0:
        _gather_watch(w)


@handler
def _gather_watch(w: World) -> None:
    """The noticeable issues by place and, at a place, by onset."""
    for k in range(w.issues_count):
        at(w.watch_of, k, WORD).value = NEVER
    for k in range(w.watched):
        _place_of(w, at(w.noticeable, k, LONG).value & ROW_MASK).end += 1
    end = _lay_out(w.spaces, w.buildings_count, 0)
    _lay_out(w.places, w.places_count, end)
    for k in range(w.watched):
        _watch(w, at(w.noticeable, k, LONG).value & ROW_MASK)


@handler
def _watch(w: World, k: int) -> None:
    issue, place = at(w.issues, k, ISSUE), _place_of(w, k)
    category, row = at(w.categories, issue.category, CATEGORY), at(w.watch, place.end, WATCH)
    row.missing, row.issue = issue.threshold, k
    row.hazard = category.patrol_hazard if issue.unit == 0 else category.visit_hazard
    row.clear = min(issue.clear, LONG_TIME)
    at(w.watch_of, k, WORD).value = place.end
    if place.end == place.first:
        place.next_onset = issue.onset
    place.end += 1


@handler
def _place_of(w: World, issue: int) -> World:
    """Where an issue can be noticed: the shared space of a building, or a household."""
    row = at(w.issues, issue, ISSUE)
    return at(w.spaces, row.building, PLACE) if row.unit == 0 else at(w.places, row.place, PLACE)


@handler
def _lay_out(places: int, count: int, begin: int) -> int:
    """Give each place its rows of ``watch``, of which it has ``end`` so far, from ``begin`` on; returns where they end."""
    for k in range(count):
        place = at(places, k, PLACE)
        place.first, place.arisen, begin = begin, begin, begin + place.end
        place.end, place.next_onset = place.first, NOTHING
    return begin
