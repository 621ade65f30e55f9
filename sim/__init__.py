# ruff: noqa: F401  # the imports below are for type checkers and editors
"""gridgov: how a city district handles the small troubles of daily life, under one policy and another.

Names are loaded when first used, so that ``import sim`` takes no time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.engine.check_log import check_log
    from sim.engine.log import Log
    from sim.engine.make_plan import make_plan
    from sim.engine.plan import Plan
    from sim.engine.simulate import simulate
    from sim.model.demand import Demand
    from sim.model.demand_files import read_demand
    from sim.model.draw import draw_demand
    from sim.model.policies import (
        Ageing,
        ByCommunity,
        ByCount,
        ByHouseholds,
        BySeverity,
        ByTable,
        ByWorkload,
        Channels,
        Checks,
        CheckWork,
        CommunityPool,
        Daily,
        Day,
        Dispatch,
        EarliestDue,
        Entries,
        Escalation,
        EscalationLimits,
        Fifo,
        Handover,
        Limits,
        Live,
        Misfit,
        NeighbourBackup,
        NoEscalation,
        NoLimits,
        NoRounds,
        NoVerification,
        Order,
        OwnGrids,
        Part,
        Policy,
        Rounds,
        Sampled,
        SeverityFirst,
        Staffing,
        StreetFloat,
        Tiers,
        Verification,
        Zoning,
    )
    from sim.model.policies.conformance import PolicyError, check_policy
    from sim.model.world import World, build_world
    from sim.scenario.loading import load
    from sim.scenario.problems import ScenarioError
    from sim.scenario.schema import Scenario
    from sim.show.output import save
    from sim.study.collect import simulate_all
    from sim.study.compare import Comparison, ComparisonError, compare
    from sim.study.executors import Cluster, ClusterError, Processes, Threads, WorkerError, in_turn
    from sim.study.experiment import run
    from sim.study.kpis import KPIS, Kpi, KpiError, log_kpi
    from sim.study.precision import Precision, PrecisionError
    from sim.study.replication import simulate_once
    from sim.study.result import Result
    from sim.study.run_store import RunStore
    from sim.study.store import OutputError
    from sim.study.sweep import Study, Sweep, load_study, sweep, write_sweep
    from sim.study.warm_up import check_warm_up

#: module → what it gives to everybody
_PUBLIC = {
    "sim.scenario.loading": ("load",),
    "sim.scenario.schema": ("Scenario",),
    "sim.scenario.problems": ("ScenarioError",),
    "sim.study.experiment": ("run",),
    "sim.study.collect": ("simulate_all",),
    "sim.study.executors": ("Cluster", "ClusterError", "Processes", "Threads", "WorkerError", "in_turn"),
    "sim.study.run_store": ("RunStore",),
    "sim.study.sweep": ("Study", "Sweep", "load_study", "sweep", "write_sweep"),
    "sim.study.compare": ("Comparison", "ComparisonError", "compare"),
    "sim.study.precision": ("Precision", "PrecisionError"),
    "sim.study.warm_up": ("check_warm_up",),
    "sim.show.output": ("save",),
    "sim.study.replication": ("simulate_once",),
    "sim.study.result": ("Result",),
    "sim.study.kpis": ("KPIS", "Kpi", "KpiError", "log_kpi"),
    "sim.study.store": ("OutputError",),
    "sim.model.world": ("World", "build_world"),
    "sim.model.demand": ("Demand",),
    "sim.model.draw": ("draw_demand",),
    "sim.model.demand_files": ("read_demand",),
    "sim.model.policies": (
        *("Policy", "Misfit", "Tiers", "Zoning", "ByCommunity", "ByCount", "ByHouseholds", "ByWorkload"),
        *("Staffing", "CommunityPool", "NeighbourBackup", "OwnGrids", "StreetFloat", "Channels", "ByTable"),
        *("Dispatch", "Ageing", "EarliestDue", "Fifo", "Live", "SeverityFirst", "Limits", "BySeverity", "NoLimits"),
        *("Escalation", "EscalationLimits", "NoEscalation", "Rounds", "Daily", "NoRounds"),
        *("Verification", "NoVerification", "Sampled"),
        *("Part", "Order", "Entries", "Day", "Checks", "CheckWork", "Handover"),
    ),
    "sim.model.policies.conformance": ("PolicyError", "check_policy"),
    "sim.engine.make_plan": ("make_plan",),
    "sim.engine.plan": ("Plan",),
    "sim.engine.simulate": ("simulate",),
    "sim.engine.log": ("Log",),
    "sim.engine.check_log": ("check_log",),
}
_HOME = {name: module for module, names in _PUBLIC.items() for name in names}

__all__ = sorted(_HOME)  # noqa: PLE0605  # a list, made of the table above


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return [*__all__, "__doc__"]
