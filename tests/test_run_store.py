"""The store of runs: whole or not at all, found again, shared, and plain words when it cannot be used."""

from __future__ import annotations

import math
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.study.kpis import Better, Figure
from sim.study.records import PackedIssues, Record, pack, unpack
from sim.study.run_store import RunStore
from sim.study.store import OutputError

LUCK = np.array([2**63 + 5, 7, 0], np.uint64)
FIGURES = (Figure("a", "甲", "A", "share"), Figure("b", "乙", "B", "h", Better.LOWER), Figure("c", "丙", "C", ""))


def record(*, fate: int = 3, values: tuple[float, ...] = (0.1, math.nan, -2.5)) -> Record:
    issues = PackedIssues("digest", LUCK.tobytes(), pack(np.array([1, 0, 1], "<i2")), ("x", "y"))
    fates, resolved = pack(np.array([fate, 0, 10], np.int8)), pack(np.array([-1, 70_000_000, 0], "<i4"))
    lifetimes, arisen = pack(np.array([2**40, 0], "<i8")), pack(np.array([2, 0], "<i4"))
    return Record(FIGURES, values, fates, resolved, issues, lifetimes, arisen)


@pytest.mark.parametrize("kind", ["i1", "<i2", "<i4", "<u8"])
@pytest.mark.parametrize("size", [0, 1, 1000])
def test_an_array_packed_comes_back_as_it_was(kind: str, size: int) -> None:
    array = np.random.default_rng(1).integers(0, 100, size).astype(kind)
    back = unpack(pack(array), kind)
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


def test_packing_makes_times_smaller() -> None:
    times = np.random.default_rng(1).integers(0, 5_000_000, 10_000).astype("<i4")
    assert len(pack(times)) < 0.8 * times.nbytes


@pytest.mark.parametrize("path", [None, "below/runs.sqlite"])
def test_a_run_comes_back_as_it_was(path: str | None, tmp_path: Path) -> None:
    with RunStore(path and tmp_path / path) as store:
        store.add("k0", 0, record())
        run = store.run("k0")
        assert store.figures("k0") == FIGURES
    np.testing.assert_array_equal(run.values, [0.1, math.nan, -2.5])
    np.testing.assert_array_equal(run.fates, np.array([3, 0, 10], np.int8), strict=True)
    np.testing.assert_array_equal(run.resolved, np.array([-1, 70_000_000, 0], np.int32), strict=True)
    np.testing.assert_array_equal(run.issues.luck, LUCK, strict=True)
    np.testing.assert_array_equal(run.issues.category, np.array([1, 0, 1], np.int16), strict=True)
    assert run.issues.categories == ("x", "y")
    np.testing.assert_array_equal(run.lifetimes, np.array([2**40, 0], np.int64), strict=True)
    np.testing.assert_array_equal(run.arisen, np.array([2, 0], np.int32), strict=True)


def test_what_is_there_is_known_and_found_by_another(tmp_path: Path) -> None:
    keys = [f"k{i}" for i in range(1200)]
    with RunStore(tmp_path / "s") as store:
        store.add("k7", 0, record())
        store.add("k1199", 1, record())
        assert store.known(keys) == {"k7", "k1199"}
    with RunStore(tmp_path / "s") as store:
        assert store.known(["k7", "none"]) == {"k7"}
        with pytest.raises(KeyError, match="none"):
            store.run("none")


def test_runs_of_the_same_issues_share_them_in_memory_and_on_disk(tmp_path: Path) -> None:
    with RunStore(tmp_path / "s") as store:
        store.add("k0", 0, record())
        store.add("k1", 0, record(fate=4))
        assert store.run("k0").issues is store.run("k1").issues
    assert sql(tmp_path / "s", "SELECT count(*) FROM issues") == [(1,)]
    assert sql(tmp_path / "s", "SELECT count(*) FROM figures") == [(1,)]


def test_the_first_run_of_a_key_stays(tmp_path: Path) -> None:
    with RunStore(tmp_path / "s") as store:
        store.add("k0", 0, record())
        store.add("k0", 0, record(fate=4, values=(9.0, 9.0, 9.0)))
        assert store.run("k0").fates[0] == 3
        assert store.values("k0")[0] == 0.1
    assert sql(tmp_path / "s", "SELECT count(*) FROM kpis") == [(3,)]


def test_a_run_that_fails_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    with RunStore(tmp_path / "s") as store:
        broken = replace(record(), values=(0.1, "no number", object()))  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="must be real number"):
            store.add("k0", 0, broken)
        assert store.known(["k0"]) == set()
        store.add("k0", 0, record())
        assert store.known(["k0"]) == {"k0"}
    assert sql(tmp_path / "s", "SELECT count(*) FROM kpis") == [(3,)]


