"""Whether cases get on: nothing passes them round in a ring, looks can be answered, and declining has an end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.engine.events import NEVER, Role, State
from sim.engine.plan import MILLION, Plan

_PASSING = (Role.DESK, Role.WAIT)

#: column that asks for a look → the states that it may look at (``decline`` and ``feign``: all)
_STATES = {
    ("marks", "look"): (State.ALWAYS, State.LIMIT, State.QUEUE, State.SINCE),
    ("categories", "field_look"): (State.ALWAYS, State.LIMIT, State.SINCE),
    ("servers", "suppress"): (State.ALWAYS, State.QUEUE, State.BACKLOG, State.SINCE),
}


def check_courses(plan: Plan) -> None:
    """Raise ValueError for desks and waits that lead nowhere, a look that cannot be answered, or a decline without an end."""
    _check_passing(plan)
    _check_skips(plan)
    _check_buckets(plan)
    _check_states(plan)
    _check_declines(plan)


def _check_passing(plan: Plan) -> None:
    """From wherever a case enters, desks and waits must bring it to a level or a check, not round in a ring."""
    for where, stage, target in entries(plan):
        if end_of(plan, stage, target) == NEVER:
            raise ValueError(f"plan.{where}: expected a stage from which cases come to a level or a check, got {stage}")


def entries(plan: Plan) -> Iterator[tuple[str, int, int]]:
    """Where cases enter: the field that says so, the stage, and the target they have there."""
    stages, hops = plan["stages"], plan["hops"]
    per_stage = len(hops) // max(1, len(stages))
    handling = np.repeat(np.isin(stages["role"], (Role.HANDLE, Role.JOINT)), per_stage)
    for table, column, rows in (
        ("hops", "up", handling & (hops["up"] != NEVER)),
        ("categories", "field_stage", plan["categories"]["field_stage"] != NEVER),
        ("categories", "paper_stage", plan["categories"]["paper_stage"] != NEVER),
    ):
        for row in np.flatnonzero(rows).tolist():
            stage = int(plan[table][column][row])
            yield f"{table}[{row}].{column}", stage, stage
    for row in np.flatnonzero((stages["role"] == Role.HANDLE) & (stages["back"] != NEVER)).tolist():
        yield f"stages[{row}].back", int(stages["back"][row]), row
    issues = plan["issues"]
    for column, target in (("report_stage", "report_target"), ("notice_stage", "notice_stage")):
        pairs = issues[column].astype("i8") * len(stages) + issues[target]
        for pair in np.flatnonzero(np.bincount(pairs)).tolist():
            yield f"issues[{np.argmax(pairs == pair)}].{column}", *divmod(pair, len(stages))


def end_of(plan: Plan, stage: int, target: int) -> int:
    """The stage to which desks and waits pass a case with this target (NEVER: without one); NEVER if they pass it round in a ring, or nowhere."""
    role, onward, seen = plan["stages"]["role"].tolist(), plan["stages"]["next"].tolist(), set[int]()
    while stage != NEVER and role[stage] in _PASSING:
        if stage in seen:
            return NEVER
        seen.add(stage)
        stage = target if onward[stage] == NEVER else onward[stage]
    return stage


def _check_skips(plan: Plan) -> None:
    """Levels at which an issue has no queue lead up within a second: that must come to an end."""
    stages, issues, categories = plan["stages"], plan["issues"], len(plan["categories"])
    up = plan["hops"]["up"].reshape(len(stages), categories)
    for category in range(categories):
        for ring in _rings(np.where(stages["role"] == Role.HANDLE, up[:, category], NEVER)):
            mine = np.flatnonzero(issues["category"] == category)
            lost = mine[(plan["route"][np.ix_(mine, stages["way"][ring])] == NEVER).all(axis=1)]
            if lost.size:
                raise ValueError(f"plan.route[{lost[0]}]: expected a queue at one of the stages {ring}, got none")


def _rings(up: np.ndarray) -> Iterator[list[int]]:
    """The rings in which stages lead up to each other, each from its lowest number on."""
    for first in range(len(up)):
        ring, stage = [first], int(up[first])
        while stage > first and stage not in ring:
            ring.append(stage)
            stage = int(up[stage])
        if stage == first:
            yield ring


def _check_buckets(plan: Plan) -> None:
    for look, (first, count) in enumerate(plan["looks"][["first_bucket", "buckets"]].tolist()):
        least = plan["buckets"]["least"][first : first + count]
        if (least[1:] <= least[:-1]).any():
            raise ValueError(f"plan.looks[{look}]: expected buckets in ascending order, got {least.tolist()}")


def _check_states(plan: Plan) -> None:
    """Where nobody works on the case there is no backlog, where it has just been settled no queue, and where there is none yet no limit."""
    for (table, column), known in _STATES.items():
        asked = np.flatnonzero(plan[table][column] != NEVER)
        states = plan["looks"]["state"][plan[table][column][asked]]
        bad = np.flatnonzero(~np.isin(states, known))
        if bad.size:
            names, got = ", ".join(state.name for state in known), State(states[bad[0]]).name
            raise ValueError(f"plan.{table}[{asked[bad[0]]}].{column}: expected a look at {names}, got {got}")


def _check_declines(plan: Plan) -> None:
    """A level above which there is none cannot pass a case up; a case that is returned must not be returned for ever."""
    hops, looks, chance = plan["hops"], plan["looks"], plan["buckets"]["chance"]
    for row in np.flatnonzero(hops["decline"] != NEVER).tolist():
        hop, look = hops[row], looks[hops[row]["decline"]]
        if not hop["declined"] and hop["up"] == NEVER:
            raise ValueError(f"plan.hops[{row}].decline: expected a level above to pass the case to, got up = -1")
        first, end = int(look["first_bucket"]), int(look["first_bucket"] + look["buckets"])
        if hop["declined"] and (chance[first:end] >= MILLION).any():
            raise ValueError(
                f"plan.hops[{row}].decline: expected chances below 1000000, got {chance[first:end].tolist()}"
            )
