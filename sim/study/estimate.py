"""How long runs are going to take, before any has begun."""

from __future__ import annotations

from sim.engine.engines import Engine
from sim.scenario.sizes import Size

# CPU seconds, measured on one street (0.15 s compiled, 4 s on the reference engine) and on Xinghualing (3.5 s and 260 s)
DRAWN = 0.4e-6  # an issue drawn, history included, for any engine
COMPILED = 3.5e-6  # an issue of the run: plan, engine, KPIs
REFERENCE, REFERENCE_POWER = 6e-6, 1.3  # times issues to the power: larger runs take longer an issue
REFERENCE_SERVER_DAY = 50e-6


def expected_seconds(size: Size, engine: Engine, *, replications: int, at_a_time: int) -> float:
    """Time that ``replications`` take, about, ``at_a_time`` of them on a processor each; "both" engines take that of the two."""
    compiled = size.drawn * DRAWN + size.issues * COMPILED
    reference = size.issues**REFERENCE_POWER * REFERENCE + size.server_days * REFERENCE_SERVER_DAY
    each = {"compiled": compiled, "reference": size.drawn * DRAWN + reference, "both": compiled + reference}[engine]
    return each * replications / min(at_a_time, replications)
