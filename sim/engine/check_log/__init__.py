"""What must be true of every Log, whatever the Plan: nobody in two places, nothing lost, tables equal to events.

Nothing here knows how an engine works: it reads the rows and the Plan.
"""

from __future__ import annotations

from sim.engine.check_log.courses import check_courses, check_courses_against_events
from sim.engine.check_log.days import check_worker_days
from sim.engine.check_log.parties import check_parties, check_parties_against_events
from sim.engine.check_log.paths import check_paths
from sim.engine.check_log.reserved import check_reserved
from sim.engine.check_log.rows import check_cases, check_order
from sim.engine.check_log.rules import LogError
from sim.engine.check_log.servers import check_servers
from sim.engine.check_log.tables import check_balance, check_outcomes, check_times, check_truth
from sim.engine.log import Log

__all__ = ["LogError", "check_log"]


def check_log(log: Log) -> None:
    """Raise LogError, naming the rule and the first row that breaks it, unless ``log`` keeps all the invariants.

    Checks on cases, issues and worker-days need no events; those on order, servers and queues are made if the run kept every event.
    """
    check_times(log)
    check_outcomes(log)
    check_balance(log)
    check_truth(log)
    check_courses(log)
    check_parties(log)
    check_worker_days(log)
    if len(log.raw["events"]):
        check_order(log)
        check_cases(log)
        check_paths(log)
        check_courses_against_events(log)
        check_parties_against_events(log)
        check_servers(log)
        check_reserved(log)
