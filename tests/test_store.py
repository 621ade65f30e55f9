"""What is written: whole or not at all, the same bytes everywhere, and plain words when it cannot be."""

from __future__ import annotations

import csv
import errno
import json
import math
import os
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import t

from sim.study import store
from sim.study.intervals import interval, t_quantile
from sim.study.store import OutputError, prepare_directory, replacing, write_file, write_frame, write_json, write_table


def test_a_table_is_utf8_with_bom_and_ten_digits(tmp_path: Path) -> None:
    path = tmp_path / "kpis.csv"
    rows = [("a", "结案率", 1 / 3), ("b", "x,y", math.nan), ("c", "", -0.0), ("d", "", 123456789012.5), ("e", "", 7)]
    write_table(path, ("kpi", "name", "value"), rows)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfkpi,name,value\n")
    with path.open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.reader(file))[1:]
    assert written == [
        ["a", "结案率", "0.3333333333"],
        ["b", "x,y", ""],
        ["c", "", "0"],
        ["d", "", "1.23456789e+11"],
        ["e", "", "7"],
    ]
    assert pd.read_csv(path)["value"].isna().tolist() == [False, True, False, False, False]


def test_an_error_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "kpis.csv"
    write_file(path, b"old")
    with pytest.raises(UnicodeEncodeError), replacing(path) as temporary:
        temporary.write_text("half of the new…", encoding="ascii")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_said_plainly_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kpis.csv"
    write_file(path, b"old")

    def full(self: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match=r"kpis\.csv: cannot be written: No space left on device"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("below", ["", "further/down"])
def test_a_directory_that_is_a_file_is_said_plainly(tmp_path: Path, below: str) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match=r"out.*: cannot be written: (File exists|Not a directory)"):
        prepare_directory(tmp_path / "out" / below)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_without_permission_is_said_plainly(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot be written: Permission denied"):
        prepare_directory(tmp_path)


def test_a_directory_is_made_and_left_empty(tmp_path: Path) -> None:
    made = prepare_directory(tmp_path / "a" / "b")
    assert made.is_dir()
    assert not list(made.iterdir())


def test_json_is_for_people(tmp_path: Path) -> None:
    write_json(tmp_path / "manifest.json", {"title": "一个街道"})
    text = (tmp_path / "manifest.json").read_text(encoding="utf-8")
    assert "一个街道" in text
    assert json.loads(text) == {"title": "一个街道"}


FRAME = pd.DataFrame({"case": [0, 1], "known": pd.to_datetime(["2021-03-01 08:30:00", None]), "street": ["巨轮", ""]})


def test_frames_are_parquet_where_pyarrow_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    path = write_frame(tmp_path, "cases", FRAME)
    assert path.name == "cases.parquet"
    pd.testing.assert_frame_equal(pd.read_parquet(path), FRAME, check_dtype=False)


def test_frames_are_csv_where_it_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "find_spec", lambda name: None)
    path = write_frame(tmp_path, "cases", FRAME)
    assert path.read_bytes().decode("utf-8-sig") == "case,known,street\n0,2021-03-01 08:30:00,巨轮\n1,,\n"


# intervals


def test_an_interval_as_in_the_textbook() -> None:
    found = interval([2.0, 4.0, 9.0])  # mean 5, s = sqrt(13), t(2, .975) = 4.30265
    assert (found.mean, found.replications) == (5, 3)
    assert found.high - 5 == pytest.approx(4.30265273 * math.sqrt(13 / 3), rel=1e-9)
    assert found.low == pytest.approx(10 - found.high)


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 9, 10, 19, 29, 30, 99, 100, 999])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.99])
def test_student_t_agrees_with_scipy(degrees: int, confidence: float) -> None:
    assert t_quantile(degrees, confidence) == pytest.approx(t.ppf((1 + confidence) / 2, degrees), rel=2e-11)


def test_an_interval_leaves_out_what_is_undefined() -> None:
    assert interval([1.0, math.nan, 3.0]) == interval([1.0, 3.0])
    one = interval([math.nan, 3.0])
    assert (one.mean, one.replications) == (3, 1)
    assert math.isnan(one.low)
    assert math.isnan(interval([]).mean)


def test_an_interval_of_equal_values_has_no_width() -> None:
    assert interval([0.1] * 7).low == interval([0.1] * 7).high == 0.1


def test_the_order_of_replications_changes_no_bit() -> None:
    values = [0.1, 1e9, -3.7, 1e-9, 2.2]
    assert interval(values) == interval(values[::-1])
