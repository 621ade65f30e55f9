"""What a run is about: issues, their cases, places in queues, and the work that a server has in hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.engine.events import NEVER, Duty, Outcome
from sim.engine.plan import MILLION
from sim.engine.reference.agenda import Happening

if TYPE_CHECKING:
    from sim.engine.reference.organisation import Component, Queue, Server

UNRAISED = 127  # no class is so high


class Issue:
    """A row of ``plan.issues``, and what has become of it so far."""

    __slots__ = (
        "id", "onset", "clear", "worsen", "patience", "luck", "threshold", "building", "category", "channel", "valid",
        "severity", "worse_severity", "difficulty", "worse_difficulty", "klass", "worse_klass", "base", "worse_base",
        "report_stage", "report_target", "notice_stage", "party", "joint",
        "exposure", "open_case", "cases", "known", "resolved", "resolved_level", "misroutes", "disposals", "closures",
        "declines_asked", "feigns_asked", "marks_asked", "whistles_asked", "joint_entries",
        "suppressions_asked",
    )  # fmt: skip

    def __init__(self, id: int, row: tuple[int, ...]) -> None:
        self.id = id
        (
            self.onset, _report, _duplicate, self.clear, self.worsen, self.patience, self.luck, self.threshold,
            self.building, _place, _unit, self.category, self.channel, self.valid,
            self.severity, self.worse_severity, self.difficulty, self.worse_difficulty,
            self.klass, self.worse_klass, self.base, self.worse_base,
            self.report_stage, self.report_target, self.notice_stage, self.party, self.joint,
        ) = row  # fmt: skip
        self.exposure = 0
        self.open_case: Case | None = None
        self.cases = 0
        self.known = self.resolved = self.resolved_level = NEVER
        self.misroutes = self.disposals = self.closures = 0
        self.declines_asked = self.feigns_asked = self.marks_asked = self.whistles_asked = self.suppressions_asked = 0
        self.joint_entries = 0

    def gone(self, now: int) -> bool:
        """Truly resolved, or gone by itself, by ``now``."""
        return self.resolved != NEVER or 0 <= self.clear <= now

    def worsened(self, now: int) -> bool:
        """Is it past the instant at which it worsens?"""
        return 0 <= self.worsen <= now


class Case:
    """The record of an issue, and where it stands."""

    __slots__ = (
        "id", "issue", "source", "channel", "finder", "known", "filed", "dispatched", "started", "finished", "closed",
        "limit", "limit_original", "severity", "level", "hops", "returns", "reworks", "outcome",
        "accepted", "paused", "supervised", "postponed", "hangs", "hung", "declines", "feigned",
        "parts", "no_shows", "called", "signed", "contacted", "attended", "whistled",
        "stage", "target", "queue", "wrong_owner", "settled_stage", "served", "item", "raised", "hold_due",
        "mark", "mark_due", "stands_since", "left",
    )  # fmt: skip

    def __init__(self, id: int, issue: Issue, *, source: int, channel: int, finder: int, known: int) -> None:
        self.id = id
        self.issue = issue
        self.source = source
        self.channel = channel
        self.finder = finder
        self.known = known
        self.filed = self.dispatched = self.started = self.finished = self.closed = NEVER
        self.limit = self.limit_original = NEVER
        self.severity = issue.severity
        self.level = NEVER
        self.hops = self.returns = self.reworks = 0
        self.accepted = NEVER
        self.paused = self.supervised = self.postponed = self.hangs = self.declines = self.feigned = 0
        self.hung = False
        self.parts = self.no_shows = 0
        self.called = self.signed = self.contacted = self.attended = NEVER
        self.whistled = False
        self.outcome = int(Outcome.OPEN)
        self.stage = self.target = self.settled_stage = NEVER
        self.queue: Queue | None = None
        self.wrong_owner = False
        self.served = False
        self.item: Item | None = None  # its place in a queue, while it waits in one
        self.raised = UNRAISED  # the class to which it has been raised
        self.hold_due = NEVER
        self.mark = 0  # the next of its marks
        self.mark_due = NEVER
        self.stands_since = NEVER  # since when its limit stands still
        self.left = 0  # open seconds to its limit at that time


@dataclass(slots=True, eq=False)
class Item:
    """A case's place in a queue: ordered by class, key, case."""

    klass: int
    key: int
    since: int
    case: Case
    remaining: int = NEVER  # work left over from a server that did not come back; NEVER: not begun
    able: bool = False  # what was found at START, by that server or by who has it in hand: can this level settle it?
    declined: bool = False  # could it, and has not taken it on?
    feigned: bool = False  # could it, and only pretends?


@dataclass(slots=True, eq=False)
class Gathering:
    """A case at a joint stage: it waits in the list of a component for servers of all members called, or has them."""

    item: Item  # in no queue
    called: list[
        tuple[Queue, int]
    ]  # queue and share of the members called; the leader, with the shares of who stays away, first
    due: int  # from when on it is overdue; NEVER: it never is
    servers: list[Server] = field(default_factory=list)  # that are at it
    begun: int = NEVER  # start of the present stretch
    longest: int = 0  # travel of it

    @property
    def component(self) -> Component:
        return self.called[0][0].component


@dataclass(slots=True, eq=False)
class Work:
    """What a server has in hand, or has laid down: so much travel, then so much work."""

    duty: Duty
    klass: int
    building: int  # where it is done; NEVER: anywhere
    travel: int
    seconds: int
    item: Item | None = None
    queue: Queue | None = None
    answered: bool = False  # visit
    place: int = NEVER  # visit: the household
    leg: int = NEVER  # patrol
    travel_factor: int = MILLION
    gathering: Gathering | None = None  # a joint service: who else is at it
    begun: int = NEVER  # start of the present stretch
    day: dict[str, int] = field(init=False)  # the record in which the stretch is booked
    overtime: int = 0  # of the present stretch
    end: Happening | None = None

    @property
    def case_id(self) -> int:
        return self.item.case.id if self.item else NEVER
