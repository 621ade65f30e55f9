"""How fast the compiled engine is: a district-year, the ladder beside plain programs, memory, starts and threads.

    python benchmarks/engines.py [--json] [--quick] [--reference]      some minutes; --quick: about one
    python benchmarks/engines.py --part ladder                        one part (see PARTS), in this process

Every part runs in a process of its own, with the kernel compiled and in the cache, but for the cold start. What each
figure means stands in ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from statistics import median
from typing import Any

import measure
from ladder import as_lists, in_seconds, run_heapq, run_simpy, sample
from ladder_plan import ladder_plan, plan_of_cases

import sim
from sim.engine.log import Log
from sim.engine.plan import Plan
from sim.engine.simulate import Engine, simulate
from sim.study.kpis import evaluate, with_own
from sim.study.replication import plan_of

FIRST_RUN = "import sim; sim.simulate_once(sim.load({scenario!r}), engine={engine!r})"
SMALL, STREET = "theory/mmc", "street"

Figures = dict[str, Any]


@dataclass(frozen=True)
class Sizes:
    """How much is run: medians are of so many ``rounds``, starts and all but the cold ones too."""

    rounds: int
    cold_starts: int
    ladder: int  # cases in a round beside the plain programs
    growth: tuple[int, ...]  # cases
    memory: int  # cases


FULL = Sizes(5, 3, 200_000, (10_000, 100_000, 1_000_000, 10_000_000), 2_000_000)
QUICK = Sizes(3, 1, 20_000, (10_000, 100_000), 200_000)
TINY = Sizes(1, 1, 1000, (1000, 2000), 2000)  # for the reference engine


@dataclass(frozen=True)
class Task:
    """What is measured: an engine, at some sizes, on a district; beside the reference on another perhaps."""

    engine: Engine
    sizes: Sizes
    district: str  # scenario
    beside_reference: str  # scenario

    def simulate(self, plan: Plan, *, events: bool = False) -> Log:
        return simulate(plan, self.engine, events=events)

    def plans(self, count: int) -> list[Plan]:
        """Plans of the first replications of the district."""
        scenario = sim.load(self.district)
        world = sim.build_world(scenario.world)
        return [plan_of(scenario, world, k) for k in range(count)]

    def warm_up(self) -> None:
        """Compile the kernel, or fetch it from the cache."""
        for events in (False, True):
            self.simulate(ladder_plan(1000), events=events)


@dataclass(frozen=True)
class DistrictYear:
    """CPU seconds of each step of one replication."""

    demand: float
    plan: float
    engine: float
    kpis: float


def district(task: Task) -> Figures:
    """One replication step by step, warm."""
    scenario = sim.load(task.district)
    world = sim.build_world(scenario.world)
    labels = plan_of(scenario, world, 0).labels

    def one_year() -> DistrictYear:
        demand, demand_s = measure.timed(
            lambda: sim.draw_demand(scenario.demand, world, scenario.period, seed=scenario.seed, replication=0)
        )
        plan, plan_s = measure.timed(lambda: sim.make_plan(world, demand, scenario.policy, period=scenario.period))
        log, engine_s = measure.timed(lambda: task.simulate(replace(plan, labels=labels)))
        _, kpis_s = measure.timed(lambda: evaluate(log, with_own(())))
        return DistrictYear(demand_s, plan_s, engine_s, kpis_s)

    task.warm_up()
    one_year()
    years = [one_year() for _ in range(task.sizes.rounds)]
    steps = {step.name: [getattr(year, step.name) for year in years] for step in fields(DistrictYear)}
    return {
        "district": task.district,
        "district_year_s": median(steps["engine"]),
        "district_year_demand_s": median(steps["demand"]),
        "district_year_plan_s": median(steps["plan"]),
        "district_year_kpis_s": median(steps["kpis"]),
        "district_year_all_s": median(map(sum, zip(*steps.values(), strict=True))),
    }


def district_memory(task: Task) -> Figures:
    """The most memory that one replication takes, all included: interpreter, libraries, Demand, Plan, Log, KPIs."""
    (plan,) = task.plans(1)
    log = task.simulate(plan)
    evaluate(log, with_own(()))
    return {
        "district_year_peak_mb": measure.peak_bytes() / 1e6,
        "district_year_cases": len(log.raw["cases"]),
        "district_year_issues": len(log.raw["issues"]),
    }


def beside_reference(task: Task) -> Figures:
    """The engine against the reference on one Plan."""
    (plan,) = replace(task, district=task.beside_reference).plans(1)
    task.warm_up()
    rounds = task.sizes.rounds if task.beside_reference == STREET else 1

    def one_round() -> float:
        ours = measure.take_turns(task.sizes.rounds, {"ours": lambda: task.simulate(plan)})["ours"]
        return measure.timed(lambda: simulate(plan, "reference"))[1] / median(ours)

    return {
        "district_vs_reference": median(one_round() for _ in range(rounds)),
        "district_vs_reference_on": task.beside_reference,
    }


def ladder(task: Task) -> Figures:
    """The ladder beside plain programs, which are given the same whole seconds."""
    n = task.sizes.ladder
    cases = in_seconds(sample(n))
    plan, lists = plan_of_cases(cases), as_lists(cases)
    task.warm_up()
    runs: dict[str, Callable[[], object]] = {
        "simpy": lambda: run_simpy(*lists),
        "heapq": lambda: run_heapq(*lists),
        "ours": lambda: task.simulate(plan),
        "events": lambda: task.simulate(plan, events=True),
    }
    seconds = measure.take_turns(task.sizes.rounds, runs)
    return {
        "ladder_cases": n,
        "ladder_cases_per_s": n / median(seconds["ours"]),
        "ladder_cases_per_s_events": n / median(seconds["events"]),
        "ladder_vs_simpy": measure.median_ratio(seconds["simpy"], seconds["ours"]),
        "ladder_vs_simpy_events": measure.median_ratio(seconds["simpy"], seconds["events"]),
        "ladder_vs_heapq": measure.median_ratio(seconds["heapq"], seconds["ours"]),
        "ladder_vs_heapq_events": measure.median_ratio(seconds["heapq"], seconds["events"]),
        "simpy_cases_per_s": n / median(seconds["simpy"]),
        "heapq_cases_per_s": n / median(seconds["heapq"]),
    }


def growth(task: Task) -> Figures:
    """Seconds a case as the ladder grows longer. Small ones run several times in a round."""
    sizes = task.sizes.growth
    plans = {n: ladder_plan(n) for n in sizes}
    times = {n: max(1, sizes[1] // n) for n in sizes}
    task.warm_up()

    def run(n: int) -> None:
        for _ in range(times[n]):
            task.simulate(plans[n])

    seconds = measure.take_turns(task.sizes.rounds, {str(n): lambda n=n: run(n) for n in sizes})
    per_case = {n: [s / (n * times[n]) for s in seconds[str(n)]] for n in sizes}
    return {
        "growth": {f"{n:.0e}".replace("e+0", "e"): median(per_case[n]) for n in sizes},
        "growth_ratio": measure.median_ratio(per_case[sizes[-1]], per_case[sizes[0]]),
    }


def ladder_memory(task: Task) -> Figures:
    """By how much the peak of memory lies above what was there before the run, a case."""
    n = task.sizes.memory
    plan = ladder_plan(n)
    task.warm_up()

    def grown(*, events: bool) -> float:
        measure.forget_peak()
        before = measure.resident_bytes()
        task.simulate(plan, events=events)
        return (measure.peak_bytes() - before) / n

    return {"bytes_per_case": grown(events=False), "bytes_per_case_events": grown(events=True)}


def starts(task: Task) -> Figures:
    """A new Python that imports sim and makes a first run: without a compiled kernel, and with one."""
    warm: dict[str, list[float]] = {SMALL: [], STREET: []}
    cold = []
    for _ in range(task.sizes.cold_starts):
        with tempfile.TemporaryDirectory() as empty:
            cold.append(first_run(task.engine, SMALL, cache=empty))
            if task.engine == "compiled" and not os.listdir(empty):
                raise RuntimeError("cold_start_s: the kernel was not compiled into GRIDGOV_CACHE_DIR")
    with tempfile.TemporaryDirectory() as cache:
        first_run(task.engine, SMALL, cache=cache)
        for _ in range(task.sizes.rounds):
            for scenario, seconds in warm.items():
                seconds.append(first_run(task.engine, scenario, cache=cache))
    return {
        "cold_start_s": median(cold),
        "warm_start_s": median(warm[SMALL]),
        "warm_start_street_s": median(warm[STREET]),
    }


def first_run(engine: Engine, scenario: str, *, cache: str) -> float:
    """Seconds on the wall from the start of Python to its end, with the kernel cached in that directory."""
    command = [sys.executable, "-c", FIRST_RUN.format(scenario=scenario, engine=engine)]
    environment = {**os.environ, "GRIDGOV_CACHE_DIR": cache}
    return measure.timed(lambda: subprocess.run(command, env=environment, check=True), measure.wall)[1]


def threads(task: Task) -> Figures:
    """Two replications of the district side by side in two threads, against one after the other."""
    plans = task.plans(2)
    task.warm_up()
    with ThreadPoolExecutor(2) as pool:
        runs: dict[str, Callable[[], object]] = {
            "one after the other": lambda: [task.simulate(plan) for plan in plans],
            "side by side": lambda: list(pool.map(task.simulate, plans)),
        }
        seconds = measure.take_turns(task.sizes.rounds, runs, measure.wall)
    return {"threads_2_speedup": measure.median_ratio(*seconds.values())}


PARTS: dict[str, Callable[[Task], Figures]] = {
    "district": district,
    "district_memory": district_memory,
    "beside_reference": beside_reference,
    "ladder": ladder,
    "growth": growth,
    "ladder_memory": ladder_memory,
    "starts": starts,
    "threads": threads,
}
_LINUX_ONLY = ("district_memory", "ladder_memory")  # the peak of memory is read from /proc


def all_parts(options: list[str]) -> Figures:
    """The figures of all parts, each run in a process of its own with these options."""
    figures: Figures = {}
    for part in PARTS:
        if part not in _LINUX_ONLY or sys.platform == "linux":
            print(f"{part} …", file=sys.stderr)
            figures |= measure.in_own_process(__file__, *options, "--part", part, "--json")
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument(
        "--quick", action="store_true", help="small sizes, three rounds: for a look, not for the record"
    )
    parser.add_argument(
        "--reference", action="store_true", help="district_vs_reference on the district itself, not on a street"
    )
    parser.add_argument("--part", choices=PARTS, help="only this part, in this process")
    parser.add_argument("--engine", choices=("compiled", "reference"), default="compiled")
    parser.add_argument("--district", default="xinghualing", metavar="SCENARIO", help="what district_… is measured on")
    args = parser.parse_args()
    sizes = TINY if args.engine == "reference" else QUICK if args.quick else FULL
    task = Task(args.engine, sizes, args.district, args.district if args.reference else STREET)
    figures = PARTS[args.part](task) if args.part else all_parts(sys.argv[1:])
    print(measure.show(figures, as_json=args.json))


if __name__ == "__main__":
    main()
