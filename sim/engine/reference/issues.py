"""Chapter 3: issues are reported by people or noticed by gridworkers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.engine.events import NEVER, EventKind, Phase, Source
from sim.engine.reference import cases, looks
from sim.engine.reference.chance import scaled
from sim.engine.reference.organisation import Server
from sim.engine.reference.run import Run
from sim.engine.reference.state import Issue

VISIT_CHANNEL, PATROL_CHANNEL = 0, 1


def expect_reports(run: Run) -> None:
    """Lay the reports of the Plan, in the order of time and issue, one after the other on the agenda."""
    table = run.plan["issues"]
    times = np.concatenate([table["report"], table["duplicate"]])
    ids = np.tile(np.arange(len(table)), 2)
    due = (times != NEVER) & (times < run.horizon)
    order = np.lexsort((ids[due], times[due]))
    _expect_next(run, iter(zip(times[due][order].tolist(), ids[due][order].tolist(), strict=True)))


def _expect_next(run: Run, reports: Iterator[tuple[int, int]]) -> None:
    if upcoming := next(reports, None):
        time, id = upcoming

        def arrive(_: object) -> None:
            _expect_next(run, reports)
            report(run, id)

        run.at(time, _arrival(id, Source.REPORT), arrive)


def _arrival(issue: int, source: Source, server: int = NEVER) -> tuple[int, ...]:
    return (Phase.ARRIVAL, issue, source, server)


def report(run: Run, id: int) -> None:
    """Somebody reports an issue: a first case, a repeat, or a duplicate of an open one."""
    issue = run.issue(id)
    if issue.valid and issue.gone(run.now):
        return
    if issue.open_case is not None:
        source = Source.DUPLICATE
    else:
        source = Source.REPEAT if issue.cases else Source.REPORT
    case = cases.open_case(run, issue, source=source, channel=issue.channel, finder=NEVER)
    run.tell(Phase.ARRIVAL, EventKind.REPORT, case)
    cases.enter(run, case, stage=issue.report_stage, target=issue.report_target)


def report_later(run: Run, issue: Issue, delay: int) -> None:
    """Somebody will report ``issue`` again after ``delay`` seconds."""
    run.at(run.now + delay, _arrival(issue.id, Source.REPORT), lambda _: report(run, issue.id))


def look(run: Run, server: Server, *, place: int, source: Source) -> None:
    """A visit to a household, or a patrol pass of a shared space, has come to its end at ``place``."""
    now, hazards, skill = run.now, run.hazards[source], server.row.skill
    if place not in run.arising:  # a household is visited, a shared space passed: never both
        run.arising[place], run.watched[place] = _noticeable(run, place, hazards), []
    arising, watched = run.arising[place], run.watched[place]
    while arising and arising[-1].onset <= now:
        watched.append(arising.pop())
    gone = False
    for issue in watched:
        if issue.resolved != NEVER or 0 <= issue.clear <= now:
            gone = True
        elif issue.open_case is None:
            issue.exposure += scaled(hazards[issue.category], skill)
            if issue.exposure >= issue.threshold:
                _notice_now(run, server, issue, source)
    if gone:
        run.watched[place] = [issue for issue in watched if not issue.gone(now)]


def _noticeable(run: Run, place: int, hazards: list[int]) -> list[Issue]:
    """The issues of ``place`` that can be noticed at all, the next to arise last."""
    return [issue for issue in run.issues_of(place) if issue.valid and hazards[issue.category]]


def _notice_now(run: Run, server: Server, issue: Issue, source: Source) -> None:
    run.at(run.now, _arrival(issue.id, source, server.id), lambda _: notice(run, server, issue, source))


def notice(run: Run, server: Server, issue: Issue, source: Source) -> None:
    """A gridworker notices an issue: a case, unless another has opened one in this instant, or it is kept quiet."""
    if issue.open_case is not None:
        return
    if looks.suppresses(run, issue, server):
        issue.exposure = 0
        run.recorder.day(server.id, run.now)["suppressed"] += 1
        return
    channel = VISIT_CHANNEL if source == Source.VISIT else PATROL_CHANNEL
    case = cases.open_case(run, issue, source=source, channel=channel, finder=server.id)
    if server.row.find_class != NEVER:
        case.raised = server.row.find_class
    run.tell(Phase.ARRIVAL, EventKind.NOTICE, case, server=server.id)
    run.recorder.day(server.id, run.now)["noticed"] += 1
    cases.enter(run, case, stage=issue.notice_stage, target=issue.notice_stage)
