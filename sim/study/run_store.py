"""Where finished runs are kept and found again: one SQLite file, which may be a temporary one.

A run is written in one transaction or not at all, by SQLite's rollback journal, so that a program killed at any moment
leaves whole runs only, and two may write to one file at the same time. Arrays lie in the file too: a run is one thing on
disk. Runs are found by their key alone; nothing in the file says when or by which study they were made.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import numpy as np

from sim.study.kpis import Better, Figure
from sim.study.records import CATEGORY, COUNT, FATE, LUCK, SECONDS, SUM, Record, unpack
from sim.study.runs import IssueKeys, Run, Runs
from sim.study.store import OutputError, prepare_directory

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

FORMAT = 2  # of the tables below
GRIDGOV = 0x67726964  # what says of an SQLite file that it is ours
PATIENCE = 120.0  # s to wait for another program's turn at the file
AT_ONCE = 500  # keys asked for at once
TEMPORARY = (
    ""  # what SQLite calls a file of its own: held in memory as far as its cache goes, and gone when it is closed
)

TABLES = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, replication INTEGER NOT NULL,
    figures INTEGER NOT NULL, issues TEXT NOT NULL, fates BLOB NOT NULL, resolved BLOB NOT NULL,
    lifetimes BLOB NOT NULL, arisen BLOB NOT NULL
);
CREATE TABLE kpis (run INTEGER, row INTEGER, value REAL, PRIMARY KEY (run, row)) WITHOUT ROWID;
CREATE TABLE figures (id INTEGER PRIMARY KEY, content TEXT NOT NULL UNIQUE);
CREATE TABLE issues (digest TEXT PRIMARY KEY, luck BLOB NOT NULL, category BLOB NOT NULL, categories TEXT NOT NULL);
CREATE VIEW kpi_values AS
    SELECT runs.key, runs.replication, json_extract(f.value, '$.id') AS kpi, kpis.value
    FROM runs JOIN figures ON figures.id = runs.figures, json_each(figures.content) AS f
    JOIN kpis ON kpis.run = runs.id AND kpis.row = f.key;
"""