def test_kpis_can_be_read_with_sql(tmp_path: Path) -> None:
    with RunStore(tmp_path / "s") as store:
        store.add("k0", 4, record())
    assert sql(tmp_path / "s", "SELECT * FROM kpi_values") == [
        ("k0", 4, "a", 0.1),
        ("k0", 4, "b", None),
        ("k0", 4, "c", -2.5),
    ]


def sql(path: Path, query: str) -> list:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


# when it cannot be used


def test_a_full_disk_is_said_and_spoils_nothing(tmp_path: Path) -> None:
    with RunStore(tmp_path / "s") as store:
        store.add("k0", 0, record())
        store._db.execute("PRAGMA max_page_count = 1")  # as full as it is
        noise = np.random.default_rng(1).integers(0, 2**62, 100_000).astype("<u8").tobytes()
        with pytest.raises(
            OutputError, match="s: cannot be written: database or disk is full; what was written before"
        ):
            store.add("k1", 0, replace(record(), fates=noise))
        assert store.known(["k0", "k1"]) == {"k0"}
        store._db.execute("PRAGMA max_page_count = 1000000")
        store.add("k1", 0, record())
        assert store.known(["k0", "k1"]) == {"k0", "k1"}


def test_a_file_that_may_grow_no_further_is_said_and_spoils_nothing(tmp_path: Path) -> None:
    script = (
        "import resource, signal, sys\n"
        "from test_run_store import *\n"
        "store = RunStore(sys.argv[1])\n"
        "store.add('k0', 0, record())\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "noise = np.random.default_rng(1).integers(0, 2**62, 100_000).astype('<u8').tobytes()\n"
        "try: store.add('k1', 0, replace(record(), fates=noise))\n"
        "except OutputError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "s")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "s: cannot be written: " in done.stdout
    with RunStore(tmp_path / "s") as store:
        assert store.known(["k0", "k1"]) == {"k0"}
        np.testing.assert_array_equal(store.values("k0"), [0.1, math.nan, -2.5])


def test_a_place_that_is_no_directory_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file: cannot be written: (File exists|Not a directory)"):
        RunStore(tmp_path / "file" / "s")
    with pytest.raises(OutputError, match="cannot be written: unable to open database file"):
        RunStore(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_without_permission_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot be written: Permission denied"):
        RunStore(tmp_path / "s")


def test_a_store_that_may_only_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    RunStore(tmp_path / "s").close()
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **how: connect(f"file:{path}?mode=ro", uri=True, **how))
    with pytest.raises(OutputError, match="s: cannot be written: attempt to write a readonly database"):
        RunStore(tmp_path / "s")


@pytest.mark.parametrize("content", [b"a text that is long enough to be taken for something else" * 20, b"short"])
def test_a_file_of_another_kind_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s").write_bytes(content)
    with pytest.raises(OutputError, match="s: expected a store of runs, got another file"):
        RunStore(tmp_path / "s")
    assert (tmp_path / "s").read_bytes() == content


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "s")
    connection.execute("CREATE TABLE t (x)")
    connection.commit()
    connection.close()
    before = (tmp_path / "s").read_bytes()
    with pytest.raises(OutputError, match="expected a store of runs, got another program's SQLite file"):
        RunStore(tmp_path / "s")
    assert (tmp_path / "s").read_bytes() == before


def test_a_store_of_another_format_is_left_alone(tmp_path: Path) -> None:
    RunStore(tmp_path / "s").close()
    connection = sqlite3.connect(tmp_path / "s")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(
        OutputError,
        match="expected a store of runs of format 2, got format 99: another version made it; name another file",
    ):
        RunStore(tmp_path / "s")


def test_a_store_that_another_program_holds_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.study.run_store.PATIENCE", 0.1)
    with RunStore(tmp_path / "s") as store:
        holder = sqlite3.connect(tmp_path / "s", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError, match="s: cannot be written: another program has held it"):
            store.add("k0", 0, record())
        holder.execute("ROLLBACK")
        holder.close()
        store.add("k0", 0, record())
        assert store.known(["k0"]) == {"k0"}


def test_many_programs_may_write_at_the_same_time(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from test_run_store import *\n"
        "with RunStore(sys.argv[1]) as store:\n"
        "    for i in range(25):\n"
        "        store.add(f'shared{i}', i, record())\n"
        "        store.add(f'own{sys.argv[2]}-{i}', i, record())\n"
    )
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "s"), str(number)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for number in range(3)
    ]
    assert [program.wait(timeout=60) for program in programs] == [0, 0, 0]
    assert sql(tmp_path / "s", "SELECT count(*) FROM runs") == [(100,)]
    assert sql(tmp_path / "s", "SELECT count(*) FROM kpis") == [(300,)]
    assert sql(tmp_path / "s", "PRAGMA integrity_check") == [("ok",)]
