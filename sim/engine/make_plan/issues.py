"""Issues: what the Plan says of each, and through which queues its cases go."""

from __future__ import annotations

import numpy as np

from sim.engine.events import LEVELS, NEVER, Level, Role
from sim.engine.make_plan.classes import issue_classes
from sim.engine.make_plan.fill import Ints, fill
from sim.engine.make_plan.intake import misjudged
from sim.engine.make_plan.people import Queues
from sim.engine.make_plan.stages import Stages
from sim.model.demand import Demand, Known
from sim.model.demand_spec import SEVERITIES
from sim.model.policies import Day, Policy
from sim.model.policies.base import Flags
from sim.model.policies.grids import Grids
from sim.model.policies.skills import of_category
from sim.model.world import World

#: fields that Demand has as the Plan wants them
KEPT = (
    "onset", "report", "duplicate", "clear", "worsen", "patience", "luck", "threshold", "building", "unit", "category",
    "channel", "valid", "severity", "worse_severity", "difficulty", "worse_difficulty",
)  # fmt: skip


def issues(policy: Policy, world: World, demand: Demand, *, known: Known, stages: Stages, day: Day) -> np.ndarray:
    """The table ``issues``; ``known``: what the policy may see of them."""
    drawn = demand.issues
    columns: dict[str, object] = {name: drawn[name] for name in KEPT}
    columns["place"] = world.buildings["first_place"].take(drawn["building"]) + drawn["unit"]
    columns["class"], columns["base"] = _order(policy, known, world, day)
    columns["worse_class"], columns["worse_base"] = columns["class"], columns["base"]
    if (drawn["worse_severity"] != drawn["severity"]).any():
        worse = known.copy()
        worse["severity"] = drawn["worse_severity"]
        worse.flags.writeable = False
        columns["worse_class"], columns["worse_base"] = _order(policy, worse, world, day)
    columns["report_stage"], columns["report_target"] = _entrances(policy, demand, known, stages)
    columns["notice_stage"] = stages.row(Role.HANDLE, Level.GRID)
    columns["party"], columns["joint"] = NEVER, 0
    return fill("issues", len(drawn), columns)


def _order(policy: Policy, known: Known, world: World, day: Day) -> tuple[Ints, Ints | int]:
    """Class and base of the cases of each issue."""
    order = policy.dispatch.order(known, world)
    return issue_classes(day, known["severity"], order.rank), order.base


def _entrances(policy: Policy, demand: Demand, known: Known, stages: Stages) -> tuple[Ints, Ints]:
    """The stages where the reports of each issue enter, and to which desks pass them.

    Raises ValueError if a policy's channels name a level at which nobody handles the issue.
    """
    entries = misjudged(
        policy.channels.entries(known, demand.spec),
        policy.channels.errors,
        luck=demand.issues["luck"],
        category=known["category"],
        tiers=policy.tiers,
        spec=demand.spec,
    )
    categories = demand.spec.categories
    at, target = np.divmod(np.arange(LEVELS * LEVELS), LEVELS)  # all that entries can be
    at_desk = np.isin(at, (Level.STREET, Level.DISTRICT))
    desk = np.array([stages.row(Role.DESK, level) for level in Level], np.int16)
    handling = np.array([[stages.entrance(level, category) for level in Level] for category in categories], np.int16)
    target = np.where(at_desk, target, at)
    stage = handling[:, target]  # category × pair, as all that follows
    entrance = np.where(at_desk, desk[at], stage)
    leaderless = np.array([[category.department is None] for category in categories])
    lost = (entrance == NEVER) | (stage == NEVER) | (leaderless & (target == Level.DEPARTMENT))
    pair = entries.at * LEVELS + entries.target
    chosen = known["category"] * np.int64(LEVELS * LEVELS) + pair
    if (astray := lost.ravel()[chosen]).any():
        row = int(astray.argmax())
        got = f"{Level(at[pair[row]]).name.lower()} and {Level(target[pair[row]]).name.lower()} for issue {row}"
        raise ValueError(f"policy.channels: expected an entrance and a target where somebody is in charge, got {got}")
    return entrance.ravel()[chosen], stage.ravel()[chosen]


def routes(
    policy: Policy, world: World, demand: Demand, *, grids: Grids, queues: Queues, stages: Stages, joint: Flags
) -> Ints:
    """The array ``route``: the queue of each issue at each level, then with each group that has queues (-1: none).

    ``joint``: which issues take several departments: crews of one at communities settle none of them.
    """
    community = world.buildings["community"]
    units = {
        Level.GRID: grids.of_building,
        Level.COMMUNITY: community,
        Level.STREET: world.communities["street"][community],
        Level.CITY: 0,
        Level.DISTRICT: 0,
    }
    groups = [queues.helpers.of_building[queues.helpers.index(id)] for id in queues.helpers.queued]
    of_building = np.empty((len(community), LEVELS + len(groups)), np.int32)
    for level, unit in units.items():
        of_building[:, level] = queues.row(level, unit)
    for k, (id, unit) in enumerate(zip(queues.helpers.queued, groups, strict=True)):
        of_building[:, LEVELS + k] = np.where(unit == NEVER, NEVER, queues.of_group(id) + unit)
    ids = policy.tiers.department_ids
    department = np.array(
        [ids.index(name) if (name := category.department) in ids else NEVER for category in demand.spec.categories]
    )
    route = of_building.take(demand.issues["building"], axis=0)
    route[:, Level.DEPARTMENT] = queues.row(Level.DEPARTMENT, department)[demand.issues["category"]]
    discipline = np.array([of_category(policy.skills, category.id) for category in demand.spec.categories])
    special = np.flatnonzero(discipline[demand.issues["category"]] != NEVER)
    of_issue, grid = (
        discipline[demand.issues["category"][special]],
        grids.of_building[demand.issues["building"][special]],
    )
    route[special, Level.GRID] = queues.of_discipline(of_issue, grid)
    for k, id in enumerate(queues.helpers.queued):
        route[_stay_away(demand, stages.come_to(id)), LEVELS + k] = NEVER
        come = np.isin(SEVERITIES, stages.severities_at(id))
        route[~come[demand.issues["severity"]], LEVELS + k] = NEVER
        if queues.helpers.groups[queues.helpers.index(id)].level == "department":
            route[joint, LEVELS + k] = NEVER
    return route


def _stay_away(demand: Demand, come: tuple[str, ...] | None) -> Flags:
    """The issues of other categories than those that ``come``; None: all come."""
    away = np.array([come is not None and category.id not in come for category in demand.spec.categories])
    return away[demand.issues["category"]]
