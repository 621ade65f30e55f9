"""How fast the readable engine is: beside the plainest SimPy program, and on the district of Xinghualing.

    python benchmarks/reference.py [--customers 100000] [--rounds 5] [--district] [--json]

``mmc_vs_simpy`` is CPU time of the reference engine over that of a plain SimPy program of the same M/M/2 station with the same
customers, interleaved in one process, the median of the rounds. ``district_year_s`` and ``district_peak_mb`` come
from one replication of ``xinghualing`` in a process of its own.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import measure
import numpy as np
import simpy

import sim
from sim.engine.plan import Plan
from sim.engine.simulate import simulate
from sim.study.replication import plan_of

STATION = """
name: station
period: {{days: {days}}}
demand:
  categories:
    - {{id: job, title: job, rate: 1.6 per hour, work: {{grid: {{kind: exponential, mean: 1 h}}}}}}
policy:
  staffing: {{kind: community_pool, workers: 2}}
"""


def plain_simpy(arrivals: list[int], services: list[int], servers: int) -> list[tuple[int, int, int, int]]:
    """The plainest SimPy program a good modeller would write: a process a customer, a Resource."""
    env, log = simpy.Environment(), []
    station = simpy.Resource(env, servers)

    def customer(k: int):  # type: ignore[no-untyped-def]
        arrived = env.now
        with station.request() as turn:
            yield turn
            started = env.now
            yield env.timeout(services[k])
        log.append((k, arrived, started, env.now))

    def source():  # type: ignore[no-untyped-def]
        for k, gap in enumerate(np.diff([0, *arrivals]).tolist()):
            yield env.timeout(gap)
            env.process(customer(k))

    env.process(source())
    env.run()
    return log


def station(customers: int) -> Plan:
    """The Plan of an M/M/2 station with about so many customers."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "station.yaml"
        file.write_text(STATION.format(days=customers // 38), encoding="utf-8")
        return plan(sim.load(file))


def plan(scenario: sim.Scenario) -> Plan:
    """The Plan of replication 0."""
    return plan_of(scenario, sim.build_world(scenario.world), 0)


def mmc_ratio(customers: int, rounds: int) -> dict[str, float]:
    """The reference engine beside the plain program, on the same customers."""
    busy = station(customers)
    arrivals, services = busy["issues"]["report"].tolist(), busy["work"][:, 0].tolist()
    runs: dict[str, Callable[[], object]] = {
        "plain": lambda: plain_simpy(arrivals, services, 2),
        "ours": lambda: simulate(busy, "reference"),
    }
    seconds = measure.take_turns(rounds, runs)
    return {
        "mmc_customers": len(arrivals),
        "mmc_vs_simpy": measure.median_ratio(seconds["ours"], seconds["plain"]),
        "mmc_vs_simpy_worst": max(a / b for a, b in zip(seconds["ours"], seconds["plain"], strict=True)),
        "mmc_us_per_customer": median(seconds["ours"]) / len(arrivals) * 1e6,
    }


def district() -> dict[str, float]:
    """One replication of Xinghualing: CPU seconds of each step, and the most memory it takes, in MB (needs Linux)."""
    scenario = sim.load("xinghualing")
    district_plan, planned = measure.timed(lambda: plan(scenario))
    log, simulated = measure.timed(lambda: simulate(district_plan, "reference"))
    return {
        "district_plan_s": planned,
        "district_year_s": simulated,
        "district_cases": len(log.raw["cases"]),
        "district_issues": len(log.raw["issues"]),
        "district_peak_mb": measure.peak_bytes() / 1e6,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--district", action="store_true", help="only the district, in this process")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.district:
        figures = district()
    else:
        figures = mmc_ratio(args.customers, args.rounds)
        figures |= measure.in_own_process(__file__, "--district", "--json")
    print(measure.show(figures, as_json=args.json))


if __name__ == "__main__":
    main()
