"""What is laid out before a run: the Plan's reports in order, and by place what may be noticed there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from sim.engine.compiled.agenda import NOTHING
from sim.engine.compiled.issues import LATENT
from sim.engine.compiled.memory import CATEGORY, ISSUE, PLACE, RESULT, STANDING, WATCH, WORD, World, at, handler
from sim.engine.compiled.records import unseen_time
from sim.engine.events import NEVER

DIGIT = 12  # bits a pass of the sort
plain: Any = njit(nogil=True, error_model="numpy")


@handler
def prepare(w: World, reports: np.ndarray, noticeable: np.ndarray, unseen: np.ndarray) -> None:
    """Fill ``reports``, ``unseen``, ``watch`` and ``places`` of the world; ``noticeable``: room for the issues that can be noticed."""
    for k in range(w.issues_count):
        result, standing = at(w.results, k, RESULT), at(w.standing, k, STANDING)
        result.known = result.resolved = result.resolved_level = NEVER
        result.cases = 0
        standing.open, standing.misroutes, standing.disposals, standing.closures = 0, 0, 0, 0
    w.reports_count = _reports(w, reports)
    if w.watched:
        _gather_watch(w, noticeable)
    if w.wants_events:
        w.unseen_count = _unseen(w, unseen)


@handler
def _reports(w: World, rows: np.ndarray) -> int:
    """The reports that come before the horizon, by time, then issue: rows of the first reports, then of the duplicates."""
    count, sorted_so_far, last = 0, True, np.int64(NEVER)
    for k in range(w.issues_count):
        issue = at(w.issues, k, ISSUE)
        for time, row in ((issue.report, k), (issue.duplicate, w.issues_count + k)):
            if time != NEVER and time < w.horizon:
                rows[count] = row
                sorted_so_far = sorted_so_far and time >= last
                last = time
                count += 1
    if not sorted_so_far:
        _sort_reports(w, rows, count)
    return count


@handler
def _sort_reports(w: World, rows: np.ndarray, count: int) -> None:
    keys = np.empty(count, np.int64)
    for k in range(count):
        row = np.int64(rows[k])
        if row < w.issues_count:
            keys[k] = at(w.issues, row, ISSUE).report
        else:
            keys[k] = at(w.issues, row - w.issues_count, ISSUE).duplicate
    sort_rows(keys, rows[:count])


@handler
def _unseen(w: World, rows: np.ndarray) -> int:
    """Onsets in the run and goings away before the horizon, by time, then onsets before the others, then issue."""
    count, keys = 0, np.empty(len(rows), np.int64)
    for k in range(2 * w.issues_count):
        issue, time = at(w.issues, k if k < w.issues_count else k - w.issues_count, ISSUE), unseen_time(w, k)
        if issue.valid and 0 <= time < w.horizon:
            rows[count], keys[count] = k, time
            count += 1
    sort_rows(keys[:count], rows[:count])
    return count


@plain
def sort_rows(keys: np.ndarray, rows: np.ndarray) -> None:
    """Sort ``rows`` by their ``keys`` >= 0, those of equal keys as they were (digit by digit; ``keys`` is used up)."""
    count = len(keys)
    other_keys, other_rows = np.empty_like(keys), np.empty_like(rows)
    largest = keys.max() if count else np.int64(0)
    shift = 0
    while largest >> shift > 0:
        starts = np.zeros((1 << DIGIT) + 1, np.int64)
        for key in keys:
            starts[((key >> shift) & ((1 << DIGIT) - 1)) + 1] += 1
        for k in range(1 << DIGIT):
            starts[k + 1] += starts[k]
        for k in range(count):
            digit = (keys[k] >> shift) & ((1 << DIGIT) - 1)
            other_keys[starts[digit]] = keys[k]
            other_rows[starts[digit]] = rows[k]
            starts[digit] += 1
        keys[:] = other_keys
        rows[:] = other_rows
        shift += DIGIT


@handler
def hazard(w: World, issue: int) -> int:
    """The notice hazard of an issue for those who come by; 0: it cannot be noticed."""
    row = at(w.issues, issue, ISSUE)
    if not row.valid:
        return 0
    category = at(w.categories, row.category, CATEGORY)
    return category.patrol_hazard if row.unit == 0 else category.visit_hazard


@handler
def count_noticeable(w: World) -> int:
    """How many issues can be noticed by somebody."""
    count = 0
    for k in range(w.issues_count):
        if hazard(w, k) != 0:
            count += 1
    return count


@handler
def _gather_watch(w: World, order: np.ndarray) -> None:
    """The noticeable issues by place and, at a place, by onset."""
    _order_by_onset(w, order)
    for k in order:
        _place_of(w, k).end += 1
    end = _lay_out(w.spaces, w.buildings_count, 0)
    _lay_out(w.places, w.places_count, end)
    for k in order:
        issue, place = at(w.issues, k, ISSUE), _place_of(w, k)
        row = at(w.watch, place.end, WATCH)
        row.onset, row.clear, row.threshold, row.exposure = issue.onset, issue.clear, issue.threshold, 0
        row.hazard, row.issue, row.standing = hazard(w, k), k, LATENT
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


@handler
def _order_by_onset(w: World, order: np.ndarray) -> None:
    """Fill ``order`` with the noticeable issues by onset, then row."""
    count, earliest, in_order, last = 0, np.int64(0), True, np.int64(np.iinfo(np.int64).min)
    for k in range(w.issues_count):
        at(w.watch_of, k, WORD).value = NEVER
        if hazard(w, k) != 0:
            onset = at(w.issues, k, ISSUE).onset
            order[count] = k
            count += 1
            earliest, in_order, last = min(earliest, onset), in_order and onset >= last, onset
    if not in_order:
        keys = np.empty(count, np.int64)
        for k in range(count):
            keys[k] = at(w.issues, order[k], ISSUE).onset - earliest
        sort_rows(keys, order)
