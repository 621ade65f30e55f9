"""Who does the work: queues, the servers linked with them, and the components that both make up."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from heapq import heappop, heappush

import numpy as np

from sim.engine.events import NEVER
from sim.engine.plan import TABLES, Plan
from sim.engine.reference.state import Gathering, Item, Work


class Queue:
    """Cases that wait, first by (class, key, case)."""

    __slots__ = (
        "id",
        "level",
        "slope",
        "due_slope",
        "ease_slope",
        "component",
        "links",
        "first_peer",
        "peers",
        "waiting",
        "_heap",
        "_puts",
    )

    def __init__(self, id: int, row: np.void, component: Component) -> None:
        self.id = id
        self.level = int(row["level"])
        self.slope = int(row["slope"])
        self.due_slope = int(row["due_slope"])
        self.ease_slope = int(row["ease_slope"])
        self.first_peer = int(row["first_peer"])
        self.peers = int(row["peers"])
        self.component = component
        self.links: list[Link] = []
        self.waiting: dict[int, Item] = {}
        self._heap: list[tuple[int, int, int, int, Item]] = []  # what was taken out stays in it until it comes up
        self._puts = 0

    def put(self, item: Item) -> None:
        self.waiting[item.case.id] = item
        item.case.item = item
        self.component.filled.add(self.id)
        self._puts += 1
        heappush(self._heap, (item.klass, item.key, item.case.id, self._puts, item))

    def take(self, item: Item) -> None:
        """Take ``item`` out, wherever in the queue it stands."""
        del self.waiting[item.case.id]
        item.case.item = None
        if not self.waiting:
            self.component.filled.discard(self.id)

    def raise_class(self, item: Item, klass: int) -> None:
        """``item`` stays where it is, with its key, as one of the lower of both classes."""
        if klass < item.klass:
            self.take(item)
            self.put(replace(item, klass=klass))  # a new one: what the heap still has of the old one is void

    def first(self) -> Item:
        """The item first by (class, key, case), of a queue in which somebody waits."""
        heap = self._heap
        while self.waiting.get(heap[0][2]) is not heap[0][4]:
            heappop(heap)
        return heap[0][4]


class Server:
    """Somebody who works: a gridworker, an office, a crew."""

    __slots__ = (
        "id",
        "row",
        "component",
        "links",
        "building",
        "has_rounds",
        "on_shift",
        "work",
        "suspended",
        "absences",
        "day",
        "backlog",
        "visits_left",
        "patrol_left",
        "next_home",
        "next_leg",
        "away_since",
        "overtime_since",
        "kept",
        "reserved_since",
    )

    def __init__(self, id: int, row: ServerRow, component: Component) -> None:
        self.id = id
        self.row = row
        self.component = component
        self.links: list[Link] = []
        self.building = row.building
        self.has_rounds = row.admin != NEVER or bool(row.visit_quota) or bool(row.patrol_quota)
        self.on_shift = False
        self.work: Work | None = None
        self.suspended: list[Work] = []
        self.absences: list[tuple[int, int]] = []
        self.day = NEVER
        self.backlog = 0
        self.visits_left = 0
        self.patrol_left = 0
        self.next_home = row.home_offset
        self.next_leg = row.leg_offset
        self.away_since = 0
        self.overtime_since = NEVER
        self.kept: Gathering | None = None  # the joint case for which it is kept free
        self.reserved_since = NEVER


class ServerRow:
    """A row of ``plan.servers`` as plain numbers."""

    __slots__ = tuple(TABLES["servers"])
    level: int
    calendar: int
    building: int
    speed: int
    skill: int
    first_absence: int
    absences: int
    admin: int
    admin_piece: int
    admin_class: int
    visit_quota: int
    visit_answered: int
    visit_unanswered: int
    visit_class: int
    first_home: int
    homes: int
    home_offset: int
    patrol_quota: int
    patrol_class: int
    first_leg: int
    legs: int
    leg_offset: int
    find_class: int
    suppress: int

    def __init__(self, row: tuple[int, ...]) -> None:
        for name, value in zip(self.__slots__, row, strict=True):
            setattr(self, name, value)


@dataclass(slots=True, eq=False)
class Link:
    """That a server may serve a queue."""

    server: Server
    queue: Queue
    rank: int
    travel_factor: int
    work_factor: int


@dataclass(slots=True, eq=False)
class Component:
    """Queues and servers linked with each other; others do not concern them."""

    id: int
    servers: list[Server] = field(default_factory=list)
    queues: dict[int, Queue] = field(default_factory=dict)
    filled: set[int] = field(default_factory=set)  # ids of queues in which somebody waits
    gatherings: list[Gathering] = field(default_factory=list)  # joint cases that wait for their servers


def organisation(plan: Plan) -> tuple[list[Queue], list[Server]]:
    """The queues and servers of ``plan``, linked with each other and gathered in components."""
    components: dict[int, Component] = {}

    def component(id: int) -> Component:
        return components.setdefault(id, Component(id))

    queues = [Queue(k, row, component(int(row["component"]))) for k, row in enumerate(plan["queues"])]
    servers = [
        Server(k, ServerRow(row.item()), component(int(row["component"]))) for k, row in enumerate(plan["servers"])
    ]
    for queue in queues:
        queue.component.queues[queue.id] = queue
    for server in servers:
        server.component.servers.append(server)
        first = server.row.first_absence
        server.absences = [tuple(row.item()) for row in plan["absences"][first : first + server.row.absences]]
    links = [
        Link(servers[s], queues[q], rank, travel_factor, work_factor)
        for s, q, rank, travel_factor, work_factor in plan["server_links"].tolist()
    ]
    for link in links:
        link.server.links.append(link)
    for (k,) in plan["queue_links"].tolist():
        links[k].queue.links.append(links[k])
    return queues, servers
