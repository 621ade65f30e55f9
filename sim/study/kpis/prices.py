"""What work costs and what issues weigh, as the scenario says it: for K13 and K20."""

from __future__ import annotations

import numpy as np

from sim.model.demand_spec import SEVERITIES
from sim.scenario.schema import Costs
from sim.study.kpis.facts import Facts

PRICES = "prices of the scenario: costs.worker_month, costs.crew_hour, costs.helper_hour"
WEIGHTS = "weights of the scenario: costs.severity_weights"


def costs_of(facts: Facts) -> Costs:
    """The costs of the scenario that was run; the defaults, without prices, for a Log that names none."""
    return Costs.model_validate(facts.log.plan.labels.get("costs") or {})


def severity_weights(facts: Facts) -> np.ndarray:
    """What an issue weighs, by severity: int64[severities]."""
    weights = facts.once(costs_of).severity_weights
    return np.array([getattr(weights, name) for name in SEVERITIES], np.int64)
