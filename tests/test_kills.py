"""kill -9 at random moments, of the driver and of workers: started again, the tables have the same bytes."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from drivers import Drivers
from studies import ENGINE, STUDY, write
from waiting import eventually

from sim.study.executors import Cluster, Processes, in_turn
from sim.study.sweep import sweep, write_sweep

pytestmark = pytest.mark.slow

dask = pytest.importorskip("dask")
clusters = pytest.importorskip("clusters")  # needs distributed

KILLS = 10
RUNS = 16
STUDY_OF_16 = STUDY.replace("replications: 2", "replications: 4")
TABLES = ("runs.csv", "summary.csv")


def tables(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in TABLES]


def finished(folder: Path) -> int:
    """How many runs are in the store of a folder."""
    if not (folder / "runs.sqlite").exists():
        return 0
    with closing(sqlite3.connect(folder / "runs.sqlite", timeout=30)) as store:
        if not store.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return 0
        return store.execute("SELECT count(*) FROM runs").fetchone()[0]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("uninterrupted")
    write_sweep(sweep(write(folder, study=STUDY_OF_16), executor=in_turn, engine=ENGINE), folder)
    return tables(folder)


@pytest.fixture(scope="module")
def cluster() -> Iterator[clusters.Workforce]:
    with dask.config.set({"distributed.scheduler.allowed-failures": KILLS}), clusters.workforce(2) as started:
        yield started


@pytest.fixture(scope="module")
def drivers() -> Iterator[Drivers]:
    with Drivers() as started:
        yield started


@pytest.mark.parametrize(("executor", "seed"), [("threads", 1), ("processes", 2), ("cluster", 3)])
def test_the_driver_is_killed_ten_times(
    executor: str, seed: int, tmp_path: Path, uninterrupted: list[bytes], drivers: Drivers, request
) -> None:
    write(tmp_path, study=STUDY_OF_16)
    name = request.getfixturevalue("cluster").address if executor == "cluster" else executor
    chance, seen = random.Random(seed), []
    for kill in range(KILLS):
        before, process = finished(tmp_path), drivers.start(name, tmp_path, runs=1)
        if kill % 3 == 1:  # some while starting, some with runs under way
            assert eventually(lambda before=before: finished(tmp_path) > before, seconds=60)
        time.sleep(chance.uniform(0, 0.3))
        drivers.kill(process)
        seen.append(finished(tmp_path))
    assert seen == sorted(seen)  # nothing is lost
    assert any(0 < count < RUNS for count in seen)
    assert drivers.end(drivers.start(name, tmp_path)) == 0
    assert finished(tmp_path) == RUNS
    assert tables(tmp_path / "out") == uninterrupted


@pytest.mark.parametrize(("executor", "seed"), [("processes", 4), ("cluster", 5)])
def test_workers_are_killed_ten_times(
    executor: str, seed: int, tmp_path: Path, uninterrupted: list[bytes], request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.study.executors.processes.MOST_DEATHS", KILLS + 1)  # all may hit the same run
    if executor == "cluster":
        cluster = request.getfixturevalue("cluster")
        does, kill_one = Cluster(cluster.address), cluster.kill_one
    else:
        does, kill_one = Processes(2), kill_a_child
    with Killer(kill_one, random.Random(seed)) as killer:
        for folder in map(tmp_path.joinpath, map(str, range(5 * KILLS))):  # the faster the machine, the fewer a sweep
            folder.mkdir()
            study = write(folder, study=STUDY_OF_16)
            result = sweep(study, executor=does, store=folder / "runs.sqlite", engine=ENGINE, progress=killer.told)
            write_sweep(result, folder)
            assert tables(folder) == uninterrupted
            if killer.kills == KILLS:
                return
    pytest.fail(f"only {killer.kills} workers were killed")


def kill_a_child(chance: random.Random) -> None:
    """kill -9 one of the processes that multiprocessing has started here."""
    children = [child.pid for child in multiprocessing.active_children() if child.pid]
    if children:
        os.kill(chance.choice(children), signal.SIGKILL)


class Killer:
    """Kills ten workers at random moments, each after a run has been finished since the last."""

    def __init__(self, kill_one: Callable[[random.Random], None], chance: random.Random) -> None:
        self.kill_one, self.chance = kill_one, chance
        self.kills, self.over, self.news = 0, False, threading.Event()
        self.thread = threading.Thread(target=self._kill)

    def __enter__(self) -> Killer:
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.over = True
        self.news.set()
        self.thread.join()

    def told(self, done: int, total: int) -> None:
        if 0 < done < total:
            self.news.set()

    def _kill(self) -> None:
        while self.kills < KILLS:
            self.news.wait()
            time.sleep(self.chance.uniform(0, 0.2))
            self.news.clear()
            if self.over:
                return
            self.kill_one(self.chance)
            self.kills += 1


def test_two_studies_share_a_store_at_the_same_time(
    tmp_path: Path, uninterrupted: list[bytes], drivers: Drivers
) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        write(folder, study=STUDY_OF_16)
        (folder / "runs.sqlite").symlink_to(tmp_path / "shared.sqlite")
    processes = [drivers.start("threads", folder) for folder in folders]
    assert [drivers.end(process) for process in processes] == [0, 0]
    assert [tables(folder / "out") for folder in folders] == [uninterrupted] * 2
    with closing(sqlite3.connect(tmp_path / "shared.sqlite")) as store:
        assert store.execute("SELECT count(*) FROM runs").fetchone() == (RUNS,)
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
