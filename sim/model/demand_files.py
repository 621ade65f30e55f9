"""Demand as a table in a file, CSV or Parquet: one row an issue, with names and dates as people write them.

Columns are those of ``ISSUES`` and ``work_grid`` … ``work_city``. Buildings, categories and channels go by id,
severities by name; instants are dates with time (``2021-03-01T08:30:00``), empty for never; lengths are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.model.demand import ISSUE, Demand, assemble
from sim.model.demand_spec import LEVELS, SEVERITIES, DemandSpec
from sim.model.period import PeriodSpec
from sim.model.streams import Ints, Words
from sim.model.tables import TableError
from sim.model.units import MILLION
from sim.model.world import World

if TYPE_CHECKING:
    import pandas as pd

INSTANTS = ("onset", "report", "duplicate", "clear", "worsen")
WORK = tuple(f"work_{level}" for level in LEVELS)
#: whole numbers: least and most
NUMBERS = {
    "unit": (0, 10**6),
    "valid": (0, 1),
    "difficulty": (1, MILLION),
    "worse_difficulty": (1, MILLION),
    "patience": (-1, 2**40),
    "threshold": (1, 2**50),
    **dict.fromkeys(WORK, (1, 2**31 - 1)),
}
COLUMNS = (*(ISSUE.names or ()), *WORK)


def write_demand(demand: Demand, path: Path, world: World) -> None:
    """Write the issues to ``path``, which ends in .csv (UTF-8 with BOM) or .parquet (needs pyarrow)."""
    import pandas as pd  # noqa: PLC0415 - slow to import

    names = _names(demand.spec, world)
    columns = {name: _written(name, demand, names) for name in ISSUE.names or ()}
    columns |= {name: demand.work[:, level] for level, name in enumerate(WORK)}
    frame = pd.DataFrame(columns)
    if _is_parquet(path):
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False, encoding="utf-8-sig", date_format="%Y-%m-%dT%H:%M:%S", lineterminator="\n")


def _names(spec: DemandSpec, world: World) -> dict[str, Sequence[str]]:
    """What the rows of a column of rows are called."""
    return {
        "building": world.building_ids,
        "category": [category.id for category in spec.categories],
        "channel": [channel.id for channel in spec.all_channels],
        "severity": SEVERITIES,
        "worse_severity": SEVERITIES,
    }


def _written(name: str, demand: Demand, names: Mapping[str, Sequence[str]]) -> Any:
    values = demand.issues[name]
    if name in names:
        return np.array(names[name], object)[values]
    if name == "luck":  # as text: spreadsheets round whole numbers of more than 15 digits
        return [f"0x{luck:016x}" for luck in values.tolist()]
    if name in INSTANTS:
        instants = np.datetime64(demand.start, "s") + values.astype("m8[s]")
        return instants if name == "onset" else np.where(values < 0, np.datetime64("NaT"), instants)
    return values


def read_demand(
    path: Path, spec: DemandSpec, world: World, period: PeriodSpec, *, seed: int, replication: int
) -> Demand:
    """The demand whose issues stand in the file at ``path``; all other chances are those of the replication.

    Raises TableError with the file, line and column, what was expected and what came.
    """
    table = _load(path)
    names = _names(spec, world)
    columns = {name: _parsed(_Column(path.name, table[name]), names, period.start) for name in COLUMNS}
    _check_rows(path.name, table, columns, world, period)
    issues, work = np.empty(len(table), ISSUE), np.empty((len(table), len(WORK)), np.int32)
    for name in ISSUE.names or ():
        issues[name] = columns[name]
    for level, name in enumerate(WORK):
        work[:, level] = columns[name]
    return assemble(spec, period.start, period.days, seed=seed, replication=replication, issues=issues, work=work)


@dataclass(frozen=True)
class _Column:
    """A column of the user's table, row by row as text or as Parquet has it."""

    file: str
    values: pd.Series

    def require(self, good: np.ndarray, expected: str) -> None:
        """Raise TableError at the first row that is not ``good``. Lines count from 1, the header."""
        bad = np.flatnonzero(~good)
        if bad.size:
            where = f"{self.file}, line {bad[0] + 2}, column {self.values.name}"
            raise TableError(f"{where}: expected {expected}, got {self.values.iloc[bad[0]]!r}")

    @property
    def empty(self) -> np.ndarray:
        """Where nothing stands."""
        return (self.values.isna() | (self.values.astype(str) == "")).to_numpy(bool)

    def rows(self, names: Sequence[str]) -> Ints:
        """Which of ``names`` each is."""
        import pandas as pd  # noqa: PLC0415

        rows = pd.Index(names).get_indexer(pd.Index(self.values))
        shown = ", ".join(names) if len(names) <= 12 else f"{names[0]} … {names[-1]}"
        self.require(rows >= 0, f"one of {shown}")
        return rows

    def numbers(self, least: int, most: int) -> Ints:
        """Whole numbers in a range."""
        import pandas as pd  # noqa: PLC0415

        numbers = pd.to_numeric(self.values, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        whole = (numbers >= least) & (numbers <= most) & (numbers == np.floor(numbers))
        self.require(whole, f"a whole number between {least} and {most}")
        return numbers.astype(np.int64)

    def instants(self, start: date) -> Ints:
        """Seconds since ``start``; -1 where empty."""
        import pandas as pd  # noqa: PLC0415

        instants = pd.to_datetime(self.values, format="ISO8601", errors="coerce")
        empty = self.empty
        self.require(empty | instants.notna().to_numpy(), "an instant such as 2021-03-01T08:30:00, or nothing")
        seconds = (instants.to_numpy("M8[s]") - np.datetime64(start, "s")).astype(np.int64)
        return np.where(empty, -1, seconds)

    def lucks(self) -> Words:
        """Words of 64 bits, written as 0x and 16 hexadecimal digits."""
        good = self.values.astype(str).str.fullmatch(r"0x[0-9a-f]{16}").to_numpy(bool)
        self.require(good, "0x and 16 hexadecimal digits")
        return np.array([int(word, 16) for word in self.values], np.uint64)


def _parsed(column: _Column, names: Mapping[str, Sequence[str]], start: date) -> Ints | Words:
    name = str(column.values.name)
    if name in names:
        return column.rows(names[name])
    if name in INSTANTS:
        return column.instants(start)
    return column.lucks() if name == "luck" else column.numbers(*NUMBERS[name])


def _load(path: Path) -> pd.DataFrame:
    """The table as text (CSV) or as it is (Parquet), with all columns."""
    import pandas as pd  # noqa: PLC0415

    try:
        if _is_parquet(path):
            table = pd.read_parquet(path)
        else:
            table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:  # pandas and pyarrow raise kinds of ValueError
        raise TableError(f"{path.name}: expected a table of issues, got one that cannot be read ({error})") from None
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise TableError(
            f"{path.name}, line 1: expected the columns {', '.join(COLUMNS)}, got all but {', '.join(missing)}"
        )
    return table


def _check_rows(
    file: str, table: pd.DataFrame, columns: Mapping[str, np.ndarray], world: World, period: PeriodSpec
) -> None:
    """Raise TableError if a value does not fit the world, the period or its row."""
    onset = _Column(file, table["onset"])
    onset.require(~onset.empty, "an instant")
    onset.require(columns["onset"] < period.horizon, f"an instant within the {period.days} d from {period.start}")
    for name in INSTANTS[1:]:
        _Column(file, table[name]).require(columns[name] >= -1, f"an instant from {period.start} on, or nothing")
    households = world.buildings["households"][columns["building"]]
    _Column(file, table["unit"]).require(columns["unit"] <= households, "0, or a household of the building")
    _Column(file, table["channel"]).require(columns["channel"] >= 2, "a channel of reports")


def _is_parquet(path: Path) -> bool:
    """Whether it is Parquet rather than CSV. Raises ValueError for any other name, and if pyarrow is missing."""
    if path.suffix not in (".csv", ".parquet"):
        raise ValueError(f"expected a file named .csv or .parquet, got {path.name}")
    if path.suffix == ".parquet":
        try:
            import pyarrow  # noqa: F401, PLC0415 - an extra
        except ImportError:
            raise ValueError("Parquet files need pyarrow: pip install 'gridgov[log]', or use .csv") from None
    return path.suffix == ".parquet"
