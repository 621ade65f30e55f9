"""Demand as a file: read back as written, and what is said of a bad one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_demand import PERIOD, WORLD, drawn, written

from sim.model.demand import Demand
from sim.model.demand_files import read_demand, write_demand
from sim.model.demand_spec import DemandSpec
from sim.model.period import PeriodSpec
from sim.model.tables import TableError
from sim.model.world import WorldSpec, build_world

PLACE = build_world(WorldSpec.model_validate(WORLD))


def read(path: Path) -> Demand:
    spec, period = DemandSpec.model_validate(written()), PeriodSpec.model_validate(PERIOD)
    return read_demand(path, spec, PLACE, period, seed=1, replication=0)


@pytest.mark.parametrize("name", ["demand.csv", "demand.parquet"])
def test_what_is_written_is_read_back(tmp_path: Path, name: str) -> None:
    demand = drawn(written())
    write_demand(demand, tmp_path / name, PLACE)
    again = read(tmp_path / name)
    assert again.issues.tobytes() == demand.issues.tobytes()
    assert again.work.tobytes() == demand.work.tobytes()
    assert np.array_equal(again.absence_chance(3), demand.absence_chance(3))


def test_a_csv_opens_in_a_spreadsheet_and_reads_like_a_log(tmp_path: Path) -> None:
    write_demand(drawn(written()), tmp_path / "demand.csv", PLACE)
    content = (tmp_path / "demand.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfonset,luck,building,unit,category,channel,")
    first = content.decode("utf-8-sig").splitlines()[1].split(",")
    assert first[0].startswith("2021-01-")
    assert first[1].startswith("0x")
    assert first[2] in PLACE.building_ids
    assert first[4] in ("dispute", "waste", "hazard")
    assert first[7] in ("urgent", "quick", "ordinary", "hard")


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("onset", "soon", "an instant such as 2021-03-01T08:30:00, or nothing"),
        ("onset", "", "an instant"),
        ("onset", "2021-05-01T00:00:00", "an instant within the 60 d from 2021-03-01"),
        ("report", "2021-02-28T23:59:50", "an instant from 2021-03-01 on, or nothing"),
        ("luck", "17", "0x and 16 hexadecimal digits"),
        ("building", "s9c9-1", "one of s1c1-1 … s2c3-d2"),
        ("category", "disputes", "one of dispute, waste, hazard"),
        ("channel", "patrol", "a channel of reports"),
        ("severity", "2", "one of urgent, quick, ordinary, hard"),
        ("unit", "-1", "a whole number between 0 and 1000000"),
        ("unit", "900", "0, or a household of the building"),
        ("difficulty", "1.5", "a whole number between 1 and 1000000"),
        ("threshold", "", "a whole number between 1 and 1125899906842624"),
        ("work_city", "0", "a whole number between 1 and 2147483647"),
    ],
)
def test_a_bad_cell_is_named(tmp_path: Path, column: str, value: str, expected: str) -> None:
    write_demand(drawn(written()), tmp_path / "demand.csv", PLACE)
    lines = (tmp_path / "demand.csv").read_text(encoding="utf-8-sig").splitlines()
    cells = lines[3].split(",")
    cells[lines[0].split(",").index(column)] = value
    lines[3] = ",".join(cells)
    (tmp_path / "demand.csv").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(TableError) as error:
        read(tmp_path / "demand.csv")
    assert str(error.value) == f"demand.csv, line 4, column {column}: expected {expected}, got {value!r}"


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "demand.csv").write_text("onset,building\n", encoding="utf-8")
    with pytest.raises(
        TableError, match=r"^demand.csv, line 1: expected the columns onset, luck, .*, got all but luck, unit"
    ):
        read(tmp_path / "demand.csv")


@pytest.mark.parametrize("name", ["demand.csv", "demand.parquet"])
def test_a_file_that_is_no_table_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TableError, match=rf"^{name}: expected a table of issues, got one that cannot be read"):
        read(tmp_path / name)


def test_other_kinds_of_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^expected a file named \.csv or \.parquet, got demand.xlsx$"):
        write_demand(drawn(written()), tmp_path / "demand.xlsx", PLACE)
