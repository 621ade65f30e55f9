"""Logs made up of arrays, for tests of what is shown: of a district in a year, and of next to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import plans

from sim.engine.events import NEVER, Level, Outcome, Source
from sim.engine.log import Log, record_type
from sim.engine.plan import DAY, Plan, dtype_of

CATEGORIES = {
    "appearance": ("市容环境", "City appearance"),
    "utility": ("公用设施", "Public utilities"),
    "hazard": ("安全隐患", "Safety hazards"),
    "dispute": ("矛盾纠纷", "Disputes"),
    "security": ("治安线索", "Public security"),
    "property": ("物业住房", "Property and housing"),
    "welfare": ("民生救助", "Welfare"),
    "enforcement": ("违建噪音占道", "Unlawful building, noise and obstruction"),
    "urgent": ("突发事件", "Emergencies"),
}
CHANNELS = {
    "visit": ("入户走访", "Household visit"),
    "patrol": ("巡查", "Patrol"),
    "hotline": ("12345 热线", "Hotline 12345"),
    "walk_in": ("上门反映", "Walk-in"),
    "app": ("随手拍", "Photo app"),
    "host": ("驻地单位", "Host unit"),
}
STREETS = {"s1": ("巨轮街道", "Julun"), "s2": ("窊流路街道", "Waliu Road"), "s3": ("中涧河乡", "Zhongjianhe")}
DAYS, WARM_UP, GRIDS, CREWS = 180, 30 * DAY, 60, 6


def _titles(names: Mapping[str, tuple[str, str]]) -> list[dict[str, str]]:
    return [{"zh": zh, "en": en} for zh, en in names.values()]


def labels() -> dict[str, object]:
    """What rows are called: two communities a street, two grids a community."""
    communities = [f"{street}-{k}" for street in STREETS for k in range(2)]
    return {
        "scenario": "made-up",
        "title": {"zh": "虚构的三个街道", "en": "Three streets made up"},
        "categories": list(CATEGORIES),
        "category_titles": _titles(CATEGORIES),
        "channels": list(CHANNELS),
        "channel_titles": _titles(CHANNELS),
        "streets": list(STREETS),
        "street_titles": _titles(STREETS),
        "communities": communities,
        "community_titles": [{"zh": name, "en": name} for name in communities],
        "community_street": np.repeat(np.arange(3), 2),
        "grid_community": np.arange(GRIDS) % 6,
        "building_community": np.arange(GRIDS) % 6,
        "building_kind": np.zeros(GRIDS, int),
    }


def district(issues: int = 6000, *, seed: int = 1) -> Log:
    """Half a year of three streets: every fate, channel and level occurs, the small ones seldom."""
    chance = np.random.default_rng(seed)
    plan = _district_plan(_issue_table(chance, issues))
    raw = _histories(chance, plan)
    return Log(plan, {**raw, "days": _worker_days(chance, plan), "events": np.zeros(0, record_type("events"))})


def _issue_table(chance: np.random.Generator, issues: int) -> np.ndarray:
    table = np.zeros(issues, dtype_of("issues"))
    for name in ("report", "duplicate", "clear", "worsen", "patience"):
        table[name] = NEVER
    table["onset"] = np.sort(chance.integers(-60 * DAY, DAYS * DAY, issues))
    shares = np.array([30, 14, 16, 9, 7, 12, 6, 5, 1.0])
    table["category"] = chance.choice(len(CATEGORIES), issues, p=shares / shares.sum())
    table["building"] = np.minimum(GRIDS - 1, chance.exponential(GRIDS / 3, issues)).astype(int)
    table["valid"] = chance.random(issues) > 0.03
    table["severity"] = 2
    return table


def _district_plan(issues: np.ndarray) -> Plan:
    day = [(d * DAY + 30_600, d * DAY + 59_400) for d in range(DAYS) if d % 7 < 5]
    workers = [{"level": Level.GRID, "unit": g, "building": g} for g in range(GRIDS)]
    crews = [{"level": Level.DEPARTMENT, "unit": 0} for _ in range(CREWS)]
    plan = plans.make(
        issues=[],
        servers=workers + crews,
        links=[{"server": s, "queue": 0} for s in range(GRIDS + CREWS)],
        shifts=[day],
        buildings=[{"grid": g, "households": 500} for g in range(GRIDS)],
        categories=[{}] * len(CATEGORIES),
        rules={"horizon": DAYS * DAY, "warm_up": WARM_UP},
    )
    tables = MappingProxyType({**plan.tables, "issues": issues})
    return replace(plan, tables=tables, labels=MappingProxyType(labels()))


def _histories(chance: np.random.Generator, plan: Plan) -> dict[str, np.ndarray]:
    """One case for most issues, a repeat for some that were falsely closed."""
    issues, horizon = plan["issues"], plan.rules["horizon"]
    size = len(issues)
    rows = chance.choice(size, int(0.72 * size), replace=False)
    cases = np.zeros(len(rows), record_type("cases"))
    for name in ("filed", "dispatched", "started", "finished", "closed", "limit", "limit_original", "finder"):
        cases[name] = NEVER
    cases["issue"] = rows
    cases["known"] = np.maximum(0, issues["onset"][rows]) + (chance.lognormal(1.0, 1.6, len(rows)) * DAY).astype(int)
    cases = cases[cases["known"] < horizon]
    cases = cases[np.argsort(cases["known"], kind="stable")]
    shares = np.array([5, 38, 30, 15, 11.7, 0.3])
    cases["channel"] = chance.choice(len(CHANNELS), len(cases), p=shares / shares.sum())
    cases["source"] = np.where(cases["channel"] < 2, cases["channel"], Source.REPORT)
    cases["severity"] = 2
    cases["filed"] = cases["dispatched"] = cases["known"] + 600
    hard = 0.3 + issues["category"][cases["issue"]] / 4
    cases["finished"] = cases["known"] + 900 + (chance.lognormal(0, 1.5, len(cases)) * hard * DAY).astype(int)
    cases["started"] = cases["finished"] - 300
    cases["closed"] = cases["finished"] + 3600
    cases["limit"] = cases["limit_original"] = cases["known"] + 3 * DAY
    cases["level"] = chance.choice(5, len(cases), p=[0.6, 0.2, 0.0495, 0.15, 0.0005])
    cases["outcome"] = Outcome.CLOSED
    open_still = cases["closed"] >= horizon
    cases["outcome"][open_still], cases["closed"][open_still] = Outcome.OPEN, NEVER
    for name in ("started", "finished"):
        cases[name][cases["finished"] >= horizon] = NEVER
    withdrawn = ~open_still & (chance.random(len(cases)) < 0.01)
    nothing = ~open_still & (issues["valid"][cases["issue"]] == 0)
    for rows_of, outcome in ((withdrawn, Outcome.WITHDRAWN), (nothing, Outcome.REFUSED)):
        cases["outcome"][rows_of], cases["level"][rows_of] = outcome, NEVER
    cases["level"][cases["finished"] == NEVER] = NEVER
    return {"cases": cases, "issues": _truths(chance, plan, cases)}


def _truths(chance: np.random.Generator, plan: Plan, cases: np.ndarray) -> np.ndarray:
    issues, horizon = plan["issues"], plan.rules["horizon"]
    records = np.zeros(len(issues), record_type("issues"))
    records["known"] = records["resolved"] = records["resolved_level"] = NEVER
    records["known"][cases["issue"]] = cases["known"]
    records["cases"][cases["issue"]] = 1
    settled = (cases["outcome"] == Outcome.CLOSED) & (chance.random(len(cases)) > 0.09)
    records["resolved"][cases["issue"][settled]] = cases["finished"][settled]
    records["resolved_level"][cases["issue"][settled]] = cases["level"][settled]
    clear = np.maximum(0, issues["onset"]) + (chance.lognormal(3.2, 1, len(issues)) * DAY).astype(int)
    by_itself = (
        (records["resolved"] == NEVER) & (issues["valid"] == 1) & (clear < horizon) & (chance.random(len(issues)) < 0.4)
    )
    records["resolved"][by_itself] = clear[by_itself]
    return records


def _worker_days(chance: np.random.Generator, plan: Plan) -> np.ndarray:
    servers, days = len(plan["servers"]), DAYS
    records = np.zeros(servers * days, record_type("days"))
    workday = np.tile(np.arange(days) % 7 < 5, servers)
    load = np.repeat(chance.lognormal(0, 0.35, servers), days) * (
        1 + 0.3 * np.sin(np.tile(np.arange(days), servers) / 29)
    )
    room = np.full(servers * days, 28_800.0)
    for name, wanted in (("case", 6500 * load), ("admin", 10_080), ("travel", 900), ("visit", 2800), ("patrol", 7200)):
        taken = np.minimum(room, wanted * chance.uniform(0.8, 1.2, room.size)) * workday
        records[name] = taken
        room -= taken
    late = workday & (chance.random(room.size) < 0.02)
    records["case"] += np.where(late, 1800, 0)
    records["overtime"] = np.where(late, 1800, 0)
    records["visits"] = records["visit"] // 700
    return records


def without_issues() -> Log:
    """Half a year in which nothing arises and nobody is on shift."""
    log = district(0)
    shifts = np.array([(DAYS * DAY, (DAYS + 1) * DAY)] * len(log.plan["shifts"]), dtype_of("shifts"))
    plan = replace(log.plan, tables=MappingProxyType({**log.plan.tables, "shifts": shifts}))
    return Log(plan, {**log.raw, "days": np.zeros_like(log.raw["days"])})
