"""The issues that a policy has helped and harmed most, and their stories under both policies side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.model.world import build_world
from sim.study.compare.counterfactual import OUTCOMES, matched
from sim.study.replication import plan_of, simulate_once

if TYPE_CHECKING:
    import pandas as pd

    from sim.engine.log import Log
    from sim.engine.plan import Plan
    from sim.scenario.schema import Scenario
    from sim.study.runs import Run, Runs

HOUR = 3600
EXTREME_COLUMNS = (
    *("change", "issue", "issue_scenario", "category", "street", "community", "onset"),
    *("outcome_baseline", "outcome_scenario", "hours_baseline", "hours_scenario", "hours_gained"),
)
STORY_COLUMNS = (
    *("issue", "time", "baseline_kind", "baseline_level", "baseline_server"),
    *("scenario_kind", "scenario_level", "scenario_server"),
)


def extremes(baseline: Runs, scenario: Runs, *, replication: int = 0, count: int = 5) -> pd.DataFrame:
    """The issues of one replication whose lives a scenario shortened most ("helped") and lengthened most ("harmed").

    Columns ``EXTREME_COLUMNS``: ``issue`` and ``issue_scenario`` are its rows in the two Logs; hours are from onset to
    the true end, or to the horizon. Only real issues that arise on both sides; at most ``count`` of each change, the
    greatest first. The demand is drawn again to say where and when they arose.
    """
    import pandas as pd  # noqa: PLC0415  # takes time to load

    old, new = baseline.runs[replication], scenario.runs[replication]
    plans = [_plan(runs.scenario, replication) for runs in (baseline, scenario)]
    rows = _on_both_sides(old, new)
    lives = [_lives(plan, run)[at] for plan, run, at in zip(plans, (old, new), rows, strict=True)]
    gained = np.where(_real(plans[0])[rows[0]], lives[0] - lives[1], 0)
    order = np.argsort(-gained, kind="stable")
    helped, harmed = order[:count], np.argsort(gained, kind="stable")[:count]
    chosen = [("helped", at) for at in helped[gained[helped] > 0]] + [
        ("harmed", at) for at in harmed[gained[harmed] < 0]
    ]
    places = _places(plans[0], np.array([rows[0][at] for _, at in chosen], np.int64))
    table = [
        (
            *(change, int(rows[0][at]), int(rows[1][at]), *place),
            *(OUTCOMES[old.fates[rows[0][at]]], OUTCOMES[new.fates[rows[1][at]]]),
            *(lives[0][at] / HOUR, lives[1][at] / HOUR, gained[at] / HOUR),
        )
        for (change, at), place in zip(chosen, places, strict=True)
    ]
    return pd.DataFrame(table, columns=EXTREME_COLUMNS)


def _plan(scenario: Scenario, replication: int) -> Plan:
    return plan_of(scenario, build_world(scenario.world), replication)


def _on_both_sides(old: Run, new: Run) -> tuple[np.ndarray, np.ndarray]:
    rows = matched(old.issues, new.issues)
    everyone = np.arange(old.fates.size)
    return (everyone, everyone) if rows is None else rows


def _lives(plan: Plan, run: Run) -> np.ndarray:
    """Seconds from onset to the true end of each issue, or to the horizon."""
    age = plan.rules["horizon"] - plan["issues"]["onset"]
    return np.where(run.resolved >= 0, run.resolved, age)


def _real(plan: Plan) -> np.ndarray:
    return plan["issues"]["valid"] == 1


def _places(plan: Plan, issues: np.ndarray) -> Iterator[tuple[object, ...]]:
    """Category, street, community and onset of issues."""
    labels, table = plan.labels, plan["issues"][issues]
    communities = np.asarray(labels["building_community"])[table["building"]]
    streets = np.asarray(labels["community_street"])[communities]
    onsets = np.datetime64(plan.start, "s") + table["onset"].astype("timedelta64[s]")
    for category, street, community, onset in zip(table["category"], streets, communities, onsets, strict=True):
        yield (
            labels["categories"][category],  # type: ignore[index]  # labels are the Plan's own
            labels["streets"][street],  # type: ignore[index]
            labels["communities"][community],  # type: ignore[index]
            onset,
        )


def stories(baseline: Runs, scenario: Runs, issues: Sequence[int], *, replication: int = 0) -> pd.DataFrame:
    """What happened to some issues under both policies, side by side in time, columns ``STORY_COLUMNS``.

    ``issues``: rows of the baseline's Log, as in ``extremes``. Both replications are simulated again with every event.
    IndexError for an issue that there is not.
    """
    import pandas as pd  # noqa: PLC0415

    old, new = baseline.runs[replication], scenario.runs[replication]
    wanted = np.asarray(issues, np.int64)
    lucks = old.issues.luck[wanted]
    known = np.flatnonzero(np.isin(new.issues.luck, lucks))
    row = dict(zip(new.issues.luck[known].tolist(), known.tolist(), strict=True))
    others = np.array([row.get(luck, -1) for luck in lucks.tolist()], np.int64)
    logs = _told(baseline.scenario, replication, wanted), _told(scenario.scenario, replication, others)
    frames = [_side_by_side(logs, int(a), int(b)) for a, b in zip(wanted, others, strict=True)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=STORY_COLUMNS)


def _told(scenario: Scenario, replication: int, issues: np.ndarray) -> Log:
    """The Log of a replication with the events of some issues."""
    from sim.engine.log import Log  # noqa: PLC0415  # with the Log comes pandas

    log = simulate_once(scenario, replication=replication, events=True)
    events = log.raw["events"]
    return Log(log.plan, {**log.raw, "events": events[np.isin(events["issue"], issues)]})


def _side_by_side(logs: tuple[Log, Log], issue: int, other: int) -> pd.DataFrame:
    """The two stories of an issue, by time; what happened in the same second stands in the same row, one after the other."""
    sides = []
    for log, row, side in zip(logs, (issue, other), ("baseline", "scenario"), strict=True):
        events = log.events()
        story = events[log.raw["events"]["issue"] == row][["time", "kind", "level", "server"]]
        renamed = story.rename(columns={name: f"{side}_{name}" for name in ("kind", "level", "server")})
        sides.append(renamed.assign(turn=renamed.groupby("time").cumcount()))
    both = sides[0].merge(sides[1], on=["time", "turn"], how="outer").sort_values(["time", "turn"])
    both = both.astype({f"{side}_server": "Int64" for side in ("baseline", "scenario")})
    both.insert(0, "issue", issue)
    return both[list(STORY_COLUMNS)].reset_index(drop=True)
