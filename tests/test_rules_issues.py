"""Chapter 3 of docs/model.md: how issues become known, worsen and go away."""

from __future__ import annotations

import pytest
from plans import make
from rulebook import HALF, HANDLE, case, day, happened, issue, luck_with, reported, run, stretches

from sim.engine.events import NEVER, Level, Outcome, Purpose, Source
from sim.engine.log import FATES, fates
from sim.engine.plan import DAY, MILLION, Plan

FINDER, OFFICE = 0, 1
NOTICES = "NOTICE"


def patrolled(
    issues, *, leg: int = 100, passes: int = 9, hazard: int = HALF, finders: int = 1, skill: int = MILLION, **more
) -> Plan:
    """Finders pass building 0 at ``leg``, 2·``leg``, … and serve nothing; the last server, always there, serves queue 0."""
    finder = {"calendar": 1, "patrol_quota": passes * leg, "legs": 1, "patrol_class": 14, "skill": skill}
    return make(
        **{
            "issues": issues,
            "categories": [{"patrol_hazard": hazard, "visit_hazard": hazard}],
            "servers": [finder] * finders + [{}],
            "links": [{"server": finders}],
            "shifts": [[], [(0, 1000)]],
            "legs": [{"first_stop": 0, "stops": 1, "seconds": leg}],
            "stops": [{"building": 0}],
            **more,
        }
    )


def visited(issues, *, answer: int = MILLION, **more) -> Plan:
    """Server 0 visits household 1 (place 1) of building 0: three times, 100 s each."""
    finder = {
        "calendar": 1, "visit_quota": 3, "visit_answered": 100, "visit_unanswered": 100, "homes": 1, "visit_class": 13,
    }  # fmt: skip
    return make(
        **{
            "issues": issues,
            "categories": [{"patrol_hazard": HALF, "visit_hazard": HALF}],
            "servers": [finder, {}],
            "links": [{"server": 1}],
            "shifts": [[], [(0, 1000)]],
            "buildings": [{"households": 1, "answer": answer}],
            "homes": [{"building": 0, "unit": 1}],
            **more,
        }
    )


def noticed_at(plan: Plan) -> list[int]:
    return [time for time, *_ in happened(run(plan), NOTICES)]


# Notice


@pytest.mark.parametrize(
    ("threshold", "second"), [(1, 100), (HALF, 100), (HALF + 1, 200), (MILLION, 200), (MILLION + 1, 300)]
)
def test_an_issue_is_noticed_at_the_pass_that_reaches_its_threshold(threshold, second):
    """Each pass (100, 200, 300) adds one half."""
    assert noticed_at(patrolled([{"threshold": threshold}])) == [second]


def test_it_stays_unnoticed_if_the_passes_do_not_suffice():
    log = run(patrolled([{"threshold": 2 * MILLION}], passes=3))
    assert happened(log, NOTICES) == []
    assert fates(log).tolist() == [FATES.index("latent")]


@pytest.mark.parametrize(("threshold", "second"), [(350_001, 100), (350_002, 200)])
def test_exposure_is_the_hazard_scaled_by_skill(threshold, second):
    """500001 · 0.7 = 350000.7 → 350001."""
    assert noticed_at(patrolled([{"threshold": threshold}], hazard=500_001, skill=700_000)) == [second]


@pytest.mark.parametrize(("onset", "second"), [(99, 100), (100, 100), (101, 200)])
def test_an_issue_must_have_come_into_being_by_the_end_of_the_piece(onset, second):
    assert noticed_at(patrolled([{"onset": onset, "threshold": HALF}])) == [second]


def test_an_issue_of_the_past_is_there_from_the_first_second():
    log = run(patrolled([{"onset": -5 * DAY, "threshold": HALF}]))
    assert happened(log, "NOTICE ONSET") == [(100, "NOTICE", 0, 0)]


@pytest.mark.parametrize(("clear", "expected"), [(99, []), (100, []), (101, [100])])
def test_an_issue_that_has_gone_by_the_end_of_the_piece_is_not_noticed(clear, expected):
    assert noticed_at(patrolled([{"threshold": HALF, "clear": clear}])) == expected


def test_nothing_is_noticed_where_nothing_is():
    assert noticed_at(patrolled([{"valid": 0, "threshold": 1}])) == []


