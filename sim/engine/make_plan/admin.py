"""Admin: what of it reaches gridworkers, once it has come down through the tiers and past the gate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.engine.make_plan.fill import scaled
from sim.engine.plan import MILLION
from sim.model.policies import Day, Policy


def admitted(day: Day, policy: Policy) -> Day:
    """``day`` with the admin that is left of it."""
    left = policy.admission.admitted(policy.tiers.depth("grid"))
    if left == MILLION:
        return day
    share = scaled(np.asarray(day.admin_share), left)
    return replace(day, admin_share=share)
