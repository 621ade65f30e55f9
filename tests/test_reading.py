"""YAML is read as the core schema of YAML 1.2 says, with places, and nothing clever in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.scenario.reading import MAX_DEPTH, Node, core_scalar, read_file, read_text


def read(text: str) -> Node:
    node, problems = read_text(text, "x.yaml")
    assert problems == []
    assert node is not None
    return node


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18:30", "18:30"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("010", 10),
        ("0o10", 8),
        ("0x1f", 31),
        ("1_000", "1_000"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("2021-01-01", "2021-01-01"),
        ("-3", -3),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("3 working days", "3 working days"),
        ("35 %", "35 %"),
    ],
)
def test_unquoted_words_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    assert core_scalar(text) == value
    assert type(core_scalar(text)) is type(value)


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "1e999", "9" * 40])
def test_numbers_that_no_one_can_use_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^expected a .*, got "):
        core_scalar(text)


def test_quoted_words_are_text() -> None:
    assert read("""{a: "1", b: 'true', c: "null"}""").plain() == {"a": "1", "b": "true", "c": "null"}
    assert read("d: |\n  2\n").plain() == {"d": "2\n"}


def test_every_value_knows_where_it_and_its_key_stand() -> None:
    node = read("a: 1\nb:\n  - {c: x}\n  - y\n")
    value, reached = node.nearest(("b", 0, "c"))
    assert reached
    assert (value.place.line, value.place.column) == (3, 9)
    assert (value.key.line, value.key.column) == (3, 6)
    second, _ = node.nearest(("b", 1))
    assert str(second.place) == str(second.key) == "x.yaml:4:5"


def test_the_nearest_value_stands_in_for_one_that_is_missing() -> None:
    node = read("a:\n  b: 1\n")
    value, reached = node.nearest(("a", "c", "d"))
    assert not reached
    assert value.plain() == {"b": 1}


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("a: 中文\n", encoding="utf-8-sig")
    node, problems = read_file(file, "x.yaml")
    assert problems == []
    assert node is not None
    assert node.plain() == {"a": "中文"}
    assert node.place.column == 1


def test_depth_is_bounded_before_it_hurts() -> None:
    node, problems = read_text("[" * 3000, "x.yaml")
    assert node is None
    assert [problem.message for problem in problems] == [f"expected at most {MAX_DEPTH} levels of nesting, got more"]


def test_aliases_are_never_expanded() -> None:
    bomb = "a: &a [x, x]\n" + "\n".join(f"b{i}: &b{i} [*a, *a]" for i in range(50))
    node, problems = read_text(bomb, "x.yaml")
    assert len(problems) == 1 + 50 + 100  # each anchor and each alias
    assert all(problem.message.startswith("expected a value written out, got an a") for problem in problems)
    assert node is not None