def test_a_patrol_passes_the_shared_space_and_a_visit_sees_the_household():
    """Shared space is place 0, household 1 place 1."""
    shared, household = {"threshold": HALF}, {"threshold": HALF, "place": 1, "unit": 1}
    assert happened(run(patrolled([shared, household])), NOTICES) == [(100, "NOTICE", 0, FINDER)]
    log = run(visited([shared, household]))
    assert happened(log, NOTICES) == [(100, "NOTICE", 0, FINDER)]
    assert case(log).issue == 1


def test_a_visit_is_noticed_by_its_own_hazard_and_channel():
    log = run(visited([{"threshold": MILLION, "place": 1, "unit": 1, "channel": 2}]))
    assert (case(log).known, case(log).source, case(log).channel, case(log).finder) == (200, Source.VISIT, 0, FINDER)
    assert (day(log).visits, day(log).answered, day(log).noticed) == (3, 3, 1)


def test_a_pass_is_noticed_by_its_own_hazard_and_channel():
    log = run(patrolled([{"threshold": MILLION, "channel": 2}]))
    assert (case(log).known, case(log).source, case(log).channel, case(log).finder) == (200, Source.PATROL, 1, FINDER)


@pytest.mark.parametrize(("visit", "patrol", "by_visit", "by_patrol"), [(HALF, 0, [100], []), (0, HALF, [], [100])])
def test_each_mode_has_its_own_hazard(visit, patrol, by_visit, by_patrol):
    categories = [{"visit_hazard": visit, "patrol_hazard": patrol}]
    assert noticed_at(visited([{"threshold": HALF, "unit": 1}], categories=categories)) == by_visit
    assert noticed_at(patrolled([{"threshold": HALF}], categories=categories)) == by_patrol


def test_an_unanswered_visit_sees_nothing():
    log = run(visited([{"threshold": HALF, "unit": 1}], answer=0))
    assert happened(log, NOTICES) == []
    assert (day(log).visits, day(log).answered) == (3, 0)


def test_a_leg_that_passes_a_building_twice_adds_twice():
    plan = patrolled(
        [{"threshold": MILLION}, {"threshold": MILLION, "place": 2, "building": 1}],
        buildings=[{"households": 1}, {"first_place": 2}],
        legs=[{"first_stop": 0, "stops": 3, "seconds": 100}],
        stops=[{"building": 0}, {"building": 1}, {"building": 0}],
    )
    log = run(plan)
    assert log.raw["cases"][["issue", "known"]].tolist() == [(0, 100), (1, 200)]


def test_of_two_who_notice_it_in_one_second_the_first_by_number_opens_the_case():
    log = run(patrolled([{"threshold": HALF}], finders=2))
    assert happened(log, NOTICES) == [(100, "NOTICE", 0, 0)]
    assert (day(log, 0).noticed, day(log, 1).noticed) == (1, 0)


def test_of_two_whose_pieces_end_in_one_second_the_one_who_reaches_the_threshold_notices():
    """Server 0 brings the exposure to one half, server 1 to one."""
    log = run(patrolled([{"threshold": MILLION}], finders=2))
    assert happened(log, NOTICES) == [(100, "NOTICE", 0, 1)]
    assert (case(log).finder, day(log, 1).noticed) == (1, 1)


def test_an_issue_noticed_in_the_second_of_its_report_is_the_gridworkers_find():
    """The notice comes before the report, which is a duplicate then."""
    log = run(patrolled([reported(0, threshold=HALF, report=100, channel=2)]))
    assert log.raw["cases"]["source"].tolist() == [Source.PATROL, Source.DUPLICATE]
    assert log.raw["cases"]["channel"].tolist() == [1, 2]
    assert log.raw["cases"]["known"].tolist() == [100, 100]


def test_a_pass_in_the_second_in_which_a_case_is_closed_counts_from_the_closing_servers_number_on():
    """Completions come by server: the case of server 1 ends at 100 (a failure), after server 0's pass, before server 2's.

    Server 0's pass of 100 meets an open case; server 2's meets none and brings half, its next pass notices.
    """
    luck = luck_with({Purpose.FAIL: [True]})
    finder = {"calendar": 1, "patrol_quota": 900, "legs": 1, "patrol_class": 14}
    plan = patrolled(
        [reported(40, luck=luck)],
        categories=[{"patrol_hazard": HALF, "failure": HALF}],
        servers=[{**finder, "patrol_quota": 100}, {}, finder],
        links=[{"server": 1}],
    )
    log = run(plan)
    assert happened(log, "CLOSE NOTICE")[:2] == [(100, "CLOSE", 0, -1), (200, "NOTICE", 1, 2)]


