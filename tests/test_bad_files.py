"""Every kind of mistake in a scenario file has its message: where, which field, what was expected, what came."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sim.scenario.loading import examine
from sim.scenario.reading import MAX_BYTES, MAX_NODES

DEMAND = """\
demand:
  categories:
    - {id: a, title: A, rate: 1 per day, work: {grid: 1 h}}
"""
SOUND = f"name: s\n{DEMAND}"


@dataclass
class Bad:
    name: str
    files: dict[str, list[str]] = field(default_factory=lambda: {"s.yaml": []})
    messages: list[str] = field(default_factory=list)


def read_cases() -> list[Bad]:
    cases: list[Bad] = []
    for line in (Path(__file__).parent / "data" / "bad_files.txt").read_text(encoding="utf-8").splitlines():
        mark, _, rest = line.partition(" ")
        if mark == "===":
            cases.append(Bad(rest))
        elif mark == ">>>":
            cases[-1].messages.append(rest)
        elif mark == "+++":
            cases[-1].files[rest] = []
        elif cases and line:
            list(cases[-1].files.values())[-1].append(line)
    return cases


CASES = read_cases()


def problems_of(text: str | bytes) -> list[str]:
    Path("s.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return [str(problem) for problem in examine("s.yaml").problems]


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_there_are_many_kinds_of_mistakes() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_message(case: Bad) -> None:
    for name, lines in case.files.items():
        text = "\n".join([*lines, ""])
        Path(name).write_text(text.replace("(sound)\n", SOUND).replace("(its demand)\n", DEMAND), encoding="utf-8")
    findings = examine("s.yaml")
    assert [str(problem) for problem in findings.problems] == case.messages
    assert findings.scenario is None


def test_the_sound_scenario_is_sound() -> None:
    assert problems_of(SOUND) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "name: s\ntitle: 街道\n".encode("gbk"),
            "s.yaml:2:8: expected UTF-8 text, got the byte 0xbd (save the file as UTF-8, not GBK)",
        ),
        (
            "name: s\n".encode("utf-16"),
            "s.yaml:1:1: expected UTF-8 text, got the byte 0xff (it looks like UTF-16)",
        ),
        (b"name: s\ntitle: A\x07\n", "s.yaml:2:9: expected printable text, got the character U+0007"),
        (b"name: \x00\n", "s.yaml:1:7: expected printable text, got the character U+0000"),
        (
            b"#" * (MAX_BYTES + 1),
            "s.yaml:1:1: expected a scenario of at most 1,000,000 bytes, got a larger file",
        ),
        (
            b"a: [" + b"1," * MAX_NODES + b"]\n",
            "s.yaml:1:40001: expected at most 20,000 values in a file, got more",
        ),
    ],
    ids=["GBK", "UTF-16", "a control character", "a null character", "too many bytes", "too many values"],
)
def test_message_about_the_file_as_a_whole(text: bytes, message: str) -> None:
    assert problems_of(text) == [message]


def test_a_folder_is_not_a_scenario() -> None:
    Path("street").mkdir()
    assert examine("street").scenario is not None  # the bundled one
    Path("other").mkdir()
    with pytest.raises(
        FileNotFoundError, match=r"^other: no such scenario file, and no bundled scenario of that name$"
    ):
        examine("other")
