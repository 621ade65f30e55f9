"""make_plan: what is decided before the run — world, demand and policy — laid out as the tables of the Plan."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sim.engine.events import NEVER
from sim.engine.make_plan.classes import classes, preempts
from sim.engine.make_plan.clocks import Clocks
from sim.engine.make_plan.days import Days
from sim.engine.make_plan.fill import Ints, fill
from sim.engine.make_plan.issues import issues, routes
from sim.engine.make_plan.people import Links, Queues, Servers
from sim.engine.make_plan.stages import Stages, categories, limits
from sim.engine.plan import MILLION, Plan, freeze
from sim.model.demand import Demand
from sim.model.period import PeriodSpec
from sim.model.policies import Misfit, Policy
from sim.model.policies.grids import Grids
from sim.model.policies.setting import settle_in
from sim.model.spec import Title
from sim.model.world import World

__all__ = ["make_plan"]


def make_plan(world: World, demand: Demand, policy: Policy, *, period: PeriodSpec) -> Plan:
    """Everything an engine needs to run ``demand`` in ``world`` under ``policy``.

    The same arguments give the same Plan. Raises Misfit if a part of the policy contradicts the demand or another part, or
    does not fit the world; ValueError if the demand is not of the ``period``, or a part gives an answer that is none.
    """
    if (demand.start, demand.days) != (period.start, period.days):
        got = f"{demand.days} days from {demand.start}"
        raise ValueError(f"demand: expected {period.days} days from {period.start}, got {got}")
    for fault in policy.contradictions(demand.spec):
        raise Misfit(fault)
    grids, staff = settle_in(policy, world, demand.spec)
    clocks = Clocks.of(policy, period.start, days=period.days)
    stages = Stages.of(policy)
    queues = Queues.of(policy.tiers, world, grids)
    servers = Servers.of(policy, world, grids, staff=staff, clocks=clocks)
    links = Links.of(staff, queues, servers)
    day = policy.rounds.day(world, staff)
    days = Days.of(
        world,
        demand,
        staff,
        community=grids.community[staff.grid],
        day=day,
        open_seconds=clocks.open_by_day(policy.staffing.shift, days=period.days),
        absence=policy.staffing.absence,
    )
    known = demand.known()
    view = policy.dispatch.view(known)
    tables = {
        "issues": issues(policy, world, demand, known=known, stages=stages, day=day),
        "categories": categories(policy, demand.spec, stages),
        "limits": limits(policy, demand.spec, clocks),
        "stages": stages.table(clocks),
        "hops": stages.hops(demand.spec, clocks),
        "queues": queues.table(links, policy.dispatch),
        "servers": servers.table(policy, links, days.columns),
        "server_links": links.table,
        "queue_links": links.by_queue(),
        "classes": classes(day),
        "buildings": _buildings(world, demand, grids),
        **clocks.tables(),
        **days.tables,
    }
    arrays = {
        "work": demand.work,
        "route": routes(policy.tiers, world, demand, grids=grids, queues=queues),
        "admin": days.admin,
        "preempts": preempts(day, policy.dispatch),
        "exponential": exponential(),
        "features": np.zeros((len(known), 0), np.int64) if view is None else view,
    }
    names = labels(world, demand, policy, grids)
    for part in (*tables.values(), *arrays.values()):
        part.flags.writeable = False  # given away: no copy of it need be made
    return freeze(tables, arrays, _rules(policy, period), period.start, policy.dispatch.scoring(), names)


def _rules(policy: Policy, period: PeriodSpec) -> dict[str, int]:
    handover = policy.escalation.handover()
    return {
        "horizon": period.horizon,
        "warm_up": period.warm_up,
        "rebind_after": NEVER if handover.rebind_after is None else handover.rebind_after,
        "handover_loss": handover.loss,
    }


def _buildings(world: World, demand: Demand, grids: Grids) -> np.ndarray:
    """The table ``buildings``, with the luck of this replication."""
    names = ("x", "y", "first_place", "households", "answer")
    columns = {name: world.buildings[name] for name in names}
    columns |= {"luck": demand.building_luck(world.buildings["luck"]), "grid": grids.of_building}
    return fill("buildings", len(world.buildings), columns)


def exponential() -> Ints:
    """The array ``exponential``: quantiles of the unit exponential law, in millionths."""
    return np.rint(-MILLION * np.log1p(-(np.arange(1024) + 0.5) / 1024)).astype(np.int64)


def labels(world: World, demand: Demand, policy: Policy, grids: Grids) -> dict[str, object]:
    """What the rows of the Plan are called: ids as the user wrote them, titles as {"zh", "en"}."""
    named: tuple[tuple[str, str, Iterable[tuple[str, Title]]], ...] = (
        ("category", "categories", ((category.id, category.title) for category in demand.spec.categories)),
        ("channel", "channels", ((channel.id, channel.title) for channel in demand.spec.all_channels)),
        ("street", "streets", zip(world.street_ids, world.street_titles, strict=True)),
        ("community", "communities", zip(world.community_ids, world.community_titles, strict=True)),
        ("department", "departments", ((department.id, department.title) for department in policy.tiers.departments)),
    )
    names: dict[str, object] = {}
    for one, many, rows in named:
        pairs = list(rows)
        names[many], names[f"{one}_titles"] = [id for id, _ in pairs], [title.model_dump() for _, title in pairs]
    return {
        **names,
        "community_street": world.communities["street"].astype(np.int64),
        "grid_community": grids.community,
        "grid_households": grids.households,
        "building_community": world.buildings["community"].astype(np.int64),
        "building_kind": world.buildings["kind"].astype(np.int64),
        "propensity": world.communities["propensity"].astype(np.int64),
    }
