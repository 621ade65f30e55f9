"""What the kernel tells LLVM of its tables holds: each is only ever read and written as one kind of row."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import sim.engine.compiled
from sim.engine.compiled import memory
from sim.engine.compiled.layout import Memory
from sim.study.verify.random_plans import draw

FOLDER = Path(sim.engine.compiled.__file__).parent


def accesses() -> Iterator[tuple[str, str]]:
    """The table and the kind of row of each ``at(w.table, row, KIND)`` in the kernel."""
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="at"), args=[ast.Attribute(attr=table), _, ast.Name(id=kind)]):
                    yield table, kind


def test_a_table_is_read_as_one_kind_of_row() -> None:
    kinds = defaultdict(set)
    for table, kind in accesses():
        kinds[table].add(kind)
    assert len(kinds) > 50
    assert {table: kind for table, kind in kinds.items() if len(kind) > 1} == {}


def test_rows_are_as_long_as_they_lie_in_memory() -> None:
    kinds, seen = dict(accesses()), set()
    for seed in range(20):
        for table, rows in Memory(draw(seed), events=True, room=1.5, score=0).tables.items():
            if len(rows) and table in kinds:  # features are the live score's
                assert rows.itemsize == getattr(memory, kinds[table]).itemsize, table
                seen.add(table)
    assert seen == set(kinds)
