"""Which way of each KPI is the better one: for tests of "no worse than", the chance of doing worse, and marks in charts."""

from __future__ import annotations

from enum import IntEnum


class Better(IntEnum):
    """The sign of a change for the better."""

    LOWER = -1
    NEITHER = 0  # inputs and volumes: more of them is neither better nor worse by itself
    HIGHER = 1

    @property
    def arrow(self) -> str:
        """What marks it beside a name: the way it should go."""
        return {1: " ↑", -1: " ↓"}.get(self.value, "")


HIGHER = frozenset(
    (
        *("recorded_share", "closing_rate", "true_closing_rate", "on_time_rate", "true_on_time_rate"),
        *("disposal_rate", "true_disposal_rate", "dispatch_on_time_rate", "true_dispatch_on_time_rate"),
        *("found_first_share", "true_resolution_rate", "resolved_share"),
        *("response_rate", "solution_rate", "satisfaction_rate", "three_rates"),
        *(f"{step}_on_time_rate" for step in ("signed", "contacted", "attended")),
    )
)
LOWER = frozenset(
    (
        *("rework_rate", "reworks_per_case", "true_rework_rate", "return_rate", "hops_mean"),
        *(f"{time}_{part}" for time in ("time_in_system", "resolution_time", "lifetime") for part in ("mean", "p50")),
        *(f"{time}_{part}" for time in ("time_in_system", "resolution_time", "lifetime") for part in ("p90", "p95")),
        *(f"{time}_{third}_reporting" for time in ("time_in_system", "lifetime") for third in ("low", "mid", "high")),
        *("time_to_file_mean", "time_to_dispatch_mean", "time_to_start_mean"),
        *("time_in_disposal_mean", "time_in_check_mean"),
        *("discovery_delay_mean", "discovery_delay_p50", "time_unknown_mean"),
        *("latent_stock", "latent_stock_mean", "latent_issue_days", "latent_age_mean", "issues_latent"),
        *("false_closure_rate", "repeat_rate", "repeat_complaint_rate"),
        *("overtime_hours", "utilisation_gini"),
        *(f"{side}{place}_worst" for side in ("", "true_") for place in ("grid", "street")),
        *(f"{side}{place}_spread" for side in ("", "true_") for place in ("grid", "street")),
        *(f"{side}{place}_gini" for side in ("", "true_") for place in ("grid", "street")),
        *("cost_total", "cost_per_closed", "cost_per_resolved"),
        *("wait_mean", "wait_all_mean", "waited_share", "withdrawn_share", "cycle_time_mean"),
        *("queue_length_mean", "in_system_mean"),
        *(
            "suppressed_share",
            "postponed_rate",
            "hung_rate",
            "hung_stock",
            "aged_stock",
            "declined_rate",
            "feigned_share",
        ),
        *("time_to_acceptance_mean", "owners_mean", "joint_time_mean", "joint_owners_mean"),
        *("attend_delay_mean", "no_show_rate", "reserved_hours", "idle_whistle_share"),
        *("gate_stock", "gate_wait_mean", "unclaimed_share", "over_escalated_share", "under_escalated_share"),
        *("open_stock_peak", "recovery_days", "helper_cost"),
    )
)


def listed(kpi: str) -> Better:
    """Which way a KPI of gridgov is better; the user's own say so themselves."""
    return Better.HIGHER if kpi in HIGHER else Better.LOWER if kpi in LOWER else Better.NEITHER