def test_notices_enter_at_their_own_stage():
    stages = [{**HANDLE, "level": 0}, {**HANDLE, "level": 1}]
    plan = patrolled(
        [{"threshold": HALF, "notice_stage": 1, "report_stage": 0}],
        stages=stages,
        queues=[{}, {}],
        routes={1: 1},
        links=[{"server": 1, "queue": 1}],
    )
    assert case(run(plan)).level == Level.COMMUNITY


# Exposure and open cases


@pytest.mark.parametrize(
    ("report", "seconds"),
    [
        # open 50 … 150: 200 and 300 count; open 300 … 400 (the pass of 400 comes before the timer): 500 and 600; 800 and 900
        (50, [300, 600, 900]),
        # what has come together at 100 is forgotten when the case ends at 250: 300 and 400 count; then 600 and 700
        (150, [400, 700]),
    ],
)
def test_exposure_stands_still_while_a_case_is_open_and_starts_anew_when_it_ends(report, seconds):
    """Each case is withdrawn after 100 s; nobody serves."""
    plan = patrolled([reported(0, report=report, patience=100, threshold=MILLION)], links=[])
    assert noticed_at(plan) == seconds


def test_the_end_of_a_duplicate_leaves_the_exposure_as_it_is():
    """Passes at 40, 80, … 160; the case (10) is withdrawn at 110, the duplicate (30) at 130; 120 and 160 count."""
    plan = patrolled([reported(0, report=10, duplicate=30, patience=100)], leg=40, passes=4, links=[])
    assert noticed_at(plan) == [160]


def test_what_was_falsely_closed_may_be_noticed_again():
    """Closed falsely at 60, noticed by the pass at 100, settled for good at 160."""
    luck = luck_with({Purpose.FAIL: [True, False]})
    plan = patrolled([reported(0, luck=luck, threshold=HALF)], categories=[{"patrol_hazard": HALF, "failure": HALF}])
    log = run(plan)
    assert log.raw["cases"]["source"].tolist() == [Source.REPORT, Source.PATROL]
    assert (issue(log).resolved, issue(log).known, issue(log).cases) == (160, 0, 2)


def test_what_is_truly_resolved_is_not_noticed():
    assert noticed_at(patrolled([reported(0, threshold=HALF)])) == []


# Reports


def test_a_report_opens_a_case():
    log = run(make(issues=[reported(7, channel=2)], servers=[{}], links=[{}]))
    record = case(log)
    assert (record.issue, record.source, record.channel, record.finder, record.known) == (0, Source.REPORT, 2, NEVER, 7)
    assert (record.filed, record.dispatched, record.started, record.finished, record.closed) == (7, 7, 7, 67, 67)
    assert (record.limit, record.limit_original, record.level, record.hops) == (NEVER, NEVER, Level.GRID, 0)
    assert (record.outcome, record.returns, record.reworks, record.stage) == (Outcome.CLOSED, 0, 0, 0)
    assert (issue(log).known, issue(log).resolved, issue(log).resolved_level, issue(log).cases) == (7, 67, 0, 1)


def test_an_issue_of_the_past_is_reported_in_the_run():
    log = run(make(issues=[{"onset": -9 * DAY, "report": 0}], servers=[{}], links=[{}]))
    assert happened(log, "REPORT ONSET") == [(0, "REPORT", 0, -1)]


@pytest.mark.parametrize(("clear", "count"), [(9, 0), (10, 0), (11, 1)])
def test_what_has_gone_is_not_reported_any_more(clear, count):
    log = run(make(issues=[reported(0, report=10, clear=clear)], servers=[{}], links=[{}]))
    assert len(log.raw["cases"]) == count


def test_what_has_gone_is_not_reported_even_while_its_case_is_open():
    """Gone by itself at 20, while case 0 is in service; the second report at 30 does not come."""
    log = run(make(issues=[reported(0, clear=20, duplicate=30)], servers=[{}], links=[{}]))
    assert len(log.raw["cases"]) == 1
    assert case(log).closed == 60


