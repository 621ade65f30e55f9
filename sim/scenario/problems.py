"""What is wrong in a scenario, and where it was written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

#: a field: keys of mappings and positions in lists, from the top of the scenario
FieldPath = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Place:
    """A place in a file; lines and columns count from 1. Line 0: no file, ``file`` is the name of a scenario."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake: where it stands, which field it is in, what was expected and what came."""

    place: Place
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.field}: {self.message}" if self.field else f"{self.place}: {self.message}"


class ScenarioError(ValueError):
    """A scenario that cannot be used; ``problems`` holds every mistake found, by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """``" (did you mean zoning?)"`` if one of ``known`` is close to ``word``, else nothing."""
    lowered = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return f" (did you mean {lowered[close[0]]}?)" if close else ""


def listed(names: Sequence[str], limit: int = 12) -> str:
    """``a, b or c``; of more than ``limit`` names the first ones and how many more there are."""
    shown = list(names[:limit])
    if len(names) > limit:
        return f"{', '.join(shown)} or {len(names) - limit} more"
    return " or ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
