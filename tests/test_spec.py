"""What all parts of a scenario share: paths that start where they were written, and mistakes reported all at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError, model_validator

from sim.model.spec import Fault, Spec, TableFile, Title, Written, reject
from sim.model.world import WorldSpec


class Part(Spec):
    file: TableFile | None = None
    size: int = 0

    @model_validator(mode="after")
    def _sound(self) -> Part:
        reject(
            "part",
            [Fault(("size",), "an even number", self.size), Fault(("more", 3), "less", "x")][: self.size % 2 * 2],
        )
        return self


class Whole(Spec):
    parts: tuple[Part, ...] = ()
    title: Title = Title(zh="一", en="one")


def test_a_path_starts_in_the_folder_of_the_file_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n", encoding="utf-8")
    assert Part(file=Written("a.csv", tmp_path)).file == tmp_path / "a.csv"
    assert Part(file=tmp_path / "a.csv").file == tmp_path / "a.csv"
    monkeypatch.chdir(tmp_path)
    assert Part(file="a.csv").file == tmp_path / "a.csv"
    with pytest.raises(ValidationError, match=r"expected the path of a CSV file, got 'b\.csv' \(there is no file "):
        Part(file=Written("b.csv", tmp_path))
    with pytest.raises(ValidationError, match="expected the path of a CSV file, got 5"):
        Part.model_validate({"file": 5})


def test_faults_are_reported_all_at_once_each_at_its_place() -> None:
    with pytest.raises(ValidationError) as error:
        Whole.model_validate({"parts": [{"size": 2}, {"size": 1}, {"sise": 1}], "title": {"zh": "一"}})
    assert [(e["loc"], e["msg"]) for e in error.value.errors()] == [
        (("parts", 1, "size"), "expected an even number, got 1"),
        (("parts", 1, "more", 3), "expected less, got 'x'"),
        (("parts", 2, "sise"), "Extra inputs are not permitted"),
        (("title", "en"), "Field required"),
    ]


def test_parts_never_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Part(size=2).size = 4  # type: ignore[misc]


def test_a_table_that_is_rewritten_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "areas.csv"
    file.write_text("street_code,street,community_code,community\n1,a,11,A\n", encoding="utf-8")
    spec = WorldSpec(communities=file)
    assert [community.id for community in spec.areas.communities] == ["11"]
    file.write_text("street_code,street,community_code,community\n1,a,11,A\n1,a,12,B\n", encoding="utf-8")
    assert [community.id for community in spec.areas.communities] == ["11", "12"]


def test_a_world_said_twice_is_refused(tmp_path: Path) -> None:
    areas, buildings = tmp_path / "a.csv", tmp_path / "b.csv"
    areas.write_text("street_code,street,community_code,community,households\n1,a,11,A,5\n", encoding="utf-8")
    buildings.write_text("building,community_code,x,y,households\nb,11,0,0,5\nc,12,0,0,5\n", encoding="utf-8")
    with pytest.raises(ValidationError) as error:
        WorldSpec(communities=areas, buildings=buildings, households=5)
    assert [(e["loc"], e["msg"]) for e in error.value.errors()] == [
        (("households",), "expected nothing, as the table of buildings says it, got 5"),
        (
            ("communities",),
            "expected a table without households and dedicated, as the table of buildings says them, got 'households'",
        ),
        (("buildings",), "expected codes of communities in the column community_code (see building c), got '12'"),
    ]
