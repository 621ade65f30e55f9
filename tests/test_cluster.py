"""A cluster run by Dask: the same answers, the same as on one machine when something dies, and plain words when it cannot be used."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from studies import ENGINE, QUICK

from scenarios import scenario
from sim.study import version
from sim.study.collect import simulate_all
from sim.study.executors import Cluster, ClusterError, Failed, WorkerError, cluster, in_turn

distributed = pytest.importorskip("distributed")
dask = pytest.importorskip("dask")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def local() -> Iterator[distributed.LocalCluster]:
    """Two workers on this machine, of which the scheduler blames none twice."""
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
        ) as started,
    ):
        yield started


@pytest.fixture
def address(local: distributed.LocalCluster) -> str:
    local.wait_for_workers(1, timeout=60)
    return local.scheduler_address


def square(item: int) -> int:
    return item * item


def fail_at_two(item: int) -> int:
    if item == 2:
        raise ValueError("two is too many")
    return item


def die_at_two(item: int) -> None:
    if item == 2:
        time.sleep(0.5)  # Dask does not replace a worker that dies before its start is through
        os.kill(os.getpid(), signal.SIGKILL)


def test_every_item_is_answered_once(address: str) -> None:
    assert sorted(Cluster(address)(square, range(10))) == [(i, i * i) for i in range(10)]


def test_what_a_notebook_defines_travels_along(address: str) -> None:
    offset = 3
    assert sorted(Cluster(address)(lambda item: item + offset, range(3))) == [(0, 3), (1, 4), (2, 5)]


def test_an_item_that_fails_reads_as_everywhere(address: str) -> None:
    (here,) = (answer for _, answer in in_turn(fail_at_two, [2]))
    (there,) = (answer for _, answer in Cluster(address)(fail_at_two, [2]))
    assert isinstance(there, Failed)
    assert isinstance(there.error, ValueError)
    assert there.trace == here.trace


def test_runs_are_the_same_bits_as_on_one_machine(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "cluster_rules.py").write_text(
        "import sim\nclass Mine(sim.Fifo):\n    pass\ndef cases(log):\n    return float(len(log.raw['cases']))\n"
    )
    mine = scenario(QUICK + '  dispatch: {kind: "cluster_rules:Mine"}\n')
    how = {"replications": 3, "engine": ENGINE, "kpis": ["cluster_rules:cases"]}
    there, here = (simulate_all([mine], executor=executor, **how) for executor in (Cluster(address), in_turn))
    assert there[0].values().tobytes() == here[0].values().tobytes()
    assert [run.fates.tobytes() for run in there[0].runs] == [run.fates.tobytes() for run in here[0].runs]
    assert there[0].figures[-1].id == "cases"


# when it cannot be used


def test_an_address_where_nobody_answers_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 2.0)
    with pytest.raises(ClusterError, match=r"tcp://127.0.0.1:9: expected a Dask scheduler, got no answer"):
        list(Cluster("tcp://127.0.0.1:9")(square, range(2)))
    with pytest.raises(ClusterError, match="no address: expected a Dask scheduler, got no answer"):
        list(Cluster("no address")(square, range(2)))


def test_the_package_missing_here_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(ClusterError, match=r"a cluster needs the package distributed: pip install 'gridgov\[dask\]'"):
        list(Cluster("tcp://127.0.0.1:9")(square, range(2)))


def test_gridgov_missing_on_the_scheduler_is_said_at_once(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "MODULE", "no_such_module")
    with pytest.raises(
        ClusterError, match="expected the gridgov of this machine to be installed on the scheduler, got nothing"
    ):
        list(Cluster(address)(square, range(2)))


def test_another_version_is_said(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "code_digest", version.code_digest.__wrapped__)  # as it is on the workers
    assert sorted(Cluster(address)(square, range(2))) == [(0, 0), (1, 1)]
    monkeypatch.setattr(cluster, "_check_installed", lambda client, address: None)
    monkeypatch.setattr(cluster, "code_digest", lambda: "another")
    with pytest.raises(ClusterError, match="expected answers, got a worker with another version"):
        list(Cluster(address)(square, range(2)))


def test_a_cluster_without_workers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    monkeypatch.setattr(cluster, "_check_installed", lambda client, address: None)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=50) as empty,
        pytest.raises(ClusterError, match="expected workers, got none for 1 s"),
    ):
        list(Cluster(empty.scheduler_address)(square, range(2)))


def test_an_item_that_kills_workers_is_given_up_alone(address: str) -> None:
    answers = dict(Cluster(address)(die_at_two, range(6)))
    failed = answers.pop(2)
    assert answers == dict.fromkeys((0, 1, 3, 4, 5))
    assert isinstance(failed.error, WorkerError)
