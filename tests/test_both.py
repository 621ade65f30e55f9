"""Both engines at once: the first row in which they differ is found, shown with what was before it, and can be replayed."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from plans import make
from rulebook import reported

import sim
from scenarios import scenario
from sim.engine import both, compiled, reference
from sim.engine.both import BEFORE, TABLES, EnginesDiffer
from sim.engine.events import NEVER
from sim.engine.plan import Plan
from sim.engine.simulate import simulate

Raw = dict[str, np.ndarray]

STATION = """
name: station
seed: 7
period: {days: 20}
demand: {categories: [{id: job, title: job, rate: 1 per hour, work: {grid: 30 min}}]}
"""


def plan() -> Plan:
    """Five cases at one server."""
    return make(issues=[reported(100 * k) for k in range(5)], servers=[{}], links=[{}])


@pytest.fixture
def damage(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[Raw, bool], None]]:
    """Put the reference engine in place of the compiled one; what is added to the list spoils its Log."""
    damages: list[Callable[[Raw, bool], None]] = []

    def spoilt(plan: Plan, *, events: bool = False) -> Mapping[str, np.ndarray]:
        raw = dict(reference.simulate(plan, events=events))
        for damage in damages:
            damage(raw, events)
        return raw

    monkeypatch.setattr(compiled, "simulate", spoilt)
    return damages


def changed(table: str, row: int, column: str, value: int) -> Callable[[Raw, bool], None]:
    def change(raw: Raw, events: bool) -> None:
        if len(raw[table]):
            raw[table][row][column] = value

    return change


def difference() -> EnginesDiffer:
    with pytest.raises(EnginesDiffer) as caught:
        simulate(plan(), "both")
    return caught.value


@pytest.mark.parametrize("events", [False, True])
def test_where_they_agree_the_log_is_that_of_either(damage: list, events: bool) -> None:
    ours, expected = simulate(plan(), "both", events=events).raw, simulate(plan(), "reference", events=events).raw
    assert all(ours[table].tobytes() == expected[table].tobytes() for table in TABLES)
    assert bool(len(ours["events"])) == events


@pytest.mark.parametrize(
    ("table", "row", "column"), [("cases", 3, "closed"), ("issues", 4, "resolved"), ("days", 2, "case")]
)
def test_the_first_row_that_differs_is_named(damage: list, table: str, row: int, column: str) -> None:
    damage.append(changed(table, row, column, 12_345))
    error = difference()
    assert (error.table, error.row, error.run) == (table, row, "compiled")
    assert error.reference is not None
    assert error.compiled == {**error.reference, column: 12_345}
    assert error.compiled != error.reference
    assert len(error.before) == row


def test_events_are_looked_at_before_the_other_tables(damage: list) -> None:
    damage += [changed("cases", 0, "closed", 1), changed("events", 14, "time", 12_345)]
    error = difference()
    assert (error.table, error.row) == ("events", 14)
    events = simulate(plan(), "reference", events=True).raw["events"]
    assert len(error.before) == BEFORE
    assert [tuple(row.values()) for row in error.before] == events[4:14].tolist()


def test_a_row_more_or_less_is_a_difference(damage: list) -> None:
    def cut(raw: Raw, events: bool) -> None:
        raw["cases"] = raw["cases"][:-1]

    damage.append(cut)
    error = difference()
    assert (error.table, error.row, error.compiled) == ("cases", 4, None)
    assert error.reference is not None
    assert error.reference["issue"] == 4


def test_the_run_without_events_is_compared_too(damage: list) -> None:
    def only_without(raw: Raw, events: bool) -> None:
        if not events:
            raw["cases"]["hops"][2] = 9

    damage.append(only_without)
    error = difference()
    assert (error.table, error.row, error.run) == ("cases", 2, "compiled, without events")


def test_records_of_another_type_are_no_log(damage: list) -> None:
    damage.append(lambda raw, events: raw.update(cases=raw["cases"]["known"]))
    with pytest.raises(TypeError, match="cases: expected records of"):
        simulate(plan(), "both")


def test_the_message_shows_both_rows_and_those_before(damage: list) -> None:
    damage.append(changed("events", 3, "server", 5))
    lines = str(difference()).splitlines()
    assert lines[0] == "the engines differ in table events, row 3"
    assert len(lines) == 1 + 3 + 2
    assert all(line.startswith("  both ") for line in lines[1:4])
    assert "kind REPORT  case 0  issue 0" in lines[2]
    assert lines[4].startswith("  reference ")
    assert lines[4].endswith("phase DISPATCH  kind START  case 0  issue 0  queue 0  server 0  level 0")
    assert lines[5].startswith("  compiled ")
    assert lines[5].endswith("server 5  level 0")


def test_numbers_that_name_no_kind_of_event_are_shown_as_they_are(damage: list) -> None:
    damage.append(changed("events", 2, "kind", 99))
    assert "kind 99" in str(difference())


def test_a_missing_row_is_shown_as_such(damage: list) -> None:
    damage.append(lambda raw, events: raw.update(events=raw["events"][:3]))
    assert str(difference()).splitlines()[-1].endswith("no such row")


def test_the_error_goes_from_process_to_process(damage: list) -> None:
    damage.append(changed("cases", 3, "closed", NEVER))
    error = difference()
    error.add_note("a note")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert (again.table, again.row, again.before, again.__notes__) == ("cases", 3, error.before, ["a note"])


def test_simulate_once_says_how_to_see_it_again(damage: list) -> None:
    damage.append(changed("cases", 3, "closed", NEVER))
    with pytest.raises(EnginesDiffer) as caught:
        sim.simulate_once(scenario(STATION), replication=2, engine="both")
    note = "\n".join(caught.value.__notes__)
    assert "gridgov run FILE --engine both --seed 7 --replications 3" in note
    assert "replication=2, engine='both'" in note


def test_a_run_of_both_says_how_to_see_it_again(damage: list) -> None:
    damage.append(changed("cases", 3, "closed", NEVER))
    with pytest.raises(EnginesDiffer) as caught:
        sim.run(scenario(STATION), replications=2, engine="both")
    assert "gridgov run FILE --engine both --seed 7 --replications 1" in "\n".join(caught.value.__notes__)


def test_a_comparison_of_both_says_how_to_see_it_again(damage: list) -> None:
    damage.append(changed("cases", 3, "closed", NEVER))
    station = scenario(STATION)
    with pytest.raises(EnginesDiffer) as caught:
        sim.compare(station, station, replications=1, engine="both", executor=sim.in_turn)
    assert "gridgov run FILE --engine both --seed 7 --replications 1" in "\n".join(caught.value.__notes__)


def test_an_engine_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="expected one of 'compiled', 'reference', 'both', got 'quick'"):
        simulate(plan(), "quick")  # type: ignore[arg-type]


def test_each_engine_brings_its_library_when_first_used() -> None:
    code = """
import sys
from sim.engine.simulate import simulate
import sim.cli, sim.engine.both
assert not {"numba", "simpy"} & set(sys.modules)
from sim.study.verify.random_plans import draw
simulate(draw(1), "reference")
assert "simpy" in sys.modules and "numba" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_tables_are_all_that_an_engine_returns() -> None:
    assert set(both.TABLES) == set(reference.simulate(plan()))
