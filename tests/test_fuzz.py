"""Whatever a file contains, there is a message and no traceback; and what is accepted can be run."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from sim.engine.make_plan import make_plan
from sim.engine.simulate import simulate
from sim.model.draw import draw_demand
from sim.model.world import build_world
from sim.scenario.loading import Findings, examine

SMALL = """\
name: small
period: {start: 2021-01-04, days: 3, warm_up: 1 d, history: 7 d}
world: {streets: 2, communities_per_street: 2, rural: 1, households: 200, dedicated: 3, propensity_p90_p10: 3}
demand:
  day_factor_cv: 0.1
  opening: {open_cases: 2 d, visits_per_year: 0.8, passes_per_day: 1}
  profiles: {home: {weekdays: [1, 1, 1, 1, 1, 2, 2], holiday: 0.8}}
  channels: [{id: hotline, title: Hotline, invalid: 10 %}, {id: walk_in, title: Walk-in}, {id: host, title: Host}]
  categories:
    - id: dispute
      title: {zh: 纠纷, en: Disputes}
      rate: 1 per household per year
      dedicated: 20 per place per year
      profile: home
      shared: 30 %
      severity: {urgent: 10 %, ordinary: 90 %}
      settled_by: {grid: 50 %, community: 20 %, street: 10 %, department: 10 %, city: 10 %}
      department: justice
      work: {grid: {kind: lognormal, mean: 1 h, cv: 1}, street: {kind: gamma, mean: 1 h, cv: 1}, city: 3 h}
      report: {share: 60 %, delay: {kind: exponential, mean: 5 h}, channels: {hotline: 60 %, walk_in: 40 %}, host: host}
      notice: {visit: 0.5, patrol: 0.1}
      worsen: {share: 20 %, after: 5 h, difficulty: 0.2}
      clear: {share: 20 %, after: {kind: uniform, low: 1 h, high: 2 d}}
      patience: {kind: triangular, low: 1 h, mode: 2 h, high: 3 d}
      duplicate: {share: 20 %, after: 1 h}
policy:
  zoning: {kind: by_households, target: 40}
  staffing: {kind: street_float, workers: 6, floaters: 20 %, shift: weekdays 08:30-12:00 14:00-18:00, absence: 10 %}
  tiers:
    office_shift: weekdays 08:30-12:00 14:00-18:00
    grid_triage: 10 min
    desk: {clerks: 1, work: 4 min, shift: always}
    community: {staff: 1, triage: 15 min}
    street: {staff: 1, triage: full, desk_work: 5 min}
    departments: [{id: justice, title: Justice, crews: 1}, {id: police, title: Police, crews: 2, triage: 5 min}]
    city: {staff: 1}
  channels: {kind: by_table, hotline: district, walk_in: community, host: grid, targets: {dispute: community}}
  dispatch: {kind: ageing, preempt: urgent, weights: {urgent: 1 d}}
  limits: {kind: by_severity, urgent: 2 h, ordinary: 3 working days, dispatch: 30 min}
  escalation: {kind: limits, grid: 2 working hours, misroute: 10 %, return_work: 5 min, rebind_after: 1 d}
  rounds:
    kind: daily
    admin: {share: 30 %, cv: 0.3}
    visits: {quota: 3}
    patrol: {quota: 1 h}
    overtime: [urgent]
  verification:
    {kind: sampled, failure: 10 %, field: 50 %, field_work: 5 min, paper_work: 3 min, field_detect: 80 %, trace: 5 min,
     audits: {begin: "every 1 d at 09:00", lasts: 2 h, field: 100 %, papers: 30 min}}
  supervision: {kind: at_shares, shares: [80 %, 150 %], raise_to: urgent, notice: "tue at 09:00", kappa: 80 %}
  conduct:
    kind: measured
    feign: {used: [{at: 0, chance: 2 %}, {at: 90 %, chance: 15 %}], strength: 50 %, work: 5 min, levels: [grid, street]}
    passing: {backlog: [{at: 0, chance: 0 %}, {at: 1 h, chance: 40 %}]}
    refuse: {queue: [{at: 0, chance: 0 %}, {at: 1, chance: 30 %}], strength: 80 %}
    hang: {at: 50 %, chance: 50 %, extension: 200 %}
    postpone: {at: 90 %, chance: 50 %, extension: 100 %}
