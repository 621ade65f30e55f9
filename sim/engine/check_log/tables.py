"""Cases and issues: instants in their order, every case ended as what it was, nothing lost."""

from __future__ import annotations

import numpy as np

from sim.engine.check_log.rules import fail, require
from sim.engine.events import NEVER, Outcome, Source
from sim.engine.log import Log

_IN_ORDER = (
    ("known", "filed"),
    ("known", "dispatched"),
    ("filed", "finished"),
    ("dispatched", "started"),
    ("started", "finished"),
    ("finished", "closed"),
    ("known", "closed"),
)


def check_times(log: Log) -> None:
    """A case's instants follow each other, and lie within the run."""
    cases, horizon = log.raw["cases"], log.plan.rules["horizon"]
    steps = ("known", "filed", "dispatched", "started", "finished", "closed")
    require(cases["known"] >= 0, "a case is known from second 0 on", cases)
    for name in steps:
        require(cases[name] < horizon, f"{name} lies before the horizon", cases)
    for earlier, later in _IN_ORDER:
        both = (cases[earlier] != NEVER) & (cases[later] != NEVER)
        require(~both | (cases[earlier] <= cases[later]), f"{earlier} does not come after {later}", cases)
    onset = log.plan["issues"]["onset"][cases["issue"]]
    require(onset <= cases["known"], "nothing is known before it is there", cases)


def check_outcomes(log: Log) -> None:
    """How a case ended goes with what it was."""
    cases = log.raw["cases"]
    ended = cases["outcome"] != Outcome.OPEN
    require(ended == (cases["closed"] != NEVER), "closed is set if and only if the case has ended", cases)
    require((cases["outcome"] != Outcome.CLOSED) | (cases["finished"] != NEVER), "closed only after a disposal", cases)
    merged = cases["outcome"] == Outcome.MERGED
    require(~merged | (cases["source"] == Source.DUPLICATE), "only duplicates are merged", cases)
    valid = log.plan["issues"]["valid"][cases["issue"]] == 1
    require((cases["outcome"] != Outcome.REFUSED) | ~valid, "only a report of nothing is refused", cases)
    require((cases["outcome"] != Outcome.CLOSED) | valid, "a report of nothing is not closed", cases)


def check_balance(log: Log) -> None:
    """Nothing lost: reported = closed + rejected + open at every instant, as an issue has one open case at a time."""
    cases, records = log.raw["cases"], log.raw["issues"]
    own = cases[cases["source"] != Source.DUPLICATE]
    own = own[np.lexsort((own["known"], own["issue"]))]
    again = own["issue"][1:] == own["issue"][:-1]
    closed_before = (own["closed"][:-1] != NEVER) & (own["closed"][:-1] <= own["known"][1:])
    require(~again | closed_before, "an issue has one open case at a time", own[:-1])
    counted = np.bincount(cases["issue"], minlength=len(records))
    require(records["cases"] == counted, "issues.cases counts its cases", records)
    first = np.full(len(records), log.plan.rules["horizon"])
    np.minimum.at(first, cases["issue"], cases["known"])
    require(
        records["known"] == np.where(counted > 0, first, NEVER), "an issue is known from its first case on", records
    )


def check_truth(log: Log) -> None:
    """Every issue is latent, known or gone: gone at its own time, or by a disposal that the record has too."""
    cases, issues, records = log.raw["cases"], log.plan["issues"], log.raw["issues"]
    gone, horizon = records["resolved"] != NEVER, log.plan.rules["horizon"]
    require(~gone | (records["resolved"] < horizon), "resolved lies before the horizon", records)
    require(~gone | (records["resolved"] >= issues["onset"]), "nothing is resolved before it is there", records)
    by_itself = gone & (records["resolved_level"] == NEVER)
    require(~by_itself | (records["resolved"] == issues["clear"]), "what goes by itself goes at its own time", records)
    due = (issues["valid"] == 1) & (issues["clear"] != NEVER) & (issues["clear"] < horizon)
    require(~due | gone, "what was to go by itself has gone", records)
    disposals = set(cases[["issue", "finished", "level"]].tolist())
    for issue in np.flatnonzero(gone & ~by_itself).tolist():
        disposal = (issue, *records[["resolved", "resolved_level"]][issue].item())
        if disposal not in disposals:
            fail("what a level resolved is a disposal of that level", f"issue, second, level {disposal}")
