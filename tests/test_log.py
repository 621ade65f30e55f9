"""The Log as people read it: frames with names and dates, fates, and who was on shift how long."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from crews import leak, leaking, path
from plans import ADMIN_CLASS, make
from rulebook import HANDLE, happened, luck_with, reported, run

from sim.engine.events import NEVER, Action, EventKind, Level, Phase, Purpose, Role, Stamp
from sim.engine.log import FATES, RECORDS, Log, days_of, fates, on_shift_seconds, record_type, sort_events
from sim.engine.plan import DAY, MILLION
from sim.engine.simulate import simulate

NAT = pd.NaT


def at(second: int) -> pd.Timestamp:
    return pd.Timestamp(2021, 1, 1) + pd.Timedelta(seconds=second)


@pytest.fixture(scope="module")
def log() -> Log:
    """Two days of one worker (08:00 … 08:10): a case settled, its duplicate merged, one report of nothing, one not reached.

    0 … 60 admin; 100 … 160 case 0; 160 … 170 its duplicate (case 1); the report of nothing (case 2) 300 … 310; case 3
    is reported at 550, suspended at 600 and goes on the next day until 10 past.
    """
    eight = 8 * 3600
    issues = [
        reported(eight + 100, duplicate=eight + 120, channel=2, severity=0, unit=1, building=1),
        reported(eight + 300, valid=0, channel=2),
        reported(eight + 550, channel=2, category=1),
        {"onset": -5, "clear": 7},
    ]
    plan = make(
        issues=issues,
        categories=[{}, {}],
        hops=[{"triage": 10}, {"triage": 10}],
        limits={0: {"seconds": 300}},
        buildings=[{"households": 1}, {"households": 1, "grid": 4}],
        servers=[{"admin": 0, "admin_class": ADMIN_CLASS}],
        links=[{}],
        shifts=[[(d * DAY + eight, d * DAY + eight + 600) for d in (0, 1)]],
        admin=[[60, 0]],
        rules={"horizon": 2 * DAY},
    )
    return run(plan)


CASE_COLUMNS = [
    "case", "issue", "category", "severity", "building", "unit", "grid", "community", "street", "channel", "onset", "known",
    "filed", "dispatched", "started", "finished", "closed", "limit", "limit_original", "level", "hops", "returns", "reworks",
    "source", "outcome", "truly_resolved_at", "valid",
]  # fmt: skip


def test_the_case_table_has_the_columns_of_the_contract(log):
    assert list(log.cases().columns) == CASE_COLUMNS


def test_the_case_table_names_and_dates(log):
    eight = 8 * 3600
    frame = log.cases()
    assert frame.loc[0].to_dict() == {
        "case": 0, "issue": 0, "category": "c0", "severity": "urgent", "building": 1, "unit": 1, "grid": 4, "community": "m0",
        "street": "s0", "channel": "direct", "onset": at(eight + 100), "known": at(eight + 100), "filed": at(eight + 100),
        "dispatched": at(eight + 100), "started": at(eight + 100), "finished": at(eight + 160), "closed": at(eight + 160),
        "limit": at(eight + 400), "limit_original": at(eight + 400), "level": "grid", "hops": 0, "returns": 0, "reworks": 0,
        "source": "report", "outcome": "closed", "truly_resolved_at": at(eight + 160), "valid": True,
    }  # fmt: skip
    assert frame["outcome"].tolist() == ["closed", "merged", "refused", "closed"]
    assert frame["source"].tolist() == ["report", "duplicate", "report", "report"]
    assert frame["valid"].tolist() == [True, True, False, True]
    assert frame["category"].tolist() == ["c0", "c0", "c0", "c1"]
    assert frame["severity"].tolist() == ["urgent", "urgent", "ordinary", "ordinary"]
    assert frame["level"].tolist() == ["grid", "", "", "grid"]
    assert frame["filed"].isna().tolist() == [False, True, True, False]
    assert frame["closed"].tolist() == [at(eight + 160), at(eight + 170), at(eight + 310), at(DAY + eight + 10)]
    assert frame["limit"].isna().tolist() == [False, True, True, True]


def test_the_case_table_says_what_happened_under_way_if_anything_of_the_kind_can():
    """Two cases (60 s) of one worker; marks 20 and 40 s after filing put the limit off by 50 s, then hang who waits by 25 s."""
    marks = [
        {"seconds": 20, "action": Action.POSTPONE, "extension": 50},
        {"seconds": 20, "action": Action.HANG, "extension": 25},
    ]
    plan = make(
        issues=[reported(0, severity=0), reported(5, severity=0)],
        servers=[{}],
        links=[{}],
        limits={0: {"seconds": 100, "marks": 2}},
        marks=marks,
        rules={"horizon": DAY},
    )
    frame = run(plan).cases()
    under_way = ["accepted", "paused", "supervised", "postponed", "hangs", "hung", "declines", "feigned"]
    together = ["parts", "no_shows", "called", "signed", "contacted", "attended"]
    after = CASE_COLUMNS.index("reworks") + 1
    assert list(frame.columns) == [*CASE_COLUMNS[:after], *under_way, *together, *CASE_COLUMNS[after:]]
    assert frame[under_way].to_numpy().tolist() == [
        [at(0), 0, 0, 1, 0, False, 0, 0],
        [at(70), 25, 0, 1, 1, False, 0, 0],
    ]
    assert frame["limit"].tolist() == [at(150), at(155 + 25)]
    assert frame[together].loc[0].tolist() == [0, 0, *[NAT] * 4]


def test_the_case_table_dates_a_whistle_and_what_it_brings():
    desks = path(
        {"role": Role.DESK, "work": 10, "stamp": Stamp.CALLED}, {"role": Role.DESK, "work": 5, "stamp": Stamp.CONTACTED}
    )
    frame = run(leak([leaking(0)], path=desks, no_show=(0, 0, MILLION), rules={"horizon": DAY})).cases()
    together = ["parts", "no_shows", "called", "signed", "contacted", "attended"]
    assert frame[together].loc[0].tolist() == [2, 1, at(10), NAT, at(15), at(15)]


def test_a_case_table_without_cases_has_the_same_columns():
    plan = make(issues=[], servers=[], links=[], marks=[{}], rules={"horizon": DAY})
    frame = run(plan).cases()
    assert (len(frame), "accepted" in frame, frame["hung"].dtype) == (0, True, bool)


def test_the_issue_table_names_and_dates(log):
    eight, frame = 8 * 3600, log.issues()
    columns = "issue category severity building unit grid community street onset known truly_resolved_at resolved_level cases fate"
    assert list(frame.columns) == columns.split()
    assert frame["onset"].tolist() == [at(eight + 100), at(eight + 300), at(eight + 550), at(-5)]
    assert frame["known"].tolist() == [at(eight + 100), at(eight + 300), at(eight + 550), NAT]
    assert frame["truly_resolved_at"].tolist() == [at(eight + 160), NAT, at(DAY + eight + 10), at(7)]
    assert frame["resolved_level"].tolist() == ["grid", "", "grid", "self"]
    assert frame["cases"].tolist() == [2, 1, 1, 0]
    assert frame["fate"].tolist() == ["settled_grid", "refused", "settled_grid", "cleared"]


def test_the_worker_table_accounts_for_every_second_on_shift(log):
    """Day 0: 60 admin, 60 + 10 + 10 + 50 cases, 410 idle; day 1: 10 and 590."""
    frame = log.workers()
    columns = "server date level unit community street on_shift case admin visit patrol travel overtime reserved idle visits answered legs noticed suppressed backlog"
    assert list(frame.columns) == columns.split()
    assert frame[["on_shift", "case", "admin", "idle"]].to_numpy().tolist() == [[600, 130, 60, 410], [600, 10, 0, 590]]
    assert frame[["server", "level", "unit", "community", "street"]].loc[0].tolist() == [0, "grid", 0, "m0", "s0"]
    assert frame["backlog"].tolist() == [0, 0]
    assert frame["date"].tolist() == [at(0), at(DAY)]


def test_overtime_is_no_time_on_shift():
    """Shift 0 … 100, work 50 … 150: 50 on shift, 50 past it, 50 idle before it."""
    log = run(
        make(
            issues=[reported(50)],
            servers=[{}],
            links=[{}],
            shifts=[[(0, 100)]],
            overtime=[0],
            work=[[100] * 5],
            rules={"horizon": DAY},
        )
    )
    assert log.workers()[["on_shift", "case", "overtime", "idle"]].to_numpy().tolist() == [[100, 100, 50, 50]]


def test_servers_of_a_grid_or_office_belong_to_a_community_and_those_of_a_street_to_a_street():
    servers = [{"level": level} for level in (0, 1, 2, 3, 6)]
    frame = run(make(issues=[], servers=servers, links=[], rules={"horizon": DAY})).workers()
    assert frame["community"].tolist() == ["m0", "m0", "", "", "m0"]
    assert frame["street"].tolist() == ["s0", "s0", "s0", "", "s0"]
    assert frame["level"].tolist() == ["grid", "community", "street", "department", "neighbourhood"]


def test_the_event_table_names_its_phases_kinds_and_levels(log):
    frame = log.events()
    assert list(frame.columns) == ["time", "phase", "kind", "case", "issue", "queue", "server", "level"]
    assert len(frame) == len(log.raw["events"])
    by_kind = frame.drop_duplicates("kind").set_index("kind")
    assert by_kind.loc["start", ["phase", "level"]].tolist() == ["dispatch", "grid"]
    assert by_kind.loc["piece_start", ["phase", "level"]].tolist() == ["dispatch", "admin"]
    assert by_kind.loc["shift_end", ["phase", "level"]].tolist() == ["calendar_end", ""]
    assert by_kind.loc["clear", ["time", "phase", "level"]].tolist() == [at(7), "arrival", ""]


def test_a_desk_of_the_district_is_named():
    plan = make(
        issues=[reported(0)],
        stages=[{"role": Role.DESK, "level": 5, "work": 9, "next": 1}, HANDLE],
        servers=[{}],
        links=[{}],
    )
    frame = run(plan).events()
    assert frame.loc[frame["kind"] == "enter", "level"].tolist() == ["district", "grid"]


def test_the_story_of_an_issue_is_all_that_happened_to_its_cases(log):
    kinds = log.story(0)["kind"].tolist()
    assert kinds == [
        "onset", "report", "enter", "start", "report", "enter", "finish", "settle", "close", "start", "finish", "merge",
    ]  # fmt: skip
    assert log.story(3)["kind"].tolist() == ["clear"]


def test_the_day_of_a_worker_is_what_it_did_on_that_date(log):
    first, second = log.day(0, "2021-01-01"), log.day(0, "2021-01-02")
    assert first["kind"].tolist() == [
        "shift_start", "piece_start", "piece_end", "start", "finish", "start", "finish", "start", "finish", "start", "suspend", "shift_end",
    ]  # fmt: skip
    assert second["kind"].tolist() == ["shift_start", "resume", "finish", "shift_end"]
    assert len(log.day(0, "2021-01-03")) == 0
    assert len(log.day(1, "2021-01-01")) == 0


@pytest.mark.parametrize("ask", [lambda log: log.story(0), lambda log: log.day(0, "2021-01-01")])
def test_a_story_needs_the_events(log, ask):
    bare = simulate(log.plan)
    assert len(bare.events()) == 0
    with pytest.raises(ValueError, match=r"^Log\.(story|day) needs every event: run with events=True$"):
        ask(bare)


def test_an_engine_that_there_is_not_is_named(log):
    with pytest.raises(ValueError, match=r"^engine: expected .*'reference'.*, got 'steam'$"):
        simulate(log.plan, "steam")


def test_a_run_in_which_nothing_happens_has_empty_tables():
    log = run(make(issues=[], servers=[], links=[], queues=[], rules={"horizon": DAY}))
    assert [len(frame) for frame in (log.cases(), log.issues(), log.workers(), log.events())] == [0, 0, 0, 0]
    assert list(log.cases().columns) == CASE_COLUMNS


# Fates


def test_every_fate():
    """Levels 0 … 4 settle one each; then gone by itself, closed falsely, still open, never known, withdrawn, refused; level 6."""
    failing = luck_with({Purpose.FAIL: [True]})
    issues = [reported(0, report_stage=level) for level in range(5)]
    issues += [
        {"onset": 0, "clear": 50},
        reported(0, category=1, luck=failing, report_stage=5),
        reported(990),
        {"onset": 0},
        reported(1, patience=0),
        reported(100, valid=0),
        reported(0, report_stage=6),
    ]
    own = [{**HANDLE, "level": level} for level in (0, 1, 2, 3, 4, 0)]
    plan = make(
        issues=issues,
        categories=[{}, {"failure": MILLION}],
        stages=[*own, {**HANDLE, "level": Level.NEIGHBOURHOOD, "way": 5, "content": 0}],
        queues=[{}] * 6,
        routes={level: level for level in range(6)},
        servers=[{}] * 5 + [{}],
        links=[{"server": q, "queue": q} for q in range(6)],
        rules={"horizon": 1000},
    )
    assert [FATES[fate] for fate in fates(run(plan))] == list(FATES)


def test_the_last_case_of_an_issue_has_the_last_word():
    """Withdrawn, then reported again: settled, closed falsely, or still open."""
    rows = [
        reported(0),  # keeps the server until 60
        reported(0, patience=10, duplicate=70),  # settled at 130
        reported(0, patience=11, duplicate=140, category=1),  # closed falsely at 200
        reported(0, patience=12, duplicate=980),  # open
    ]
    plan = make(issues=rows, categories=[{}, {"failure": MILLION}], servers=[{}], links=[{}], rules={"horizon": 1000})
    assert [FATES[fate] for fate in fates(run(plan))] == ["settled_grid", "settled_grid", "falsely_closed", "open"]


def test_a_duplicate_has_no_say():
    """Case 0 is closed falsely at 60, its duplicate is still open at the horizon."""
    plan = make(
        issues=[reported(0, duplicate=30)],
        categories=[{"failure": MILLION}],
        servers=[{}],
        links=[{}],
        rules={"horizon": 100},
    )
    log = run(plan)
    assert happened(log, "CLOSE MERGE") == [(60, "CLOSE", 0, -1)]
    assert [FATES[fate] for fate in fates(log)] == ["falsely_closed"]


# Records


def test_records_have_the_fields_of_the_contract_in_its_order():
    for name, fields in RECORDS.items():
        assert record_type(name).names == tuple(fields)


def test_events_are_ordered_by_time_phase_kind_case_issue_server_queue():
    rows = np.zeros(8, record_type("events"))
    for k, name in enumerate(("time", "phase", "kind", "case", "issue", "server", "queue")):
        rows[name][k] = -1  # row k is smaller than the rows after it in this field only
    shuffled = rows[np.random.default_rng(1).permutation(8)]
    assert sort_events(shuffled).tolist() == rows.tolist()


def test_the_level_of_an_event_has_no_order():
    rows = np.zeros(2, record_type("events"))
    rows["level"] = [3, 1]
    assert sort_events(rows)["level"].tolist() == [3, 1]


@pytest.mark.parametrize(("horizon", "days"), [(1, 1), (DAY, 1), (DAY + 1, 2), (10 * DAY, 10)])
def test_a_day_that_is_cut_is_a_day(horizon, days):
    assert days_of(make(issues=[], servers=[{}], links=[], rules={"horizon": horizon})) == days


def test_seconds_on_shift_by_day():
    """From before the run to 01:00, 23:00 … 02:00, 100 s around the midnight of day 2, of which 50 s are in the run."""
    nights = [(-3600, 3600), (82_800, 93_600), (2 * DAY - 100, 2 * DAY + 100), (5 * DAY, 6 * DAY)]
    plan = make(
        issues=[],
        links=[],
        shifts=[[], nights],
        servers=[{}, {"calendar": 1}, {"calendar": 1, "absences": 1}, {"absences": 2}],
        absences=[{"start": DAY, "end": 2 * DAY}, {"start": 2 * DAY, "end": 9 * DAY}],
        rules={"horizon": 2 * DAY + 50},
    )
    assert on_shift_seconds(plan).tolist() == [
        [DAY, DAY, 50],
        [7200, 7300, 50],
        [7200, 0, 50],
        [DAY, 0, 0],
    ]


def test_an_absence_before_the_run_takes_nothing():
    plan = make(
        issues=[],
        links=[],
        servers=[{"absences": 1}],
        absences=[{"start": -3 * DAY, "end": -DAY}],
        rules={"horizon": 2 * DAY},
    )
    assert on_shift_seconds(plan).tolist() == [[DAY, DAY]]


def test_phases_and_kinds_keep_their_numbers():
    """They stand in files: a new one comes after the last."""
    assert [phase.name for phase in Phase] == [
        "COMPLETION", "CALENDAR_END", "CALENDAR_START", "TIMER", "GATE", "ARRIVAL", "DISPATCH",
    ]  # fmt: skip
    assert [kind.name for kind in EventKind][:22] == [
        "ONSET", "CLEAR", "NOTICE", "REPORT", "ENTER", "FINISH", "SUSPEND", "START", "RESUME", "REBIND", "SETTLE",
        "ESCALATE", "RETURN", "REWORK", "CLOSE", "REFUSE", "MERGE", "WITHDRAW", "SHIFT_START", "SHIFT_END", "PIECE_START",
        "PIECE_END",
    ]  # fmt: skip
    assert NEVER == -1
