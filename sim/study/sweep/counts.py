"""Numbers that depend on how many grids there are: ``0.73 per grid``, worked out once all else is set."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from sim.scenario.loading import Findings
from sim.scenario.problems import FieldPath
from sim.scenario.reading import Node
from sim.study.sweep.changes import node_of, replaced

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

PER = re.compile(r"\s*(\d+(?:\.\d+)?) per (grid|community|street)\s*")


def with_counts(tree: Node, before: Node, file: str, examine: Callable[[Node], Findings]) -> Findings:
    """What comes of a scenario once ``N per grid`` (or community, or street), where ``file`` says so, is a whole number.

    Grids are those of the scenario's own zoning, dedicated places not counted; numbers are rounded, half up, and at least 1.
    Until they are known, the scenario is as it was ``before`` in these fields.
    """
    asked = dict(_asked(tree, file))
    if not asked:
        return examine(tree)
    findings = examine(replaced(tree, {path: _stand_in(before, path, node) for path, (node, _, _) in asked.items()}))
    if findings.scenario is None:
        return findings
    counts = counts_of(findings.scenario)
    return examine(
        replaced(
            tree,
            {path: node_of(_rounded(each * counts[what]), node.place) for path, (node, each, what) in asked.items()},
        )
    )


def _asked(tree: Node, file: str) -> Iterator[tuple[FieldPath, tuple[Node, Decimal, str]]]:
    """The fields that ``file`` wants worked out: the node, how many for each, and for each what."""
    for path, node in tree.walk():
        found = PER.fullmatch(node.content) if isinstance(node.content, str) and node.place.file == file else None
        if found:
            yield path, (node, Decimal(found[1]), found[2])


def _stand_in(before: Node, path: FieldPath, node: Node) -> Node:
    found, reached = before.nearest(path)
    return found if reached else node_of(1, node.place)


def _rounded(number: Decimal) -> int:
    return max(1, int(number.to_integral_value(ROUND_HALF_UP)))


def counts_of(scenario: Scenario) -> dict[str, int]:
    """How many grids (without dedicated places), communities and streets a scenario has."""
    from sim.model.policies.setting import settle_in  # noqa: PLC0415  # only such numbers need it
    from sim.model.world import build_world  # noqa: PLC0415

    world = build_world(scenario.world)
    grids, _ = settle_in(scenario.policy, world, scenario.demand)
    ordinary = int((grids.dedicated == 0).sum())
    return {"grid": ordinary, "community": len(world.community_ids), "street": len(world.street_ids)}
