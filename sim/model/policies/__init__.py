"""Policy: levers, each with parts to choose from. ``check_policy`` (in ``conformance``) proves any part, a user's too."""

from sim.model.policies.base import Misfit, Part
from sim.model.policies.channels import ByTable, Channels, Entries
from sim.model.policies.dispatch import Ageing, Dispatch, EarliestDue, Fifo, Live, Order, SeverityFirst
from sim.model.policies.escalation import Escalation, EscalationLimits, Handover, NoEscalation
from sim.model.policies.limits import BySeverity, Limits, NoLimits
from sim.model.policies.policy import Policy
from sim.model.policies.rounds import Daily, Day, NoRounds, Rounds
from sim.model.policies.staffing import CommunityPool, NeighbourBackup, OwnGrids, Staffing, StreetFloat
from sim.model.policies.tiers import Tiers
from sim.model.policies.verification import Checks, CheckWork, NoVerification, Sampled, Verification
from sim.model.policies.zoning import ByCommunity, ByCount, ByHouseholds, ByWorkload, Zoning

__all__ = [
    "Ageing",
    "ByCommunity",
    "ByCount",
    "ByHouseholds",
    "BySeverity",
    "ByTable",
    "ByWorkload",
    "Channels",
    "CheckWork",
    "Checks",
    "CommunityPool",
    "Daily",
    "Day",
    "Dispatch",
    "EarliestDue",
    "Entries",
    "Escalation",
    "EscalationLimits",
    "Fifo",
    "Handover",
    "Limits",
    "Live",
    "Misfit",
    "NeighbourBackup",
    "NoEscalation",
    "NoLimits",
    "NoRounds",
    "NoVerification",
    "Order",
    "OwnGrids",
    "Part",
    "Policy",
    "Rounds",
    "Sampled",
    "SeverityFirst",
    "Staffing",
    "StreetFloat",
    "Tiers",
    "Verification",
    "Zoning",
]