@pytest.mark.parametrize(("second", "sources"), [(59, [2, 3]), (60, [2]), (61, [2])])
def test_a_second_report_is_a_duplicate_while_the_case_is_open_and_nothing_after_it_is_resolved(second, sources):
    log = run(make(issues=[reported(0, duplicate=second)], servers=[{}], links=[{}]))
    assert log.raw["cases"]["source"].tolist() == sources


def test_a_report_on_two_platforms_in_one_second_is_a_case_and_a_duplicate():
    log = run(make(issues=[reported(5, duplicate=5)], servers=[{}], links=[{}]))
    assert log.raw["cases"]["source"].tolist() == [Source.REPORT, Source.DUPLICATE]


def test_a_duplicate_left_over_does_not_count_as_the_open_case():
    """Case 0 is closed falsely at 60; its duplicate still waits when a report comes at 61: a repeat, not a duplicate."""
    luck = luck_with({Purpose.FAIL: [True]})
    plan = make(
        issues=[
            {**reported(0), "luck": luck, "duplicate": 30},
            reported(1),  # served 60 … 120
        ],
        categories=[{"failure": HALF, "recomplain": MILLION, "recomplain_delay": 0}],
        servers=[{}],
        links=[{}],
    )
    log = run(plan)
    assert log.raw["cases"][["issue", "source", "known"]].tolist()[:4] == [
        (0, Source.REPORT, 0),
        (1, Source.REPORT, 1),
        (0, Source.DUPLICATE, 30),
        (0, Source.REPEAT, 61),
    ]


def test_a_report_after_a_withdrawal_is_a_repeat():
    plan = make(issues=[reported(0, patience=10, duplicate=11)], servers=[{}], links=[])
    log = run(plan)
    assert log.raw["cases"]["source"].tolist() == [Source.REPORT, Source.REPEAT]


def test_a_report_of_nothing_is_refused_however_often_it_comes():
    log = run(make(issues=[reported(0, valid=0, duplicate=10, clear=5)], servers=[{}], links=[{}]))
    assert log.raw["cases"]["source"].tolist() == [Source.REPORT, Source.DUPLICATE]
    assert log.raw["cases"]["outcome"].tolist() == [Outcome.REFUSED, Outcome.REFUSED]
    assert (issue(log).resolved, fates(log).tolist()) == (NEVER, [FATES.index("refused")])


# Worsening


@pytest.mark.parametrize(("worsen", "level"), [(9, 1), (10, 1), (11, 0)])
def test_difficulty_counts_at_the_start_of_a_service(worsen, level):
    """Started at 10 at the grid, which settles what is not worse; the community settles the rest."""
    plan = make(
        issues=[reported(10, onset=0, difficulty=HALF, worsen=worsen, worse_difficulty=HALF + 1)],
        stages=[{**HANDLE, "level": 0}, {**HANDLE, "level": 1}],
        hops=[{"capability": HALF, "up": 1}, {}],
        servers=[{}],
        links=[{}],
    )
    assert case(run(plan)).level == level


@pytest.mark.parametrize(("worsen", "severity", "limit"), [(10, 0, 1010), (11, 2, 5010)])
def test_severity_counts_at_filing(worsen, severity, limit):
    plan = make(
        issues=[reported(10, onset=0, severity=2, worsen=worsen, worse_severity=0)],
        limits={0: {"seconds": 1000}, 2: {"seconds": 5000}},
        servers=[{}],
        links=[{}],
    )
    record = case(run(plan))
    assert (record.severity, record.limit) == (severity, limit)


@pytest.mark.parametrize(("worsen", "severity"), [(20, 0), (21, 2)])
def test_until_filing_a_case_has_the_severity_at_which_it_was_opened(worsen, severity):
    """A duplicate, opened at 20, is never filed."""
    plan = make(
        issues=[reported(10, duplicate=20, severity=2, worsen=worsen, worse_severity=0)],
        servers=[{}],
        links=[{}],
    )
    assert run(plan).raw["cases"]["severity"].tolist() == [2, severity]


