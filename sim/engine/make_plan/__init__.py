"""make_plan: what is decided before the run — world, demand and policy — laid out as the tables of the Plan."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sim.engine.events import NEVER, Level
from sim.engine.freeze import freeze
from sim.engine.make_plan.admin import admitted
from sim.engine.make_plan.classes import classes, preempts
from sim.engine.make_plan.clocks import Clocks
from sim.engine.make_plan.courses import Courses, meetings, traced, with_papers
from sim.engine.make_plan.days import Days
from sim.engine.make_plan.fill import Ints, fill, scaled
from sim.engine.make_plan.helpers import Helpers, absences, visit_columns
from sim.engine.make_plan.intake import entered_by_hand, received
from sim.engine.make_plan.issues import issues, routes
from sim.engine.make_plan.leave import away_days, handed_on, succeeded
from sim.engine.make_plan.parties import Parties
from sim.engine.make_plan.people import Links, Queues, Servers
from sim.engine.make_plan.stages import Stages, categories, limits
from sim.engine.plan import MILLION, Plan
from sim.model.demand import Demand
from sim.model.period import PeriodSpec
from sim.model.policies import Misfit, Policy
from sim.model.policies.grids import Grids
from sim.model.policies.setting import settle_in
from sim.model.policies.skills import Skills, disciplines_of, specialist_links
from sim.model.spec import Title
from sim.model.surges import windows
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
    demand = received(demand, policy.channels)
    grids, settled = settle_in(policy, world, demand.spec)
    staff, successions = succeeded(settled, policy.staffing.turnover, world=world, demand=demand, grids=grids)
    stages, parties = Stages.of(policy, demand.spec), Parties.of(policy, demand.spec)
    helpers = Helpers.of(policy.groups(world, grids), world, grids, queued=tuple(stages.ways))
    clocks = Clocks.of(
        policy, period.start, days=period.days, others=[*stages.meetings(), *helpers.shifts(), *meetings(policy)]
    )
    of_settled = disciplines_of(policy.skills, grids, settled)
    of_worker = np.concatenate([of_settled, of_settled[successions.worker]])
    specialists = specialist_links(
        policy.skills, world, grids, staff, of_worker=of_worker, unfamiliar=policy.staffing.unfamiliar
    )
    queues = Queues.of(policy.tiers, world, grids, helpers, disciplines=len(specialists))
    servers = Servers.of(policy, world, grids, staff=staff, clocks=clocks, helpers=helpers)
    together = parties.together(int(queues.first[Level.DEPARTMENT]))
    links = Links.of(staff, queues, servers, world=world, grids=grids, specialists=specialists, together=together)
    day = admitted(policy.rounds.day(world, staff), policy)
    entered = entered_by_hand(
        policy.channels.platforms.reentry,
        demand,
        community_of_building=world.buildings["community"],
        community=grids.community[settled.grid],
    )
    entered = np.concatenate([entered, entered[successions.worker]]) if len(entered) else entered
    days = Days.of(
        world,
        demand,
        staff,
        community=grids.community[staff.grid],
        day=day,
        open_seconds=clocks.open_by_day(policy.staffing.shift, days=period.days),
        away=away_days(policy.staffing, staff, successions, world=world, demand=demand, grids=grids),
        others=with_papers(entered, policy, clocks, workers=len(staff), days=period.days),
    )
    courses = Courses.of(policy, demand.spec, stages, clocks=clocks, day=day, horizon=period.horizon)
    away = helpers.absences(period.start, period.days + 1)
    homes, visits = visit_columns(helpers, world, day, begun=len(days.tables["homes"]))
    known = demand.known()
    view = policy.dispatch.view(known)
    tables = {
        "issues": parties.issues(issues(policy, world, demand, known=known, stages=stages, day=day), demand),
        "categories": courses.categories(categories(policy, demand.spec, stages), demand.spec),
        "limits": courses.limits(limits(policy, demand.spec, clocks)),
        **courses.tables(),
        **parties.tables(int(queues.first[Level.DEPARTMENT])),
        "stages": parties.stages(stages.table(clocks), stages),
        "hops": parties.hops(courses.hops(stages.hops(demand.spec, clocks), stages), stages),
        "queues": queues.table(links, policy.dispatch),
        "servers": servers.table(
            links,
            {**days.columns, "suppress": courses.row(policy.conduct.suppresses())},
            away=np.array([len(rows) for rows in away], np.int64),
            visits=visits,
        ),
        "server_links": links.table,
        "queue_links": links.by_queue(),
        "classes": classes(day),
        "buildings": _buildings(world, demand, grids),
        **clocks.tables(),
        **days.tables,
        "absences": np.concatenate([days.tables["absences"], absences(away)]),
        "homes": np.concatenate([days.tables["homes"], homes]),
    }
    arrays = {
        "work": stages.work(traced(_slowed(demand, policy.skills), policy)),
        "route": routes(
            policy, world, demand, grids=grids, queues=queues, stages=stages, joint=tables["issues"]["joint"] != 0
        ),
        "admin": handed_on(days.admin, successions),
        "preempts": preempts(day, policy.dispatch),
        "exponential": exponential(),
        "features": np.zeros((len(known), 0), np.int64) if view is None else view,
    }
    names = labels(world, demand, policy, grids) | {
        "groups": helpers.named(len(servers) - servers.helpers),
        "whistle_limits": {name: (clocks.of_span(one), one.seconds) for name, one in policy.whistle.limits().items()},
        "successions": successions.rows(),
        "surges": windows(demand.spec.surges, period),
    }
    for part in (*tables.values(), *arrays.values()):
        part.flags.writeable = False  # given away: no copy of it need be made
    return freeze(tables, arrays, _rules(policy, period), period.start, policy.dispatch.scoring(), names)


def _slowed(demand: Demand, skills: Skills) -> Ints:
    """The work of each issue by level, at the grid as gridworkers of these ``skills`` do it."""
    factors = np.array([skills.factor(category.id) for category in demand.spec.categories])
    if (factors == MILLION).all():
        return demand.work
    work = demand.work.copy()
    work[:, Level.GRID] = scaled(work[:, Level.GRID], factors[demand.issues["category"]])
    return work


def _rules(policy: Policy, period: PeriodSpec) -> dict[str, int]:
    handover = policy.escalation.handover()
    return {
        "horizon": period.horizon,
        "warm_up": period.warm_up,
        "rebind_after": NEVER if handover.rebind_after is None else handover.rebind_after,
        "handover_loss": handover.loss,
        "whistle_after": 0 if (call := policy.whistle.call()) is None else call.after,
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
