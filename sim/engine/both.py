"""Both engines on one Plan, their Logs compared row for row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sim.engine.events import EventKind, Phase
from sim.engine.plan import Plan

BEFORE = 10  # rows shown before the first one that differs

#: events first: they are in the order of time, so that the first difference is nearest to its cause
TABLES = ("events", "cases", "courses", "issues", "days")
_NAMES = {"phase": {p.value: p.name for p in Phase}, "kind": {k.value: k.name for k in EventKind}}

Raw = Mapping[str, np.ndarray]
Row = Mapping[str, int]


@dataclass(eq=False)
class EnginesDiffer(AssertionError):  # noqa: N818  # it says what happened
    """The two engines make different Logs of one Plan: one of them breaks a rule of ``docs/model.md``.

    ``table`` and ``row``: where the first difference is; ``reference`` and ``compiled``: the row as each has it, None where it has none;
    ``before``: up to ten rows before it, equal in both. Who knows where the Plan came from adds a note with the command that replays it.
    """

    table: str
    row: int
    reference: Row | None
    compiled: Row | None
    before: list[Row]
    run: str  # which run of the compiled engine it was: with events or without

    def __str__(self) -> str:
        return "\n".join(
            [
                f"the engines differ in table {self.table}, row {self.row}",
                *(f"  both       {row:>8}  {_text(values)}" for row, values in self._numbered()),
                f"  reference  {self.row:>8}  {_text(self.reference)}",
                f"  {self.run:<9}  {self.row:>8}  {_text(self.compiled)}",
            ]
        )

    def _numbered(self) -> Iterator[tuple[int, Row]]:
        return zip(range(self.row - len(self.before), self.row), self.before, strict=True)


def simulate(plan: Plan, *, events: bool = False) -> Raw:
    """Run ``plan`` by both engines, and by the compiled one without events too.

    Returns the raw arrays of ``sim.engine.log.RECORDS``, on which they agree. Raises EnginesDiffer if they do not.
    """
    from sim.engine import compiled, reference  # noqa: PLC0415  # each brings a library of its own

    expected = reference.simulate(plan, events=True)
    compare(expected, compiled.simulate(plan, events=True))
    bare = {**expected, "events": expected["events"][:0]}
    compare(bare, compiled.simulate(plan, events=False), run="compiled, without events")
    return expected if events else bare


def compare(reference: Raw, compiled: Raw, *, run: str = "compiled") -> None:
    """Raise EnginesDiffer at the first row in which the raw arrays of two runs differ; events are looked at first."""
    for table in TABLES:
        _compare(table, reference[table], compiled[table], run)


def _compare(table: str, expected: np.ndarray, found: np.ndarray, run: str) -> None:
    if found.dtype != expected.dtype:
        raise TypeError(f"{table}: expected records of {expected.dtype}, got {found.dtype} ({run})")
    common = min(len(expected), len(found))
    parted = np.flatnonzero(expected[:common] != found[:common])
    if not parted.size and len(expected) == len(found):
        return
    row = int(parted[0]) if parted.size else common
    before = [_values(expected, k) for k in range(max(0, row - BEFORE), row)]
    raise EnginesDiffer(table, row, _row(expected, row), _row(found, row), before, run)


def _row(rows: np.ndarray, row: int) -> Row | None:
    return _values(rows, row) if row < len(rows) else None


def _values(rows: np.ndarray, row: int) -> Row:
    return dict(zip(rows.dtype.names or (), rows[row].item(), strict=True))


def _text(row: Row | None) -> str:
    if row is None:
        return "no such row"
    return "  ".join(f"{name} {_name(name, value)}" for name, value in row.items())


def _name(column: str, value: int) -> str:
    return str(_NAMES.get(column, {}).get(value, value))
