"""Small Plans made by hand, for tests of the engines."""

from __future__ import annotations

from sim.study.verify.rows import ADMIN_CLASS, CLASSES, PATROL_CLASS, VISIT_CLASS, table
from sim.study.verify.rows import plan_of_rows as make

__all__ = ["ADMIN_CLASS", "CLASSES", "PATROL_CLASS", "VISIT_CLASS", "make", "table"]
