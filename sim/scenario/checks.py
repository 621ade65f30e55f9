"""What contradicts between the sections of a scenario, each of which is sound by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from sim.model.calendars import check_holidays
from sim.model.demand_spec import DemandSpec
from sim.model.meetings import Meetings, days_held
from sim.model.period import PeriodSpec
from sim.model.policies.policy import Policy
from sim.model.shifts import Shifts
from sim.model.spec import Fault
from sim.model.surges import unknown_streets
from sim.model.windows import FirstDay, standing_in
from sim.model.world import World, build_world
from sim.scenario.own_parts import breaches, culprit
from sim.scenario.problems import Problem
from sim.scenario.reading import Node
from sim.scenario.sizes import size_of
from sim.scenario.wording import fault_problem, problem_at


def contradictions(sections: Mapping[str, Any], tree: Node) -> list[Problem]:
    """What contradicts between ``sections`` (those that are sound), each at its place in ``tree``."""
    period, demand, policy = (sections.get(name) for name in ("period", "demand", "policy"))
    problems = list(_unknown_holidays(period, demand, policy, tree)) if period else []
    problems += _windows_outside(period, {"demand": demand, "policy": policy}, tree) if period else []
    problems += _meetings_outside(period, policy, tree) if period and policy else []
    if period and demand and policy and "world" in sections and not problems:
        problems += _unfit_world(build_world(sections["world"]), demand, policy, period, tree)
    if demand and policy:
        problems += _faults(lambda: policy.contradictions(demand), policy, tree)
    return problems


def _unfit_world(world: World, demand: DemandSpec, policy: Policy, period: PeriodSpec, tree: Node) -> list[Problem]:
    """What cannot be done in ``world``: a run that is too large, a policy that does not fit, a part that fails in it."""
    if unknown := list(unknown_streets(demand.surges, world)):
        return [fault_problem(Fault(("demand", *fault.where), fault.expected, fault.got), tree) for fault in unknown]
    if too_large := size_of(world, demand, policy, period=period).too_large:
        return [problem_at(("demand", "categories"), too_large, tree)]
    if misfits := _faults(lambda: policy.misfits(world, demand), policy, tree):
        return misfits
    return [problem_at(where, message, tree) for where, message in breaches(policy, world, demand, period)]


def _faults(find: Callable[[], list[Fault]], policy: Policy, tree: Node) -> list[Problem]:
    """The faults that ``find`` finds, or how a part of the user's own fails at it."""
    try:
        return [fault_problem(fault, tree) for fault in find()]
    except Exception as error:
        blame = culprit(policy, error)
        if blame is None:
            raise
        return [problem_at(*blame, tree)]


def _unknown_holidays(
    period: PeriodSpec, demand: DemandSpec | None, policy: Policy | None, tree: Node
) -> Iterator[Problem]:
    """Years whose public holidays are needed and not known: by profiles, from the history on, or by shifts."""
    if demand is not None and any(profile.holiday is not None for profile in demand.profiles.values()):
        first, days = period.first_day, period.drawn_days
    elif policy is not None and any(shifts.uses_holidays for shifts in _shifts(policy)):
        first, days = period.start, period.days
    else:
        return
    try:
        check_holidays(first, days)
    except ValueError as error:
        yield problem_at(("period", "start"), str(error), tree)


def _windows_outside(period: PeriodSpec, sections: Mapping[str, object], tree: Node) -> Iterator[Problem]:
    """Windows of surges, helpers and absences that do not begin within the period."""
    last = period.start + timedelta(days=period.days - 1)
    for section, spec in sections.items():
        for where, first in standing_in(FirstDay, spec, (section,)):
            if not 0 <= first.number(period.start) < period.days:
                wanted = f"a day of the period, from {period.start} (0 d) to {last} ({period.days - 1} d)"
                yield fault_problem(Fault(where, wanted, str(first)), tree)


def _meetings_outside(period: PeriodSpec, policy: Policy, tree: Node) -> Iterator[Problem]:
    """Meetings none of which is held within the period: what waits for them would wait for ever."""
    for where, meetings in standing_in(Meetings, policy, ("policy",)):
        if not any(day < period.days for day in days_held(meetings, period.start, days=period.days)):
            wanted = f"meetings of which one at least is held within the {period.days} d of the period"
            yield fault_problem(Fault(where, wanted, str(meetings)), tree)


def _shifts(value: object) -> Iterator[Shifts]:
    """The shifts of a policy, wherever they stand in it."""
    if isinstance(value, Shifts):
        yield value
    elif isinstance(value, BaseModel):
        for _, inner in value:
            yield from _shifts(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from _shifts(inner)