"""
TREE = YAML(typ="safe").load(SMALL)

WORDS = """always off none fifo urgent 100% 0 -1 1e9 35 3 h 30 min 2 working days weekdays 08:30-12:00 daily 22:00-06:00
justice police hotline flat home dispute grid street department city full deterministic exponential"""
words = st.sampled_from(WORDS.split())
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | words
    | st.sampled_from(["3 h", "30 min", "2 working days", "35 %", "1 per day", "2 per place per hour", "by_count"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module", autouse=True)
def in_an_empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("fuzz"))
        yield


def examined(content: bytes) -> Findings:
    """What comes of a file with this content; every message must be one line that any terminal can show."""
    Path("s.yaml").write_bytes(content)
    findings = examine("s.yaml")
    for problem in findings.problems:
        str(problem).encode("utf-8")
        assert "\n" not in str(problem)
        assert problem.place.line >= 1
    assert (findings.scenario is None) == bool(findings.problems)
    return findings


def run_briefly(findings: Findings) -> None:
    """What has been accepted runs."""
    scenario = findings.scenario
    if scenario is None or scenario.period.days > 5 or scenario.world.households not in range(1000):
        return
    world = build_world(scenario.world)
    demand = draw_demand(scenario.demand, world, scenario.period, seed=scenario.seed, replication=0)
    if len(demand) < 2000:
        simulate(make_plan(world, demand, scenario.policy, period=scenario.period))


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value of a tree."""
    yield path
    for step, inner in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield from places(inner, (*path, step))


def changed(tree: Any, path: tuple[Any, ...], value: object) -> Any:
    """The tree with another value at ``path``."""
    if not path:
        return value
    tree = copy.copy(tree)
    tree[path[0]] = changed(tree[path[0]], path[1:], value)
    return tree


def as_yaml(tree: object) -> bytes:
    with Path("t.yaml").open("w", encoding="utf-8") as stream:
        YAML(typ="safe").dump(tree, stream)
    return Path("t.yaml").read_bytes()


#: what a text looks like → values at the edge of what may stand there
EDGES_OF_TEXT: dict[str, list[object]] = {
    r".*%": ["0 %", "100 %", "0.0001 %"],
    r".* per .*": [0, "100 per day", "1 per 1000000 residents per year"],
    r".*working.*": ["1 s", "1000 working days", "36500 d"],
    r"\d.*": [0, "1 s", "1 d", "36500 d"],
    r".*:.*": ["always", "daily 00:00-24:00", "sun 10:00-10:30", "daily 22:00-06:00", "weekdays 00:00-00:01"],
}


def edges(value: object) -> list[object]:
    """Values at the edge of what a field may be, by what stands there now."""
    if isinstance(value, int | float):
        return [0, 1, 2, 1000, 1e-9]
    if isinstance(value, str):
        return next((found for pattern, found in EDGES_OF_TEXT.items() if re.fullmatch(pattern, value)), [])
    return [type(value)()] if isinstance(value, dict | list) else []


def value_at(tree: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        tree = tree[step]
    return tree


PATHS = sorted(places(TREE), key=str)
EDGES = [(path, edge) for path in PATHS for edge in [None, *edges(value_at(TREE, path))]]

brief = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None)


def with_changes(changes: list[tuple[tuple[Any, ...], object]]) -> bytes:
    tree = TREE
    for path, value in changes:
        if path in set(places(tree)):
            tree = changed(tree, path, value)
    return as_yaml(tree)


def test_the_scenario_that_is_changed_below_runs() -> None:
    run_briefly(examined(SMALL.encode()))
    assert examine("s.yaml").problems == ()


@given(st.binary(max_size=200))
@settings(brief, max_examples=50)
def test_bytes(content: bytes) -> None:
    examined(content)


@given(st.text(st.characters(codec="utf-8") | st.sampled_from(" \n:-[]{},&*!|>'\"%@`#?~"), max_size=120))
@settings(brief, max_examples=100)
def test_text(content: str) -> None:
    examined(content.encode())


@given(st.data())
@settings(brief, max_examples=50)
def test_a_sound_file_with_some_characters_changed(data: st.DataObject) -> None:
    text = SMALL
    for _ in range(data.draw(st.integers(1, 4))):
        at, cut = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 6))
        text = text[:at] + data.draw(st.text(max_size=4)) + text[at + cut :]
    run_briefly(examined(text.encode("utf-8", "surrogatepass")))


@given(st.lists(st.tuples(st.sampled_from(PATHS), values), min_size=1, max_size=3))
@settings(brief, max_examples=100)
def test_a_sound_file_with_other_values(changes: list[tuple[tuple[Any, ...], object]]) -> None:
    run_briefly(examined(with_changes(changes)))


@given(st.lists(st.sampled_from(EDGES), min_size=1, max_size=4))
@settings(brief, max_examples=50)
def test_a_sound_file_with_values_at_the_edge(changes: list[tuple[tuple[Any, ...], object]]) -> None:
    run_briefly(examined(with_changes(changes)))
