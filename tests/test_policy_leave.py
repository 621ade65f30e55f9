"""Leave: gridworkers who go for good, are taken away, or are away together, as the Plan has it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_worlds import category, line, made_demand, made_spec, made_world
from pydantic import ValidationError

from sim.engine.check_log import check_log
from sim.engine.events import Level
from sim.engine.make_plan import make_plan
from sim.engine.plan import DAY, Plan
from sim.engine.simulate import simulate
from sim.model.period import PeriodSpec
from sim.model.policies import Policy

OFFICE = "weekdays 08:30-12:00 14:00-18:00"
SPEC = made_spec(category())
YEAR = PeriodSpec(days=365)
WORKERS = 40
WORLD = made_world(line(*[10] * WORKERS))
DAILY = {"kind": "daily", "admin": {"share": "40 %"}, "visits": {"quota": 2}}


def plan_of(rounds: object = "off", **staffing: object) -> Plan:
    policy = {"staffing": {"kind": "own_grids", "shift": OFFICE, "workers": WORKERS, **staffing}, "rounds": rounds}
    policy["zoning"] = {"kind": "by_households", "target": 10}
    issues = [{"onset": 0, "building": building} for building in range(WORKERS)]
    return make_plan(WORLD, made_demand(SPEC, *issues, period=YEAR), Policy.model_validate(policy), period=YEAR)


def away(plan: Plan) -> np.ndarray:
    """On which days each gridworker is away: bool[worker, day]."""
    servers = plan["servers"][plan["servers"]["level"] == Level.GRID]
    table = np.zeros((len(servers), YEAR.days), bool)
    for worker, (first, count) in enumerate(servers[["first_absence", "absences"]].tolist()):
        table[worker, plan["absences"]["start"][first : first + count] // DAY] = True
    return table


def test_off_changes_nothing() -> None:
    plain, off = (
        plan_of(absence="5 %"),
        plan_of(absence="5 %", turnover={"per_year": 0}, diversion={"share": 0}, away=[]),
    )
    assert all((plain[name] == off[name]).all() for name in ("servers", "server_links", "absences", "admin"))
    assert plain.labels["successions"] == []


# turnover


def test_about_as_many_leave_as_the_rate_says_and_each_has_a_successor() -> None:
    plan = plan_of(turnover={"per_year": "50 %", "gap": "14 d"})
    successions = np.array(plan.labels["successions"])
    assert len(successions) == pytest.approx(20, abs=8)
    assert (successions[:, 1] == WORKERS + np.arange(len(successions))).all()
    assert (successions[:, 3] - successions[:, 2] == 14).all()
    table = away(plan)
    for worker, successor, day, back in successions.tolist():
        assert table[worker].tolist() == [False] * day + [True] * (YEAR.days - day)
        assert table[successor].tolist() == [True] * min(back, YEAR.days) + [False] * (YEAR.days - back)
    assert not table[np.setdiff1d(np.arange(WORKERS), successions[:, 0])].any()


def test_a_higher_rate_only_adds_leavers_and_none_leaves_later() -> None:
    def days(share: str) -> dict[int, int]:
        rows: Any = plan_of(turnover={"per_year": share}).labels["successions"]
        return {worker: day for worker, _, day, _ in rows}

    fewer, more = days("30 %"), days("80 %")
    assert fewer.keys() < more.keys()
    assert all(more[worker] <= day for worker, day in fewer.items())


def test_everybody_leaves_at_once_at_a_rate_of_one() -> None:
    plan = plan_of(turnover={"per_year": "100 %", "gap": "7 d"})
    assert [row[2:] for row in plan.labels["successions"]] == [[0, 7]] * WORKERS  # type: ignore[attr-defined]


def test_a_successor_serves_the_same_grids_and_walks_the_same_round_but_is_slower() -> None:
    plan = plan_of(DAILY, turnover={"per_year": "100 %", "novice": 1.25}, ownership=0.8)
    servers = plan["servers"]
    assert (servers["first_home"][:WORKERS] == servers["first_home"][WORKERS : 2 * WORKERS]).all()
    links = plan["server_links"]
    own, new = links[links["server"] < WORKERS], links[(links["server"] >= WORKERS) & (links["server"] < 2 * WORKERS)]
    assert (own["queue"] == new["queue"]).all()
    assert set(own["work_factor"].tolist()) == {800_000}
    assert set(new["work_factor"].tolist()) == {1_000_000}
    assert set(new["travel_factor"].tolist()) == {1_250_000}


def test_admin_of_the_gap_waits_for_the_successor_and_older_admin_does_not() -> None:
    plan = plan_of(DAILY, turnover={"per_year": "50 %", "gap": "14 d"})
    for worker, successor, day, _ in plan.labels["successions"]:  # type: ignore[attr-defined]
        assert plan["admin"][successor][:day].sum() == 0
        assert (plan["admin"][successor][day:] == plan["admin"][worker][day:]).all()


# diversion and absence in windows


def test_gridworkers_are_taken_away_some_days_at_a_time() -> None:
    table = away(plan_of(diversion={"share": "20 %", "days": 10}))
    assert table.mean() == pytest.approx(0.2, abs=0.03)
    inner = table[:, 10:-10]
    changes = np.abs(np.diff(inner.astype(int), axis=1)).sum(axis=1)
    assert changes.max() <= 2 * -(-inner.shape[1] // 10)
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], inner[0], [0]]).astype(int)) != 0))
    assert all(run % 10 == 0 for run in runs[1:-1])


def test_a_larger_share_only_adds_days() -> None:
    less, more = (away(plan_of(diversion={"share": share, "days": 5})) for share in (0.1, 0.4))
    assert (less <= more).all()
    assert less.sum() < more.sum()


def test_the_same_ones_are_away_throughout_a_window() -> None:
    table = away(plan_of(away=[{"id": "sealed", "start": "2021-04-01", "days": 30, "share": "25 %"}]))
    inside = table[:, 90:120]
    assert (inside == inside[:, :1]).all()
    assert inside[:, 0].mean() == pytest.approx(0.25, abs=0.15)
    assert not table[:, :90].any()
    assert not table[:, 120:].any()


def test_a_window_may_reach_beyond_the_period() -> None:
    assert away(plan_of(away=[{"id": "sealed", "start": "360 d", "days": 30, "share": 1}]))[:, 360:].all()


def test_reasons_add_up() -> None:
    table = away(
        plan_of(
            absence="10 %", away=[{"id": "sealed", "start": "90 d", "days": 30, "share": 1}], diversion={"share": "5 %"}
        )
    )
    assert table[:, 90:120].all()
    assert (away(plan_of(absence="10 %")) <= table).all()


def test_it_all_runs_on_both_engines() -> None:
    fields = {"turnover": {"per_year": "60 %", "gap": "7 d", "novice": 1.2}, "diversion": {"share": "10 %", "days": 5}}
    check_log(
        simulate(
            plan_of(DAILY, away=[{"id": "sealed", "start": "9 d", "days": 9, "share": 0.5}], **fields),
            engine="both",
            events=True,
        )
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("turnover", {"per_year": 0.1}),
        ("diversion", {"share": 0.1}),
        ("away", [{"id": "sealed", "start": "0 d", "days": 1, "share": 0.1}]),
    ],
)
def test_without_shifts_there_is_nothing_to_be_away_from(name: str, value: object) -> None:
    policy = Policy.model_validate({"staffing": {name: value}})
    (fault,) = policy.contradictions(SPEC)
    assert fault.where == ("policy", "staffing", name)
    assert fault.expected == "nothing, as there are no shifts to be away from (shift: always)"


@pytest.mark.parametrize(
    ("staffing", "message"),
    [
        ({"turnover": {"per_year": 1.5}}, "expected a share between 0 and 1"),
        ({"turnover": {"per_year": 0.1, "gap": "8 h"}}, "expected whole days, such as 7 d"),
        ({"turnover": {"per_year": 0.1, "novice": 0}}, "expected more than 0, got 0"),
        ({"diversion": {"share": 0.1, "days": 0}}, "greater than or equal to 1"),
        ({"away": [{"id": "sealed", "start": "0 d", "share": 0.1}]}, "Field required"),
    ],
)
def test_what_cannot_be_written(staffing: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        Policy.model_validate({"staffing": staffing})
    assert message in str(error.value)


def test_windows_have_ids_of_their_own() -> None:
    window = {"id": "sealed", "start": "0 d", "days": 1, "share": 0.1}
    (fault,) = Policy.model_validate({"staffing": {"shift": OFFICE, "away": [window, window]}}).contradictions(SPEC)
    assert (fault.where, fault.expected, fault.got) == (
        ("policy", "staffing", "away", 1, "id"),
        "an id of its own",
        "sealed",
    )