class RunStore:
    """Finished runs by key, in the file ``path``, made if need be; without a path in a temporary file of SQLite's own, as
    hundreds of runs of a district take gigabytes.

    Raises OutputError if the file cannot be read or written, or is something else. To be closed, or used by ``with``.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path) if path is not None else None
        self._issues: WeakValueDictionary[str, IssueKeys] = WeakValueDictionary()
        if self.path is not None:
            prepare_directory(self.path.parent)
        with self._explained():
            self._db = sqlite3.connect(self.path or TEMPORARY, timeout=PATIENCE, isolation_level=None)
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> RunStore:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. What was kept in a temporary file is gone."""
        self._db.close()

    def known(self, keys: Iterable[str]) -> set[str]:
        """Which of the runs of these keys are there."""
        asked, found = list(dict.fromkeys(keys)), set[str]()
        for first in range(0, len(asked), AT_ONCE):
            some = asked[first : first + AT_ONCE]
            marks = ", ".join("?" * len(some))
            found |= {key for (key,) in self._read(f"SELECT key FROM runs WHERE key IN ({marks})", some)}
        return found

    def add(self, key: str, replication: int, record: Record) -> None:
        """Keep a run, whole or not at all; one that is there already stays as it is."""
        issues, content = record.issues, json.dumps([vars(figure) for figure in record.figures])
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO figures (content) VALUES (?)", (content,))
            ((figures,),) = db.execute("SELECT id FROM figures WHERE content = ?", (content,))
            db.execute(
                "INSERT OR IGNORE INTO issues VALUES (?, ?, ?, ?)",
                (issues.digest, issues.luck, issues.category, json.dumps(issues.categories)),
            )
            arrays = record.fates, record.resolved, record.lifetimes, record.arisen
            row = db.execute(
                "INSERT OR IGNORE INTO runs (key, replication, figures, issues, fates, resolved, lifetimes, arisen) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (key, replication, figures, issues.digest, *arrays),
            )
            if row.rowcount:
                values = [
                    (row.lastrowid, i, None if math.isnan(value) else value) for i, value in enumerate(record.values)
                ]
                db.executemany("INSERT INTO kpis VALUES (?, ?, ?)", values)

    def figures(self, key: str) -> tuple[Figure, ...]:
        """What the KPIs of a run are called. KeyError if the run is not there."""
        ((content,),) = self._one(
            "SELECT content FROM figures JOIN runs ON runs.figures = figures.id WHERE key = ?", key
        )
        return tuple(Figure(**{**named, "better": Better(named["better"])}) for named in json.loads(content))

    def values(self, key: str) -> np.ndarray:
        """The KPIs of a run, float64 in the order of its figures, NaN where undefined. KeyError if the run is not there."""
        rows = self._one("SELECT value FROM kpis JOIN runs ON runs.id = kpis.run WHERE key = ? ORDER BY row", key)
        return np.array([math.nan if value is None else value for (value,) in rows], np.float64)

    def run(self, key: str) -> Run:
        """A run as it is compared with others. KeyError if it is not there."""
        ((digest, *packed),) = self._one(
            "SELECT issues, fates, resolved, lifetimes, arisen FROM runs WHERE key = ?", key
        )
        fates, resolved, lifetimes, arisen = map(unpack, packed, (FATE, SECONDS, SUM, COUNT))
        return Run(self.values(key), fates, resolved, self._keys(digest), lifetimes, arisen)

    def runs(self, scenario: Scenario, keys: Sequence[str]) -> Runs:
        """The replications of a scenario, which have these keys. KeyError if one is not there."""
        return Runs(scenario, self.figures(keys[0]), [self.run(key) for key in keys])

    def _keys(self, digest: str) -> IssueKeys:
        """Which issues these are; the same object for all runs that have them."""
        keys = self._issues.get(digest)
        if keys is None:
            ((luck, category, categories),) = self._one(
                "SELECT luck, category, categories FROM issues WHERE digest = ?", digest
            )
            names = tuple(json.loads(categories))
            keys = self._issues[digest] = IssueKeys(np.frombuffer(luck, LUCK), unpack(category, CATEGORY), names)
        return keys

    def _one(self, query: str, key: str) -> list[tuple[Any, ...]]:
        rows = self._read(query, [key])
        if not rows:
            raise KeyError(key)
        return rows

    def _read(self, query: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
        with self._explained():
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """What is done to the file within it is done as a whole or not at all."""
        with self._explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _prepare(self) -> None:
        """See that the file is ours and can be written to; fill a new one."""
        with self._transaction() as db:
            ((tables,),) = db.execute("SELECT count(*) FROM sqlite_master")
            ((owner,),), ((form,),) = db.execute("PRAGMA application_id"), db.execute("PRAGMA user_version")
            if tables and owner != GRIDGOV:
                raise OutputError(f"{self.path}: expected a store of runs, got another program's SQLite file")
            if tables and form != FORMAT:
                raise OutputError(
                    f"{self.path}: expected a store of runs of format {FORMAT}, got format {form}: another version "
                    "made it; name another file"
                )
            for statement in TABLES.split(";\n") if not tables else ():
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {GRIDGOV}")
            db.execute(f"PRAGMA user_version = {FORMAT}")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what goes wrong with the file into an OutputError that names it."""
        try:
            yield
        except sqlite3.Error as error:
            raise OutputError(f"{self.path or 'temporary runs'}: {_hint(error)}") from error


def _hint(error: sqlite3.Error) -> str:
    text = str(error)
    if "not a database" in text:
        return "expected a store of runs, got another file"
    if "locked" in text:
        return f"cannot be written: another program has held it for {PATIENCE:.0f} s"
    return f"cannot be written: {text}; what was written before is not lost"
