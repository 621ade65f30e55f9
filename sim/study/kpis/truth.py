"""K13–K15: what is there and on nobody's list, what was closed and not solved, what is reported again."""

from __future__ import annotations

import numpy as np

from sim.engine.events import NEVER, Outcome, Source
from sim.engine.plan import DAY
from sim.study.kpis.exact import HOUR, mean, overlap, ratio, share
from sim.study.kpis.facts import Facts
from sim.study.kpis.kpi import STANDARD, Side, kpi
from sim.study.kpis.prices import WEIGHTS, severity_weights

HONEST = "honest form of the KPI, defined here"
DAYING = f"{STANDARD}; Daying county: 9.6 % (March 2017) and 19.6 % (a week of March 2016) of hotline tickets"


def open_spells(facts: Facts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The spells in which at least one case of an issue is open: issue, start, end; those of an issue do not overlap."""
    issue, start, end = facts.cases["issue"].astype(np.int64), facts.cases["known"].copy(), facts.ended
    several = np.flatnonzero(facts.behind["cases"] > 1)
    several = several[np.argsort(issue[several], kind="stable")]  # within an issue they stay in order of opening
    above = issue[several] * (facts.horizon + 1)  # lifts the spells of an issue above those of the issues before
    covered = np.maximum.accumulate(end[several] + above)
    covered_before = np.concatenate(([0], covered))[:-1] - above
    start[several] = np.maximum(start[several], covered_before)
    return issue, start, np.maximum(start, end)


def unrecorded_seconds(facts: Facts, since: np.ndarray) -> np.ndarray:
    """For each issue: how long from ``since`` to the horizon it was there and no case of it was open."""
    since = np.maximum(since, facts.issues["onset"])
    issue, start, end = facts.once(open_spells)
    later = np.flatnonzero(end > since[issue])
    issue = issue[later]
    recorded = overlap(start[later], end[later], since[issue], facts.gone[issue])
    on_list = np.bincount(issue, weights=recorded, minlength=since.size)  # exact: whole numbers below 2^53
    return np.where(facts.real, np.maximum(0, facts.gone - since) - on_list.astype(np.int64), 0)


def _latent_seconds(facts: Facts) -> np.ndarray:
    return unrecorded_seconds(facts, np.full(facts.real.size, facts.warm_up))


def _latent_now(facts: Facts) -> np.ndarray:
    """Issues there at the horizon of which no case is open."""
    arisen = facts.real & (facts.issues["onset"] < facts.horizon)
    on_list = np.zeros(arisen.size, dtype=bool)
    on_list[facts.cases["issue"][facts.outcome(Outcome.OPEN)]] = True
    return arisen & (facts.issues["resolved"] == NEVER) & ~on_list


def _closed(facts: Facts) -> np.ndarray:
    return facts.closed_inside & facts.genuine


def _repeated(facts: Facts) -> np.ndarray:
    """Cases whose issue already had a closed case when they were opened."""
    # a case is closed later than it was opened, so its own closure never counts, nor that of an only case
    first_closed = np.full(facts.issues["onset"].size, facts.horizon, dtype=np.int64)
    closed = np.flatnonzero(facts.closed & (facts.behind["cases"] > 1))
    np.minimum.at(first_closed, facts.cases["issue"][closed], facts.cases["closed"][closed])
    return first_closed[facts.cases["issue"]] <= facts.cases["known"]


@kpi(
    "K13",
    unit="cases",
    zh="在办存量（期末）",
    en="open stock at the end",
    side=Side.OFFICIAL,
    counted="all cases open at the horizon",
    unfinished="this is their number",
)
def open_stock(facts: Facts) -> float:
    """Cases known and not yet ended at the horizon."""
    return int(np.count_nonzero(facts.outcome(Outcome.OPEN)))


@kpi(
    "K13",
    unit="issues",
    zh="隐性存量（期末）",
    en="latent stock at the end",
    side=Side.HONEST,
    twin="open_stock",
    counted="real issues there at the horizon: never recorded, falsely closed or withdrawn, and no case of them open",
    unfinished="this is their number",
)
def latent_stock(facts: Facts) -> float:
    """Issues that are there and on nobody's list at the horizon."""
    return int(np.count_nonzero(_latent_now(facts)))


@kpi(
    "K13",
    unit="issues",
    zh="隐性存量（期间平均）",
    en="latent stock, time average",
    side=Side.HONEST,
    twin="in_system_mean",
    counted="real issues, for the part of the window in which they are there and no case of them is open",
    unfinished="latent issues count up to the horizon",
)
def latent_stock_mean(facts: Facts) -> float:
    """Time average over the window of the number of issues that are there and on nobody's list."""
    return ratio(int(facts.once(_latent_seconds).sum(dtype=np.int64)), facts.horizon - facts.warm_up)


@kpi(
    "K13",
    unit="weighted issue-days",
    zh="隐性存量（按严重程度加权的问题日）",
    en="latent issue-days, weighted by severity",
    side=Side.HONEST,
    counted="real issues, for the part of the window in which they are there and no case of them is open",
    unfinished="latent issues count up to the horizon",
    source=f"{STANDARD}; {WEIGHTS}",
)
def latent_issue_days(facts: Facts) -> float:
    """Days that issues are there and on nobody's list, times the weight of their severity at the time."""
    weights, worsen = severity_weights(facts), facts.issues["worsen"]
    first, later = weights[facts.issues["severity"]], weights[facts.issues["worse_severity"]]
    worse = unrecorded_seconds(facts, np.where(worsen == NEVER, facts.horizon, np.maximum(facts.warm_up, worsen)))
    weighted = facts.once(_latent_seconds) * first + worse * (later - first)
    return int(weighted.sum(dtype=np.int64)) / DAY


@kpi(
    "K13",
    unit="h",
    zh="隐性存量平均年龄（期末）",
    en="mean age of the latent stock at the end",
    side=Side.HONEST,
    counted="real issues there at the horizon of which no case is open",
    unfinished="age is taken at the horizon",
)
def latent_age_mean(facts: Facts) -> float:
    """Mean of horizon - onset of the latent stock."""
    return mean(facts.horizon - facts.issues["onset"][_latent_now(facts)], HOUR)


@kpi(
    "K14",
    unit="share",
    zh="真实解决率",
    en="true resolution rate",
    side=Side.HONEST,
    twin="closing_rate",
    counted="cases of real issues closed within the window",
    unfinished="open cases are left out: see true_closing_rate",
)
def true_resolution_rate(facts: Facts) -> float:
    """Closed cases whose issue was gone when they were closed / cases closed."""
    return share(facts.gone_by(facts.cases["closed"]), _closed(facts))


@kpi(
    "K14",
    unit="share",
    zh="虚假办结率",
    en="false-closure rate",
    side=Side.HONEST,
    counted="cases of real issues closed within the window",
    unfinished="open cases are left out",
)
def false_closure_rate(facts: Facts) -> float:
    """Closed cases whose issue was still there when they were closed / cases closed: 1 - true_resolution_rate."""
    return share(~facts.gone_by(facts.cases["closed"]), _closed(facts))


@kpi(
    "K14",
    unit="share",
    zh="问题真实解决比例",
    en="share of issues truly resolved",
    side=Side.HONEST,
    twin="closing_rate",
    counted="real issues that came into being within the window, recorded or not",
    unfinished="every unresolved issue is in the denominator",
    source=HONEST,
)
def resolved_share(facts: Facts) -> float:
    """Issues that a level has truly resolved by the horizon, not those gone by themselves / issues that occurred."""
    return share(facts.issues["resolved_level"] != NEVER, facts.occurred)


@kpi(
    "K15",
    unit="share",
    zh="重复件比例",
    en="repeat rate",
    side=Side.OFFICIAL,
    counted="cases known within the window, however they became known",
    unfinished="counted when opened, whatever becomes of them",
)
def repeat_rate(facts: Facts) -> float:
    """Cases whose issue already had a closed case / cases."""
    return share(facts.once(_repeated), facts.reported)


@kpi(
    "K15",
    unit="share",
    zh="重复投诉率",
    en="repeat-complaint rate",
    side=Side.OFFICIAL,
    counted="cases that residents or hosts reported within the window",
    unfinished="counted when opened, whatever becomes of them",
    source=DAYING,
)
def repeat_complaint_rate(facts: Facts) -> float:
    """Reported cases whose issue already had a closed case / reported cases."""
    reported = facts.cases["source"] >= Source.REPORT
    return share(facts.once(_repeated), reported & facts.reported)


KPIS = (
    open_stock,
    latent_stock,
    latent_stock_mean,
    latent_issue_days,
    latent_age_mean,
    true_resolution_rate,
    false_closure_rate,
    resolved_share,
    repeat_rate,
    repeat_complaint_rate,
)
