"""Policy: levers, each with parts to choose from. ``check_policy`` (in ``conformance``) proves any part, a user's too."""

from sim.model.policies.admission import Admission, AdmissionGate, NoAdmission
from sim.model.policies.base import Misfit, Part
from sim.model.policies.channels import ByTable, Channels, Entries
from sim.model.policies.claims import Claims, NoClaims, OpenList
from sim.model.policies.conduct import Conduct, Decline, Honest, Measured
from sim.model.policies.courses import Look, Mark
from sim.model.policies.dispatch import Ageing, Dispatch, EarliestDue, Fifo, Live, Order, SeverityFirst
from sim.model.policies.escalation import Escalation, EscalationLimits, Handover, NoEscalation
from sim.model.policies.gates import FiveStep, Gates, MeetingGate, NoGates
from sim.model.policies.limits import BySeverity, Limits, NoLimits
from sim.model.policies.local_first import LocalFirst
from sim.model.policies.policy import Policy
from sim.model.policies.reinforcement import NoReinforcement, Reinforcement, Waves, WaveSpec
from sim.model.policies.rings import NestedRings, NoRings, Rings, RingSpec
from sim.model.policies.rounds import Daily, Day, NoRounds, Rounds
from sim.model.policies.skills import EqualSkills, Generalists, Skills, Specialists
from sim.model.policies.staffing import CommunityPool, NeighbourBackup, OwnGrids, Staffing, StreetFloat
from sim.model.policies.supervision import AtShares, NoSupervision, Supervision
from sim.model.policies.tiers import Tiers
from sim.model.policies.verification import Audit, Checks, CheckWork, NoVerification, Sampled, Verification
from sim.model.policies.whistle import JointWhistle, NoWhistle, Whistle
from sim.model.policies.zoning import ByCommunity, ByCount, ByHouseholds, ByWorkload, Zoning

__all__ = [
    "Admission",
    "AdmissionGate",
    "Ageing",
    "AtShares",
    "Audit",
    "ByCommunity",
    "ByCount",
    "ByHouseholds",
    "BySeverity",
    "ByTable",
    "ByWorkload",
    "Channels",
    "CheckWork",
    "Checks",
    "Claims",
    "CommunityPool",
    "Conduct",
    "Daily",
    "Day",
    "Decline",
    "Dispatch",
    "EarliestDue",
    "Entries",
    "EqualSkills",
    "Escalation",
    "EscalationLimits",
    "Fifo",
    "FiveStep",
    "Gates",
    "Generalists",
    "Handover",
    "Honest",
    "JointWhistle",
    "Limits",
    "Live",
    "LocalFirst",
    "Look",
    "Mark",
    "Measured",
    "MeetingGate",
    "Misfit",
    "NeighbourBackup",
    "NestedRings",
    "NoAdmission",
    "NoClaims",
    "NoEscalation",
    "NoGates",
    "NoLimits",
    "NoReinforcement",
    "NoRings",
    "NoRounds",
    "NoSupervision",
    "NoVerification",
    "NoWhistle",
    "OpenList",
    "Order",
    "OwnGrids",
    "Part",
    "Policy",
    "Reinforcement",
    "RingSpec",
    "Rings",
    "Rounds",
    "Sampled",
    "SeverityFirst",
    "Skills",
    "Specialists",
    "Staffing",
    "StreetFloat",
    "Supervision",
    "Tiers",
    "Verification",
    "WaveSpec",
    "Waves",
    "Whistle",
    "Zoning",
]
