"""Ribbons between columns of bars: how many issues go from where to where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from sim.show.plots.words import count, share, shorten

NODE, GAP, SLOT = 0.012, 0.016, 0.052  # width of a node; distance of nodes; least room of a node, for its label


@dataclass(frozen=True)
class Node:
    """A bar of a column: its place, and how many issues pass through it."""

    x: float
    top: float
    height: float
    size: float


def scale_of(sizes: np.ndarray) -> float:
    """Height of one issue such that a column just fits, every bar having the room of a label."""
    shown = np.sort(sizes[sizes > 0])[::-1].astype(float)
    for large in range(len(shown), 0, -1):  # so many are higher than a label; the others take the room of a label
        room = 1 - GAP * (len(shown) - 1) - SLOT * (len(shown) - large)
        scale = room / shown[:large].sum()
        if scale * shown[large - 1] >= SLOT:
            return scale
    return SLOT / shown[0]


def stacked(x: float, sizes: np.ndarray, scale: float) -> list[Node]:
    """The bars of a column from top to bottom, spread over its height; one that nobody passes takes no room."""
    slots = np.where(sizes > 0, np.maximum(scale * sizes, SLOT), 0)
    bars = np.count_nonzero(sizes)
    gap = (1 - slots.sum()) / (bars - 1) if bars > 1 else 0
    nodes, top = [], 1.0 if bars > 1 else (1 + slots.sum()) / 2
    for size, slot in zip(sizes.tolist(), slots.tolist(), strict=True):
        nodes.append(Node(x, top - (slot - scale * size) / 2, scale * size, size))
        top -= slot + gap if size else 0
    return nodes


def draw_ribbons(
    axes: Axes, left: Sequence[Node], right: Sequence[Node], flows: np.ndarray, scale: float, *, colours: Sequence[str]
) -> None:
    """Ribbons between two columns, one for each number in flows[left, right, end], in the colour of the end."""
    leave, arrive = [node.top for node in left], [node.top for node in right]
    for a, b, end in np.argwhere(flows):
        thickness = scale * float(flows[a, b, end])
        _ribbon(axes, (left[a].x + NODE, leave[a]), (right[b].x, arrive[b]), thickness, colours[end])
        leave[a] -= thickness
        arrive[b] -= thickness


def _ribbon(axes: Axes, start: tuple[float, float], end: tuple[float, float], thickness: float, colour: str) -> None:
    (x0, y0), (x1, y1) = start, end
    middle = (x0 + x1) / 2
    vertices = [(x0, y0), (middle, y0), (middle, y1), (x1, y1)]
    vertices += [(x, y - thickness) for x, y in reversed(vertices)]
    codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    path = Path([*vertices, vertices[0]], [*codes, Path.CLOSEPOLY])
    axes.add_patch(PathPatch(path, facecolor=colour, edgecolor=colour, linewidth=0.4, alpha=0.75))


def draw_nodes(
    axes: Axes, nodes: Sequence[Node], names: Sequence[str], *, colours: Sequence[str], side: Literal["left", "right"]
) -> None:
    """The bars of a column, each with its name, its number and its share beside it."""
    total = sum(node.size for node in nodes)
    paper = {"facecolor": "white", "alpha": 0.72, "edgecolor": "none", "pad": 0.8}
    for node, name, colour in zip(nodes, names, colours, strict=True):
        if not node.size:
            continue
        corner, middle = (node.x, node.top - node.height), node.top - node.height / 2
        axes.add_patch(Rectangle(corner, NODE, node.height, facecolor=colour, edgecolor=colour, linewidth=0.6))
        text = f"{shorten(name, 26)}\n{count(node.size)}" + (f" · {share(node.size, total)}" if len(nodes) > 1 else "")
        x = node.x + (NODE + 0.008 if side == "left" else -0.008)
        axes.text(x, middle, text, size=8.5, va="center", ha=side, bbox=paper, linespacing=1.15)
