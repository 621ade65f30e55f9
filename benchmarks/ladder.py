"""The ladder: a yardstick network for speed, and two plain programs that simulate it.

Tiers: 285 stations of 2 servers, 100 of 2, 12 of 4, 20 of 3; FIFO; utilisation 0.7 at each tier.
A case goes on to the next tier with probability .15, .20, .30, to a station uniform within that tier.
Time unit: the mean service of tier 1. Services lognormal with cv 1. One merged Poisson stream of arrivals.

    python benchmarks/ladder.py N [simpy|heapq]      CPU seconds, cases per second and mean waits by tier

``ladder_plan`` lays the same network out as a Plan. The programs are yardsticks: they stay as plain as they are.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any, NamedTuple

import numpy as np

STATIONS = (285, 100, 12, 20)
SERVERS = (2, 2, 4, 3)
ESCALATE = (0.15, 0.20, 0.30)
UTILISATION = 0.7
TIERS = len(STATIONS)
FIRST = (0, 285, 385, 397)  # first station id of each tier

RATE = [UTILISATION * SERVERS[0] * STATIONS[0]]  # arrivals per time unit, tier by tier
for p in ESCALATE:
    RATE.append(RATE[-1] * p)
SERVICE_MEAN = [UTILISATION * c * n / r for c, n, r in zip(SERVERS, STATIONS, RATE, strict=True)]
CAPACITY = np.repeat(np.array(SERVERS), STATIONS)

SECONDS = 3600  # the mean service of tier 1, for those who count in whole seconds

Visit = tuple[int, int, float, float, float]  # case, tier, arrive, start, end


class Cases(NamedTuple):
    """What chance decides, row = case: the time since the case before, the last tier, and by tier station and service."""

    gap: np.ndarray  # [n]
    depth: np.ndarray  # int8[n], 0…3
    station: np.ndarray  # int32[4, n]; -1: not visited
    service: np.ndarray  # [4, n]; nan, or in whole seconds 0: none


def sample(n: int, seed: int = 1) -> Cases:
    """``n`` cases in time units, float64."""
    arrivals, routes, places, work = (
        np.random.Generator(np.random.Philox(k)) for k in np.random.SeedSequence(seed).spawn(4)
    )
    gap = arrivals.exponential(1 / RATE[0], n)
    u = routes.random((3, n))
    e1 = u[0] < ESCALATE[0]
    e2 = e1 & (u[1] < ESCALATE[1])
    e3 = e2 & (u[2] < ESCALATE[2])
    depth = (e1.astype(np.int8) + e2 + e3).astype(np.int8)
    station = np.full((4, n), -1, np.int32)
    service = np.full((4, n), np.nan)
    sigma = np.sqrt(np.log(2.0))
    for k in range(4):
        visits = np.flatnonzero(depth >= k)
        station[k, visits] = FIRST[k] + places.integers(0, STATIONS[k], visits.size)
        service[k, visits] = work.lognormal(np.log(SERVICE_MEAN[k]) - sigma**2 / 2, sigma, visits.size)
    return Cases(gap, depth, station, service)


def in_seconds(cases: Cases) -> Cases:
    """The same cases in whole seconds (int64 gaps, int32 services of at least 1): instants of arrival are rounded, not gaps."""
    arrivals = np.rint(np.cumsum(cases.gap) * SECONDS).astype(np.int64)
    service = np.zeros(cases.service.shape, np.int32)
    for k in range(TIERS):
        visits = np.flatnonzero(cases.depth >= k)
        service[k, visits] = np.maximum(1, np.rint(cases.service[k, visits] * SECONDS))
    return cases._replace(gap=np.diff(arrivals, prepend=0), service=service)


def run_simpy(
    gap: Sequence[float],
    depth: Sequence[int],
    station: Sequence[Sequence[int]],
    service: Sequence[Sequence[float]],
    capacity: Sequence[int],
) -> list[Visit]:
    """The plainest SimPy program a good modeller would write: a process a case, a Resource a station."""
    import simpy  # noqa: PLC0415 (the other program does without)

    env = simpy.Environment()
    stations = [simpy.Resource(env, c) for c in capacity]
    log = []

    def case(i: int) -> Any:
        for tier in range(depth[i] + 1):
            arrive = env.now
            with stations[station[tier][i]].request() as turn:
                yield turn
                start = env.now
                yield env.timeout(service[tier][i])
            log.append((i, tier, arrive, start, env.now))

    def source() -> Any:
        for i in range(len(gap)):
            yield env.timeout(gap[i])
            env.process(case(i))

    env.process(source())
    env.run()
    return log


def run_heapq(
    gap: Sequence[float],
    depth: Sequence[int],
    station: Sequence[Sequence[int]],
    service: Sequence[Sequence[float]],
    capacity: Sequence[int],
) -> list[Visit]:
    """A tight heapq loop: arrivals merged from the sampled stream, the heap holds completions only."""
    n = len(gap)
    free = list(capacity)
    queue: list[deque[Any]] = [deque() for _ in capacity]
    heap: list[Any] = []
    log = []
    i, next_arrival, seq = 0, gap[0], 0
    while heap or i < n:
        if i < n and (not heap or next_arrival <= heap[0][0]):
            now, case, tier = next_arrival, i, 0
            i += 1
            next_arrival = now + gap[i] if i < n else float("inf")
        else:
            now, _, case, tier, arrive, start = heappop(heap)
            log.append((case, tier, arrive, start, now))
            s = station[tier][case]
            if queue[s]:
                c, t, a = queue[s].popleft()
                seq += 1
                heappush(heap, (now + service[t][c], seq, c, t, a, now))
            else:
                free[s] += 1
            if tier == depth[case]:
                continue
            tier += 1
        s = station[tier][case]
        if free[s]:
            free[s] -= 1
            seq += 1
            heappush(heap, (now + service[tier][case], seq, case, tier, now, now))
        else:
            queue[s].append((case, tier, now))
    return log


def as_lists(cases: Cases) -> list[Any]:
    """The arguments of the plain programs: lists, which Python reads faster than arrays."""
    return [a.tolist() for a in (*cases, CAPACITY)]


def main() -> None:
    n = int(float(sys.argv[1])) if len(sys.argv) > 1 else 100_000
    run = {"simpy": run_simpy, "heapq": run_heapq}[sys.argv[2] if len(sys.argv) > 2 else "simpy"]
    inputs = as_lists(sample(n))
    begin = time.process_time()
    log = run(*inputs)
    spent = time.process_time() - begin
    rows = np.array([(tier, start - arrive) for _, tier, arrive, start, _ in log])
    waits = [round(float(rows[rows[:, 0] == k, 1].mean()), 3) for k in range(TIERS)]
    print(f"{run.__name__} n={n} cpu_s={spent:.3f} cases_per_s={n / spent:.0f} waits={waits}")


if __name__ == "__main__":
    main()
