"""Whether parties can come together: queues of one component, nobody who stands in for two, and whistles that lead there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.engine.check_courses import end_of, entries
from sim.engine.events import NEVER, Role
from sim.engine.plan import Plan


def check_parties(plan: Plan) -> None:
    """Raise ValueError for a party whose members could never come together, or wait for each other; for a joint issue
    without a party; and for a joint stage to which another way leads than a whistle."""
    for row in range(len(plan["parties"])):
        _check_party(plan, row)
    lost = np.flatnonzero((plan["issues"]["joint"] != 0) & (plan["issues"]["party"] == NEVER))
    if lost.size:
        raise ValueError(f"plan.issues[{lost[0]}].joint: expected a party that it takes, got none")
    _check_ways(plan)


def _check_party(plan: Plan, row: int) -> None:
    first, count = plan["parties"][row].tolist()
    members = plan["party_members"][first : first + count]
    queues = members["queue"].tolist()
    if len(set(plan["queues"]["component"][queues].tolist())) > 1:
        raise ValueError(f"plan.parties[{row}]: expected queues of one component, got {queues}")
    if members["no_show"][0]:
        raise ValueError(f"plan.parties[{row}]: expected a leader who comes, got no_show = {members['no_show'][0]}")
    servers = [server for queue in queues for server in _servers(plan, queue)]
    if len(servers) > len(set(servers)):
        raise ValueError(f"plan.parties[{row}]: expected servers of one of its queues only, got one that serves two")


def _servers(plan: Plan, queue: int) -> list[int]:
    row = plan["queues"][queue]
    links = plan["queue_links"]["link"][row["first_link"] : row["first_link"] + row["links"]]
    served: list[int] = plan["server_links"]["server"][links].tolist()
    return served


def _check_ways(plan: Plan) -> None:
    """Whistles lead to joint stages, by desks and waits; nothing else does."""
    role = plan["stages"]["role"]
    for row in np.flatnonzero(plan["stages"]["whistle"] != NEVER).tolist():
        stage = int(plan["stages"]["whistle"][row])
        last = end_of(plan, stage, NEVER)
        if last == NEVER or role[last] != Role.JOINT:
            raise ValueError(f"plan.stages[{row}].whistle: expected desks that lead to a joint stage, got {stage}")
    for where, last in _ends(plan) if (role == Role.JOINT).any() else ():
        if role[last] == Role.JOINT:
            raise ValueError(f"plan.{where}: expected a stage other than a joint one, to which only a whistle leads")


def _ends(plan: Plan) -> Iterator[tuple[str, int]]:
    """Where cases enter, and the stage to which desks and waits bring them."""
    for where, stage, target in entries(plan):
        yield where, end_of(plan, stage, target)
