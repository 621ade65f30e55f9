"""Random mixtures of all mechanisms: engines agree on them, and every shipped scenario runs under them and keeps the identities of a log."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from mixture_examples import EVERYTHING, SMALL
from mixture_levers import Place, Tree
from mixtures import mixed, mixtures

import sim
from sim.engine.check_log import check_log
from sim.engine.engines import Engine
from sim.engine.events import NEVER, EventKind, Role
from sim.engine.log import Log
from sim.engine.simulate import simulate
from sim.model.world import build_world
from sim.scenario import bundled
from sim.scenario.checks import contradictions
from sim.scenario.problems import Place as Spot
from sim.scenario.problems import Problem
from sim.scenario.reading import Node
from sim.scenario.schema import Scenario
from sim.study.replication import plan_of

PRESETS = [name for name in bundled.names() if not name.startswith("theory/")]
DAYS = 20
HERE = Node(None, Spot("mixture", 0, 0), Spot("mixture", 0, 0))


@cache
def preset(name: str) -> Tree:
    """A shipped scenario, of two streets with two small communities each, for some days; what comes late or seldom comes early and often."""
    tree: Tree = hastened(sim.load(name).resolved())
    place = {"communities": None, "streets": 2, "communities_per_street": 2, "households": 1200}
    world = {**tree["world"], **place, "dedicated": 3, "rural": 1, "rural_communities": None}
    departments = [{**one, "crews": min(one["crews"], 2)} for one in tree["policy"]["tiers"]["departments"]]
    policy = {
        **tree["policy"],
        "zoning": {"kind": "by_households", "target": 100},
        "staffing": {**tree["policy"]["staffing"], "workers": 12},
        "tiers": {**tree["policy"]["tiers"], "departments": departments},
    }
    period = {"start": tree["period"]["start"], "days": DAYS, "history": "10 d"}
    return {**tree, "period": period, "world": {k: v for k, v in world.items() if v is not None}, "policy": policy}


def hastened(value: Any) -> Any:
    """A scenario, or a part of it, whose windows begin within some days, and whose meetings are held within ten."""
    if isinstance(value, dict):
        return {name: "3 d" if name == "start" and "id" in value else hastened(one) for name, one in value.items()}
    if isinstance(value, list):
        return [hastened(one) for one in value]
    every = re.fullmatch(r"every (\d+) d at (.*)", value) if isinstance(value, str) else None
    return f"every {min(int(every[1]), 10)} d at {every[2]}" if every else value


def place_of(tree: Tree) -> Place:
    """What a mixture may name in a scenario."""
    scenario = Scenario.model_validate(tree)
    categories, streets = scenario.demand.categories, build_world(scenario.world).street_ids
    led = {one.id: one.department for one in categories if one.department is not None}
    names = tuple(one.id for one in categories)
    return Place(names, led, scenario.policy.tiers.department_ids, streets, scenario.period.days)


def problems_of(scenario: Scenario) -> list[Problem]:
    """What contradicts in a scenario."""
    return contradictions(dict(scenario), HERE)


def happened(scenario: Scenario, engine: Engine) -> Log:
    """The Log of a scenario, which keeps all identities."""
    log = simulate(plan_of(scenario, build_world(scenario.world), 0), engine, events=True)
    check_log(log)
    return log


def under_mixtures(tree: Tree, run: Callable[[Scenario], object], how: settings) -> None:
    """Have a scenario run under random mixtures; those that contradict it are left out, at most half of them."""
    met = {"sound": 0, "contradictory": 0}

    @settings(how, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(mixtures(place_of(tree)))
    def tried(mixture: Tree) -> None:
        scenario = Scenario.model_validate(mixed(tree, mixture))
        if problems_of(scenario):
            met["contradictory"] += 1
        else:
            run(scenario)
            met["sound"] += 1

    tried()
    assert met["sound"] >= met["contradictory"], met


def agreed(scenario: Scenario) -> None:
    happened(scenario, "both")


def ran(scenario: Scenario) -> None:
    happened(scenario, "compiled")


FEW = settings(max_examples=3, derandomize=True, phases=[Phase.generate])  # the same ones each time, none made smaller


def test_engines_agree_on_some_mixtures() -> None:
    under_mixtures(SMALL, agreed, FEW)


def test_a_preset_runs_under_some_mixtures() -> None:
    under_mixtures(preset("xingcheng_whistle_claim"), ran, FEW)


@pytest.mark.slow
def test_engines_agree_on_any_mixture() -> None:
    under_mixtures(SMALL, agreed, settings(max_examples=100))


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_runs_under_any_mixture(name: str) -> None:
    under_mixtures(preset(name), ran, settings(max_examples=12))


def test_all_mechanisms_at_once_bring_about_all_that_there_is() -> None:
    scenario = Scenario.model_validate(mixed(SMALL, EVERYTHING))
    assert not problems_of(scenario)
    named = {lever for lever, part in scenario.policy.parts.items() if part.kind != "off"}
    assert named == set(scenario.policy.parts)
    log = happened(scenario, "both")
    assert set(log.raw["events"]["kind"].tolist()) == {*EventKind}
    assert {Role(role) for role in log.plan["stages"]["role"].tolist()} == {*Role}
    assert (log.raw["courses"]["attended"] != NEVER).any()
    assert (log.raw["days"]["reserved"] > 0).any()
    assert (log.raw["days"]["suppressed"] > 0).any()
