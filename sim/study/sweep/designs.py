"""Designs: which settings of some axes are looked at together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from sim.study.sweep.axes import Axis, Setting
from sim.study.sweep.spec import Design

Point = tuple[Setting, ...]  # one setting of each axis


def points_of(design: Design, axes: Sequence[Axis]) -> list[Point]:
    """The points of a design, in the order in which its factors are written, the last one changing fastest."""
    if design.design == "grid":
        return list(product(*(axis.settings for axis in axes)))
    if design.design == "one_at_a_time":
        return _one_at_a_time(axes)
    return _latin_hypercube(axes, design.points or 1, seed=design.seed)


def _one_at_a_time(axes: Sequence[Axis]) -> list[Point]:
    """The scenario as it is, then each setting of each axis by itself."""
    as_is = tuple(axis.as_is for axis in axes)
    alone = [(*as_is[:i], setting, *as_is[i + 1 :]) for i, axis in enumerate(axes) for setting in axis.settings]
    return [as_is, *alone]


def _latin_hypercube(axes: Sequence[Axis], points: int, *, seed: int) -> list[Point]:
    """Points of which each of ``points`` equal parts of each axis has one (McKay, Beckman and Conover 1979)."""
    import numpy as np  # noqa: PLC0415
    from scipy.stats import qmc  # noqa: PLC0415  # takes a second to load

    chances = qmc.LatinHypercube(len(axes), seed=np.random.default_rng(seed)).random(points)
    return [tuple(axis.drawn(float(chance)) for axis, chance in zip(axes, row, strict=True)) for row in chances]
