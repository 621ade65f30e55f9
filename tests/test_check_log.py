"""check_log: each invariant catches a Log that was damaged on purpose, and says which row breaks which rule."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from plans import make
from rulebook import reported

from sim.engine.check_log import LogError, check_log
from sim.engine.events import NEVER, Action, Duty, EventKind, Outcome, Phase, Role, Source
from sim.engine.log import Log, days_of, sort_events
from sim.engine.plan import DAY
from sim.engine.simulate import simulate
from sim.study.verify import random_plans

Raw = dict[str, np.ndarray]

K = EventKind


@pytest.fixture(scope="module")
def whole() -> Log:
    """A random run in which every kind of event occurs to a case, every outcome and every source."""
    return next(log for log in map(_run, range(90, 1999)) if _has_everything(log))  # one in four hundred has


def _has_everything(log: Log) -> bool:
    events, cases = log.raw["events"], log.raw["cases"]
    resumed = ((events["kind"] == K.RESUME) & (events["case"] != NEVER)).any()
    kinds = set(events["kind"].tolist()) == set(EventKind)
    lasting = ((cases["source"] == Source.DUPLICATE) & (cases["closed"] == NEVER)).any()
    return (
        bool(resumed)
        and kinds
        and bool(lasting)
        and set(cases["outcome"].tolist()) == set(Outcome)
        and set(cases["source"].tolist()) == set(Source)
    )


def _run(seed: int) -> Log:
    return simulate(random_plans.draw(seed), events=True)


def damaged(log: Log, damage: Callable[[Raw], None]) -> Log:
    """A copy of the log with something wrong in it."""
    raw = {name: values.copy() for name, values in log.raw.items()}
    damage(raw)
    return Log(log.plan, raw)


def first(holds: np.ndarray) -> int:
    """The first row for which it holds; there is one."""
    return int(np.flatnonzero(holds)[0])


def caught(log: Log, damage: Callable[[Raw], None], rule: str) -> None:
    check_log(log)
    with pytest.raises(LogError, match="^" + re.escape(rule) + ": "):
        check_log(damaged(log, damage))


def test_the_message_names_the_rule_the_row_and_how_many_there_are():
    """One case, whose filing lies a second before its report."""
    log = simulate(make(issues=[reported(5), reported(70)], servers=[{}], links=[{}]), events=True)
    with pytest.raises(LogError) as caught:
        check_log(damaged(log, lambda raw: raw["cases"]["filed"].__setitem__(1, 69)))
    row = dict(zip(log.raw["cases"].dtype.names, log.raw["cases"][1].tolist(), strict=True)) | {"filed": 69}
    assert str(caught.value) == f"known does not come after filed: row 1 of 1 such: {row}"


def test_a_log_without_events_is_checked_as_far_as_it_goes(whole):
    bare = Log(whole.plan, {**whole.raw, "events": whole.raw["events"][:0]})
    caught(bare, lambda raw: raw["issues"]["cases"].__iadd__(1), "issues.cases counts its cases")


# Tables


def set_at(table: str, column: str, value: int, where: Callable[[np.ndarray], np.ndarray]) -> Callable[[Raw], None]:
    """Put a value into the first row for which ``where`` holds."""

    def damage(raw: Raw) -> None:
        raw[table][column][first(where(raw[table]))] = value

    return damage


def moved(column: str, to: str, by: int, where: Callable[[np.ndarray], np.ndarray]) -> Callable[[Raw], None]:
    """Put an instant of the first such case ``by`` seconds from another of its instants."""

    def damage(raw: Raw) -> None:
        cases = raw["cases"]
        at = first(where(cases))
        cases[column][at] = cases[to][at] + by

    return damage


def closed(cases: np.ndarray) -> np.ndarray:
    return (cases["outcome"] == Outcome.CLOSED) & (cases["known"] > 1)


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (set_at("cases", "known", -1, closed), "a case is known from second 0 on"),
        (moved("known", "filed", 1, closed), "known does not come after filed"),
        (moved("dispatched", "known", -1, closed), "known does not come after dispatched"),
        (moved("filed", "finished", 1, closed), "filed does not come after finished"),
        (moved("dispatched", "started", 1, closed), "dispatched does not come after started"),
        (moved("started", "finished", 1, closed), "started does not come after finished"),
        (moved("finished", "closed", 1, closed), "finished does not come after closed"),
        (
            moved("closed", "known", -1, lambda cases: (cases["outcome"] == Outcome.WITHDRAWN) & (cases["known"] > 0)),
            "known does not come after closed",
        ),
        (set_at("cases", "closed", NEVER, closed), "closed is set if and only if the case has ended"),
        (
            moved(
                "closed", "known", 1, lambda cases: (cases["outcome"] == Outcome.OPEN) & (cases["finished"] == NEVER)
            ),
            "closed is set if and only if the case has ended",
        ),
        (set_at("cases", "finished", NEVER, closed), "closed only after a disposal"),
        (
            set_at("cases", "source", Source.REPORT, lambda cases: cases["outcome"] == Outcome.MERGED),
            "only duplicates are merged",
        ),
        (
            set_at("cases", "outcome", Outcome.REFUSED, lambda cases: cases["outcome"] == Outcome.MERGED),
            "only a report of nothing is refused",
        ),
    ],
)
def test_a_case_whose_instants_contradict_each_other_is_caught(whole, damage, rule):
    caught(whole, damage, rule)


@pytest.mark.parametrize("column", ["known", "filed", "dispatched", "started", "finished", "closed"])
def test_an_instant_at_the_horizon_is_caught(whole, column):
    horizon = whole.plan.rules["horizon"]
    caught(whole, set_at("cases", column, horizon, closed), f"{column} lies before the horizon")


def test_a_case_known_before_its_issue_is_there_is_caught(whole):
    onset = whole.plan["issues"]["onset"]

    def damage(raw: Raw) -> None:
        cases = raw["cases"]
        at = first((onset[cases["issue"]] > 0) & (cases["source"] == Source.DUPLICATE))
        cases["known"][at] = onset[cases["issue"][at]] - 1

    caught(whole, damage, "nothing is known before it is there")


def test_a_report_of_nothing_that_is_closed_is_caught(whole):
    def damage(raw: Raw) -> None:
        cases = raw["cases"]
        at = first(cases["outcome"] == Outcome.REFUSED)
        cases["outcome"][at], cases["finished"][at] = Outcome.CLOSED, cases["closed"][at]

    caught(whole, damage, "a report of nothing is not closed")


def test_two_open_cases_of_an_issue_are_caught(whole):
    """A duplicate passed off as a report."""

    def damage(raw: Raw) -> None:
        raw["cases"]["source"][
            first((raw["cases"]["source"] == Source.DUPLICATE) & (raw["cases"]["closed"] == NEVER))
        ] = Source.REPEAT

    caught(whole, damage, "an issue has one open case at a time")


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (set_at("issues", "cases", 9, lambda issues: issues["cases"] == 0), "issues.cases counts its cases"),
        (
            set_at("issues", "known", NEVER, lambda issues: issues["cases"] > 0),
            "an issue is known from its first case on",
        ),
        (set_at("issues", "known", 5, lambda issues: issues["cases"] == 0), "an issue is known from its first case on"),
        (
            lambda raw: raw["issues"]["known"].__setitem__(
                k := first(raw["issues"]["cases"] > 1), raw["issues"]["known"][k] + 1
            ),
            "an issue is known from its first case on",
        ),
    ],
)
def test_an_issue_whose_cases_do_not_add_up_is_caught(whole, damage, rule):
    caught(whole, damage, rule)


def test_a_resolution_at_the_horizon_is_caught(whole):
    horizon = whole.plan.rules["horizon"]
    caught(
        whole,
        set_at("issues", "resolved", horizon, lambda issues: issues["resolved"] >= 0),
        "resolved lies before the horizon",
    )


def test_a_resolution_before_the_onset_is_caught(whole):
    onset = whole.plan["issues"]["onset"]

    def damage(raw: Raw) -> None:
        at = first((raw["issues"]["resolved"] >= 0) & (onset > 0))
        raw["issues"]["resolved"][at] = onset[at] - 1

    caught(whole, damage, "nothing is resolved before it is there")


def test_an_issue_that_goes_at_another_time_than_its_own_is_caught(whole):
    def damage(raw: Raw) -> None:
        issues = raw["issues"]
        issues["resolved"][first((issues["resolved"] >= 0) & (issues["resolved_level"] == NEVER))] += 1

    caught(whole, damage, "what goes by itself goes at its own time")


def test_an_issue_that_should_have_gone_by_itself_is_caught(whole):
    def damage(raw: Raw) -> None:
        issues = raw["issues"]
        issues["resolved"][first((issues["resolved"] >= 0) & (issues["resolved_level"] == NEVER))] = NEVER

    caught(whole, damage, "what was to go by itself has gone")


@pytest.mark.parametrize(("column", "step"), [("resolved", 1), ("resolved_level", 1)])
def test_a_resolution_that_no_disposal_brought_is_caught(whole, column, step):
    def damage(raw: Raw) -> None:
        raw["issues"][column][first(raw["issues"]["resolved_level"] != NEVER)] += step

    caught(whole, damage, "what a level resolved is a disposal of that level")


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (lambda raw: raw["days"]["case"].__setitem__(0, DAY), "work fits into the shift and its overtime"),
        (lambda raw: raw["days"]["overtime"].__setitem__(0, -1), "overtime is not negative"),
        (lambda raw: raw["days"]["backlog"].__setitem__(1, -1), "backlog is not negative"),
        (lambda raw: raw["days"]["answered"].__setitem__(0, 99), "answered visits are visits"),
    ],
)
def test_a_day_that_does_not_add_up_is_caught(damage, rule):
    """A worker who is there 100 s a day, for two days."""
    shifts = [[(d * DAY, d * DAY + 100) for d in (0, 1)]]
    plan = make(issues=[reported(0)], servers=[{}], links=[{}], shifts=shifts, rules={"horizon": 2 * DAY})
    caught(simulate(plan, events=True), damage, rule)


@pytest.mark.parametrize("overtime", [0, 50])
def test_overtime_is_what_goes_beyond_the_shift(overtime):
    """60 of 100 s on shift: 40 s more fit, 41 do only as overtime."""
    plan = make(issues=[reported(0)], servers=[{}], links=[{}], shifts=[[(0, 100)]], rules={"horizon": DAY})
    log = Log(plan, {**simulate(plan).raw})
    check_log(damaged(log, lambda raw: raw["days"]["admin"].__setitem__(0, 40)))

    def damage(raw: Raw) -> None:
        raw["days"]["admin"] = 41 + overtime
        raw["days"]["overtime"] = overtime

    caught(log, damage, "work fits into the shift and its overtime")


def test_work_that_runs_on_into_a_shift_of_the_next_day_is_booked_on_the_day_on_which_it_began():
    """A shift of 8 h, work of 27 h: 16 h of overtime, and 11 h on shift, more than there were on the first day."""
    shifts = [[(d * DAY + 32_400, d * DAY + 61_200) for d in (0, 1)]]
    plan = make(
        issues=[reported(32_400)], work=[[97_200] * 5], servers=[{}], links=[{}], shifts=shifts, overtime=[0],
        rules={"horizon": 2 * DAY},
    )  # fmt: skip
    log = simulate(plan, events=True)
    assert log.raw["days"][["case", "overtime"]].tolist() == [(97_200, 57_600), (0, 0)]
    check_log(log)
    bare = Log(plan, {**log.raw, "events": log.raw["events"][:0]})
    caught(bare, lambda raw: raw["days"]["overtime"].__isub__(1), "work fits into the shift and its overtime")


def test_a_find_that_no_server_counts_is_caught(whole):
    def damage(raw: Raw) -> None:
        raw["days"]["noticed"][first(raw["days"]["noticed"] > 0)] -= 1

    caught(whole, damage, "noticed counts the cases a server found")


def test_a_count_of_finds_goes_by_server(whole):
    """The same number of finds, but by somebody else."""

    def damage(raw: Raw) -> None:
        at = first(raw["days"]["noticed"] > 0)
        raw["days"]["noticed"][at] -= 1
        raw["days"]["noticed"][at - days_of(whole.plan)] += 1

    caught(whole, damage, "noticed counts the cases a server found")


# Courses


def worse(name: str, value: int) -> Callable[[Raw], None]:
    """A value in the first row of courses of a case that has been closed."""

    def damage(raw: Raw) -> None:
        raw["courses"][name][first(closed(raw["cases"]))] = value

    return damage


def without_courses(raw: Raw) -> None:
    raw["courses"] = raw["courses"][:0]


def limit_moved(by: int, *, touched: bool) -> Callable[[Raw], None]:
    """The limit of a case to which something, or nothing, has happened that may change it."""

    def damage(raw: Raw) -> None:
        cases, courses = raw["cases"], raw["courses"]
        cause = (courses["paused"] > 0) | (courses["postponed"] > 0) | (cases["reworks"] > 0)
        at = first((cases["limit"] != NEVER) & (cause == touched))
        cases["limit"][at] = cases["limit_original"][at] + by

    return damage


def limit_from_nothing(raw: Raw) -> None:
    raw["cases"]["limit"][first(raw["cases"]["limit_original"] == NEVER)] = 1


def hanging_unhung(raw: Raw) -> None:
    raw["courses"]["hung"][first(closed(raw["cases"]) & (raw["courses"]["hangs"] == 0))] = 1


def hanging_at_the_end(raw: Raw) -> None:
    at = first(closed(raw["cases"]))
    raw["courses"]["hung"][at] = raw["courses"]["hangs"][at] = 1


def supervised_unfiled(raw: Raw) -> None:
    raw["courses"]["supervised"][first(raw["cases"]["filed"] == NEVER)] = 1


def accepted_after_settlement(raw: Raw) -> None:
    at = first(closed(raw["cases"]))
    raw["courses"]["accepted"][at] = raw["cases"]["finished"][at] + 1


def accepted_before_start(raw: Raw) -> None:
    at = first(closed(raw["cases"]))
    raw["courses"]["accepted"][at] = raw["cases"]["started"][at] - 1


def accepted_at_the_end(raw: Raw) -> None:
    raw["courses"]["accepted"][first(raw["courses"]["accepted"] != NEVER)] = 1 << 40


def accepted_between(raw: Raw) -> None:
    cases, courses = raw["cases"], raw["courses"]
    at = first((cases["finished"] > courses["accepted"]) & closed(cases))
    courses["accepted"][at] += 1


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (without_courses, "courses has a row a case if the Plan needs it, else none"),
        (limit_moved(1, touched=False), "a limit changes only by postponing, pausing or rework"),
        (limit_moved(-1, touched=True), "no limit comes before the first one"),
        (limit_from_nothing, "only a limit that there was changes"),
        (worse("declines", -1), "declines is not negative"),
        (worse("hung", 2), "a case hangs or not"),
        (hanging_unhung, "what hangs has been hung"),
        (hanging_at_the_end, "what hangs has not ended"),
        (supervised_unfiled, "only what has been filed is supervised"),
        (worse("accepted", NEVER), "what has been settled had been accepted"),
        (accepted_after_settlement, "what has been settled had been accepted"),
        (accepted_before_start, "started does not come after accepted"),
        (accepted_at_the_end, "accepted lies before the horizon"),
        (accepted_between, "accepted is the time of a START"),
        (worse("paused", 1 << 40), "no limit stands still longer than the case is known"),
        (worse("supervised", 999), "supervised counts SUPERVISE"),
        (worse("postponed", 999), "postponed counts POSTPONE"),
        (worse("hangs", 999), "hangs counts HANG"),
        (worse("declines", 999), "declines counts DECLINE"),
        (worse("feigned", 999), "what is feigned is a settlement"),
    ],
)
def test_a_course_that_cannot_be_is_caught(whole, damage, rule):
    caught(whole, damage, rule)


@pytest.fixture(scope="module")
def hall() -> Log:
    """Nobody is there until 900. Case 0 hangs 10 … 30, case 1 waits 0 … 40 outside, its limit standing still; case 2 hangs on."""
    plan = make(
        issues=[reported(0), reported(0, report_stage=1, severity=1), reported(0, severity=0)],
        stages=[{"role": Role.HANDLE}, {"role": Role.WAIT, "next": 0, "wait": 40, "pauses": 1}],
        queues=[{}, {}],
        servers=[{"calendar": 1}],
        links=[{"queue": 0}, {"queue": 1}],
        shifts=[[], [(900, 1000)], [(0, 11)]],
        limits={2: {"marks": 1}, 0: {"first_mark": 1, "marks": 1}},
        marks=[
            {"seconds": 10, "action": Action.HANG, "extension": 20},
            {"seconds": 10, "action": Action.HANG, "extension": 20, "calendar": 2},
        ],
        rules={"horizon": DAY},
    )
    return simulate(plan, events=True)


def test_what_had_hung_waits_again_where_it_was(hall):
    def damage(raw: Raw) -> None:
        events = raw["events"]
        events["queue"][first((events["time"] == 30) & (events["kind"] == K.ENTER))] = 1

    caught(hall, damage, "what had hung waits again where it was")


@pytest.mark.parametrize(("case", "seconds"), [(0, 20), (1, 40)])
@pytest.mark.parametrize("by", [-1, 1])
def test_seconds_outside_are_those_of_the_events(hall, case, seconds, by):
    assert hall.raw["courses"]["paused"][case] == seconds
    caught(
        hall, lambda raw: raw["courses"]["paused"].__setitem__(case, seconds + by), "paused is the time spent outside"
    )


def test_who_hangs_at_the_end_is_said_to_hang(hall):
    assert hall.raw["courses"]["hung"].tolist() == [0, 0, 1]
    caught(hall, lambda raw: raw["courses"]["hung"].__setitem__(2, 0), "hung is said of what has not been released")


@pytest.mark.parametrize(
    ("kind", "phase", "second"),
    [(K.START, Phase.DISPATCH, 20), (K.ESCALATE, Phase.TIMER, 20), (K.HANG, Phase.TIMER, 20)],
)
def test_nobody_touches_what_hangs_or_waits_outside(hall, kind, phase, second):
    for case in (0, 1):
        row = (second, phase, kind, case, case, 0, NEVER, 0)
        caught(hall, more(row), "a case is in one place at a time")


@pytest.mark.parametrize("kind", [K.ENTER, K.RELEASE, K.HANG])
def test_a_wait_without_beginning_or_end_is_caught(hall, kind):
    caught(hall, without(kind), "a case is in one place at a time")


def test_nothing_happens_under_way_where_nothing_of_the_kind_is(lunch):
    row = (5, Phase.TIMER, K.SUPERVISE, 0, 0, NEVER, NEVER, 0)
    caught(lunch, more(row), "nothing happens under way where the Plan has nothing of the kind")
    assert not len(lunch.raw["courses"])


# Events


def test_events_out_of_order_are_caught(whole):
    def damage(raw: Raw) -> None:
        raw["events"][[5, 20]] = raw["events"][[20, 5]]

    caught(whole, damage, "events stand in the order of time, phase and ids")


@pytest.mark.parametrize(("row", "time"), [(0, -1), (-1, None)])
def test_events_outside_the_run_are_caught(whole, row, time):
    instant = whole.plan.rules["horizon"] if time is None else time
    caught(whole, lambda raw: raw["events"]["time"].__setitem__(row, instant), "events lie within the run")


def without(*kinds: EventKind) -> Callable[[Raw], None]:
    """Leave out the first row of one of these kinds: that of a case rather than a piece, where both have such rows, and of
    one server rather than several."""

    def damage(raw: Raw) -> None:
        events = raw["events"]
        of_case = (events["case"] != NEVER) | ~np.isin(events["kind"], (K.SUSPEND, K.RESUME))
        _, group, size = np.unique(events[["time", "kind", "case"]], return_inverse=True, return_counts=True)
        alone = (size[group] == 1) | (events["case"] == NEVER)
        raw["events"] = np.delete(events, first(np.isin(events["kind"], kinds) & of_case & alone))

    return damage


def without_shift_start(raw: Raw) -> None:
    """Leave out the start of a shift in which its server takes up work."""
    events = raw["events"]
    last: dict[int, int] = {}
    for at, (kind, server) in enumerate(events[["kind", "server"]].tolist()):
        if kind == K.SHIFT_START:
            last[server] = at
        elif kind in (K.START, K.PIECE_START) and server in last:
            raw["events"] = np.delete(events, last[server])
            return


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (without(K.REPORT), "each case is opened once"),
        (without(K.NOTICE), "each case is opened once"),
        (without(K.CLOSE), "each case that has ended ended once"),
        (without(K.REFUSE), "each case that has ended ended once"),
        (without(K.MERGE), "each case that has ended ended once"),
        (without(K.WITHDRAW), "each case that has ended ended once"),
        (without(K.RETURN), "returns counts RETURN"),
        (without(K.REWORK), "reworks counts REWORK"),
        (without(K.ENTER), "a case is in one place at a time"),
        (without(K.START), "a case is in one place at a time"),
        (without(K.FINISH), "a case is in one place at a time"),
        (without(K.RESUME), "a case is in one place at a time"),
        (without_shift_start, "nobody takes up work off shift"),
        (without(K.PIECE_START), "what ends is what was in hand"),
        (without(K.PIECE_END), "nobody does two things at once"),
    ],
)
def test_a_row_left_out_is_caught(whole, damage, rule):
    caught(whole, damage, rule)


def test_a_settlement_left_out_is_caught(whole):
    """The last of a case, without which the one before it, or none, would be its end of disposal."""

    def damage(raw: Raw) -> None:
        raw["events"] = np.delete(raw["events"], np.flatnonzero(raw["events"]["kind"] == K.SETTLE)[-1])

    caught(whole, damage, "finished is the last settlement")


def test_an_instant_that_is_not_that_of_its_event_is_caught(whole):
    def known(raw: Raw) -> None:
        cases, issues = raw["cases"], raw["issues"]
        later = cases["known"] > issues["known"][cases["issue"]]
        cases["known"][first((cases["source"] == Source.DUPLICATE) & later)] -= 1

    def ended(raw: Raw) -> None:
        raw["cases"]["closed"][first(raw["cases"]["outcome"] == Outcome.MERGED)] += 1

    caught(whole, known, "known is the time of its event")
    caught(whole, ended, "closed is the time of its event")


def more(*rows: tuple[int, ...]) -> Callable[[Raw], None]:
    """Rows added where they belong: time, phase, kind, case, issue, queue, server, level."""

    def damage(raw: Raw) -> None:
        raw["events"] = sort_events(np.concatenate([raw["events"], np.array(list(rows), raw["events"].dtype)]))

    return damage


def test_a_case_that_goes_on_after_its_end_is_caught(whole):
    cases = whole.raw["cases"]
    for outcome in (Outcome.CLOSED, Outcome.REFUSED, Outcome.MERGED, Outcome.WITHDRAWN):
        case = first(cases["outcome"] == outcome)
        row = (int(cases["closed"][case]) + 1, Phase.ARRIVAL, K.ENTER, case, int(cases["issue"][case]), 0, NEVER, 0)
        caught(whole, more(row), "a case is in one place at a time")


@pytest.fixture(scope="module")
def lunch() -> Log:
    """Servers 0 and 1 are there 0 … 50 and 100 … 900; cases 0 and 1 (100 s each) are suspended over lunch."""
    plan = make(
        issues=[reported(0), reported(0)],
        servers=[{}, {}, {"admin": 0, "calendar": 0}],
        links=[{"server": 0}, {"server": 1}],
        shifts=[[(0, 50), (100, 900)]],
        work=[[100] * 5] * 2,
        admin=[[0]],
        rules={"horizon": DAY},
    )
    return simulate(plan, events=True)


def swapped(kind: EventKind) -> Callable[[Raw], None]:
    """The two servers change places in the rows of a kind."""

    def damage(raw: Raw) -> None:
        rows = raw["events"]["kind"] == kind
        raw["events"]["server"][rows] = 1 - raw["events"]["server"][rows]
        raw["events"] = sort_events(raw["events"])

    return damage


@pytest.mark.parametrize(
    ("kinds", "rule"),
    [
        ((K.FINISH,), "what ends is what was in hand"),
        ((K.SUSPEND,), "what ends is what was in hand"),
        ((K.RESUME, K.FINISH), "suspended work goes on with its server"),
    ],
)
def test_servers_who_change_places_are_caught(lunch, kinds, rule):
    def damage(raw: Raw) -> None:
        for kind in kinds:
            swapped(kind)(raw)

    caught(lunch, damage, rule)


def piece(time: int, phase: Phase, kind: EventKind, server: int) -> tuple[int, ...]:
    return (time, phase, kind, NEVER, NEVER, NEVER, server, Duty.ADMIN)


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([piece(10, Phase.DISPATCH, K.PIECE_START, 0)], "nobody does two things at once"),
        ([piece(60, Phase.DISPATCH, K.PIECE_START, 2)], "nobody takes up work off shift"),
        ([piece(60, Phase.COMPLETION, K.PIECE_END, 2)], "what ends is what was in hand"),
        (
            [piece(110, Phase.DISPATCH, K.PIECE_START, 2), piece(120, Phase.COMPLETION, K.PIECE_END, 2)],
            "worker-days are what the events say",
        ),
        ([piece(890, Phase.DISPATCH, K.PIECE_START, 2)], "worker-days are what the events say"),
    ],
)
def test_a_piece_that_cannot_be_is_caught(lunch, rows, rule):
    caught(lunch, more(*rows), rule)


def test_seconds_that_no_event_accounts_for_are_caught(lunch):
    caught(lunch, lambda raw: raw["days"]["patrol"].__setitem__(2, 1), "worker-days are what the events say")


def test_seconds_on_the_wrong_day_are_caught():
    """Always there; ten seconds before midnight begun."""
    plan = make(issues=[reported(DAY - 10)], servers=[{}], links=[{}], rules={"horizon": 2 * DAY})
    log = simulate(plan, events=True)
    caught(
        log, lambda raw: raw["days"]["case"].__setitem__(slice(None), [10, 50]), "worker-days are what the events say"
    )


def test_whole_logs_pass():
    for seed in range(20):
        check_log(_run(seed))
    check_log(simulate(make(issues=[], servers=[], links=[], queues=[], rules={"horizon": DAY}), events=True))