@pytest.mark.parametrize(("worsen", "order"), [(10, [0, 2, 1]), (11, [0, 1, 2])])
def test_class_counts_at_entry(worsen, order):
    """Cases 1 and 2 enter at 10 while case 0 is served; case 2 has class 1 instead of 5 if worse by then."""
    plan = make(
        issues=[
            reported(0),
            reported(10, **{"class": 3}),
            reported(10, onset=0, worsen=worsen, worse_class=1, **{"class": 5}),
        ],
        servers=[{}],
        links=[{}],
    )
    assert [what for _, _, what in stretches(run(plan))] == order


@pytest.mark.parametrize(("worsen", "order"), [(10, [0, 2, 1]), (11, [0, 1, 2])])
def test_base_counts_at_entry(worsen, order):
    plan = make(
        issues=[reported(0), reported(10, base=5), reported(10, onset=0, worsen=worsen, worse_base=4, base=6)],
        servers=[{}],
        links=[{}],
    )
    assert [what for _, _, what in stretches(run(plan))] == order


# Going away


@pytest.mark.parametrize(
    ("clear", "resolved", "level", "fate"),
    [
        (30, 30, NEVER, "cleared"),  # during the service
        (59, 59, NEVER, "cleared"),
        (60, 60, NEVER, "cleared"),  # in the second of the settlement
        (61, 60, Level.GRID, "settled_grid"),
        (NEVER, 60, Level.GRID, "settled_grid"),
    ],
)
def test_an_issue_goes_by_itself_unless_a_level_has_resolved_it_before(clear, resolved, level, fate):
    log = run(make(issues=[reported(0, clear=clear)], servers=[{}], links=[{}]))
    assert (issue(log).resolved, issue(log).resolved_level) == (resolved, level)
    assert (case(log).level, case(log).outcome, case(log).closed) == (Level.GRID, Outcome.CLOSED, 60)
    assert fates(log).tolist() == [FATES.index(fate)]
    assert happened(log, "CLEAR") == ([(clear, "CLEAR", -1, -1)] if level == NEVER else [])


def test_an_issue_may_go_while_its_case_waits():
    log = run(make(issues=[reported(0, clear=20)], servers=[{}], links=[]))
    assert (case(log).outcome, issue(log).resolved, issue(log).resolved_level) == (Outcome.OPEN, 20, NEVER)


def test_a_failed_disposal_lets_it_go_by_itself_later():
    """The disposal at 60 fails; gone at 100."""
    luck = luck_with({Purpose.FAIL: [True]})
    plan = make(issues=[reported(0, clear=100, luck=luck)], categories=[{"failure": HALF}], servers=[{}], links=[{}])
    assert (issue(run(plan)).resolved, issue(run(plan)).resolved_level) == (100, NEVER)


@pytest.mark.parametrize(("clear", "resolved"), [(999, 999), (1000, NEVER)])
def test_an_issue_nobody_knows_of_goes_before_the_horizon_or_not(clear, resolved):
    log = run(make(issues=[{"onset": 5, "clear": clear}], servers=[{}], links=[{}], rules={"horizon": 1000}))
    assert (issue(log).resolved, issue(log).known, issue(log).cases) == (resolved, NEVER, 0)
    assert happened(log, "ONSET CLEAR") == [(5, "ONSET", -1, -1)] + [(999, "CLEAR", -1, -1)] * (resolved != NEVER)


def test_an_issue_of_the_past_goes_in_the_run():
    """Its onset lies before the first row of the log, its going away does not."""
    log = run(make(issues=[{"onset": -5, "clear": 8}, {"onset": -5, "clear": 0}], servers=[{}], links=[{}]))
    assert happened(log, "ONSET CLEAR") == [(0, "CLEAR", -1, -1), (8, "CLEAR", -1, -1)]


@pytest.mark.parametrize(("onset", "rows"), [(-1, 0), (0, 1), (999, 1), (1000, 0)])
def test_onsets_are_told_if_they_lie_in_the_run(onset, rows):
    log = run(make(issues=[{"onset": onset}], servers=[{}], links=[{}], rules={"horizon": 1000}))
    assert len(happened(log, "ONSET")) == rows


def test_nothing_comes_into_being_behind_an_empty_report():
    log = run(make(issues=[reported(0, valid=0, clear=9)], servers=[{}], links=[{}]))
    assert happened(log, "ONSET CLEAR") == []
