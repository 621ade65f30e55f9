"""Parts of policy that the user has written: put to the proof before a run, and found out if they fail in one."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from sim.model.demand_spec import DemandSpec
from sim.model.period import PeriodSpec
from sim.model.policies import Live, Part, Policy
from sim.model.world import World
from sim.scenario.problems import FieldPath

OUR_MODULES = "sim."
TRIAL_DAYS = 7


def own_parts(policy: Policy) -> Iterator[tuple[FieldPath, str, Part]]:
    """Where in a scenario parts of the user's own stand, the module that each comes from, and the part."""
    for lever, part in policy.parts.items():
        if not type(part).__module__.startswith(OUR_MODULES):
            yield ("policy", lever), type(part).__module__, part
        elif isinstance(part, Live):
            yield ("policy", lever, "score"), part.score.partition(":")[0], part


def breaches(policy: Policy, world: World, demand: DemandSpec, period: PeriodSpec) -> Iterator[tuple[FieldPath, str]]:
    """Where parts of the user's own do not keep what parts must keep, and what that is, by some days of this demand."""
    parts = list(own_parts(policy))
    if not parts:
        return
    from sim.model.draw import draw_demand  # noqa: PLC0415  # needed for own parts alone
    from sim.model.policies.conformance import PolicyError, check_policy  # noqa: PLC0415

    some_days = PeriodSpec(start=period.start, days=min(period.days, TRIAL_DAYS))
    sample = draw_demand(demand, world, some_days, seed=1, replication=0)
    for where, _, part in parts:
        try:
            check_policy(part, world=world, demand=sample)
        except PolicyError as error:
            yield where, f"expected a part that keeps the rules of parts, got one that does not: {_in_one_line(error)}"


def own_code(policy: Policy) -> dict[str, bytes]:
    """The source of each module of the user's own that a policy names, by the import path that names it."""
    files = {
        part.score if isinstance(part, Live) else part.kind: getattr(sys.modules.get(module), "__file__", None)
        for _, module, part in own_parts(policy)
    }
    return {path: Path(file).read_bytes() for path, file in files.items() if file is not None}


def culprit(policy: Policy, error: BaseException) -> tuple[FieldPath, str] | None:
    """Where the part of the user's own stands in whose code ``error`` arose, and what to say; None if it is ours."""
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    trace = "\n".join([*files, *getattr(error, "__notes__", ())])  # notes tell of other processes
    for where, module, _ in own_parts(policy):
        file = getattr(sys.modules.get(module), "__file__", None)
        if file is not None and file in trace:
            return where, f"expected a part that works, got {type(error).__name__}: {_in_one_line(error)}"
    return None


def _in_one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
