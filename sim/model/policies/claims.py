"""Claims: an open list from which members take what they like, in hours of their own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic.config import JsonDict

from sim.model.demand_spec import LEVELS, CategorySpec, DemandSpec
from sim.model.meetings import Meeting
from sim.model.policies.base import Part
from sim.model.policies.courses import Look, unless
from sim.model.policies.grids import Grids
from sim.model.policies.groups import Detours, Group, Stop, most_units, unknown_categories
from sim.model.policies.tiers import Span, Triage, written
from sim.model.shifts import Shift
from sim.model.spec import Fault, Id, Spec, Whole
from sim.model.units import MILLION, Duration, Share
from sim.model.world import World

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting

SHARE: JsonDict = {"unit": "share"}
MOST_MEMBERS = 10_000
REPORTS = "reports"
LIST, MEETING = "claims.list", "claims.meeting"


class Claims(Part):
    """An open list of matters that members may claim."""

    usual = "open_list"

    @abstractmethod
    def ask(self, setting: Setting) -> Mapping[str, object]: ...


class NoClaims(Claims):
    """No list: what a tier cannot settle goes straight to the next."""

    kind = "off"

    def ask(self, setting: Setting) -> Mapping[str, object]:
        return {}


class WillingFor(Spec):
    """How willing members are from a time after they have heard of their work on."""

    after: Duration = Field(description="time since then", json_schema_extra={"unit": "s"})
    willing: Share = Field(
        description="chance that a member who could settle a matter does so", json_schema_extra=SHARE
    )


def _later_and_later(steps: tuple[WillingFor, ...]) -> tuple[WillingFor, ...]:
    after = [step.after for step in steps]
    if after != sorted({0, *after}):
        raise ValueError("expected steps in ascending order of after, the first with after: 0 s")
    return steps


class Feedback(Spec):
    """Points are given and work is evaluated at set times (双向反馈、积分、评议); what that does to members fades."""

    at: Meeting = Field(description="when members hear of their work", json_schema_extra={"unit": "meetings"})
    steps: Annotated[tuple[WillingFor, ...], AfterValidator(_later_and_later)] = Field(
        min_length=1,
        max_length=20,
        description="how willing they are by the time since then; before the first time as long after it",
        json_schema_extra={"unit": ""},
    )

    def look(self) -> Look:
        """The chance that a member does not settle what it could."""
        return Look("since", tuple((step.after, MILLION - step.willing) for step in self.steps), self.at)


class OpenList(Claims):
    """Matters are put on a list before the tier that comes next has them; what nobody has claimed in time is assigned to it at the next meeting.

    Members come in hours of their own and take the next matter of their list: by age, or the easiest first (``ease``). What they
    cannot settle, or do not settle, waits for the meeting as well.
    """

    kind = "open_list"

    of: Literal["reports", "grid", "community", "street"] = Field(
        "community",
        description="what is put on the list: reports for the grid, or what that tier could not settle",
        json_schema_extra={"unit": ""},
    )
    per: Literal["community", "street"] = Field(
        "community", description="the unit that has a list, and so many members", json_schema_extra={"unit": "unit"}
    )
    members: Whole = Field(
        1, ge=1, le=MOST_MEMBERS, description="members who claim from each list", json_schema_extra={"unit": "persons"}
    )
    shift: Shift = Field(description="the hours that they give", json_schema_extra={"unit": "shift"})
    settles: dict[Id, Share] = Field(
        min_length=1,
        description="category: share of what comes on the list that members can settle, the easiest; other categories do not come on it",
        json_schema_extra=SHARE,
    )
    willing: Share = Field(
        MILLION, description="chance that a member who could settle a matter does so", json_schema_extra=SHARE
    )
    feedback: Feedback | None = Field(
        None,
        description="members hear what their work was worth, and are more willing for a time; in place of willing",
        json_schema_extra={"unit": ""},
    )
    ease: Whole = Field(
        0,
        ge=0,
        le=10_000,
        description="how much members prefer easy matters: what an hour of work weighs against hours on the list; 0: by age",
        json_schema_extra={"unit": ""},
    )
    limit: Span = Field(
        description="what nobody has claimed within this time waits for the meeting",
        json_schema_extra={"unit": "s, on the working or the natural clock"},
    )
    meeting: Meeting = Field(description="when it is assigned", json_schema_extra={"unit": "meetings"})
    triage: Triage = Field(
        900,
        description="time of a member for a matter that turns out to be too much; full: the whole work",
        json_schema_extra={"unit": "s"},
    )

    def most(self, world: World) -> int:
        return self.members * most_units(self.per, world)

    def groups(self, world: World, grids: Grids) -> tuple[Group, ...]:
        return (Group(LIST, "neighbourhood", self.per, self.members, shift=self.shift, ease=self.ease),)

    def detours(self, policy: Policy, demand: DemandSpec) -> Detours:
        then = self._then(policy) or "grid"
        members = Stop(
            LIST,
            "handle",
            "neighbourhood",
            group=LIST,
            up=MEETING,
            triage=self.triage,
            capability={one.id: self._capability(one, policy) for one in demand.categories if one.id in self.settles},
            categories=tuple(self.settles),
            hold=self.limit,
            declines=unless(self.willing) if self.feedback is None else self.feedback.look(),
            otherwise=then,
        )
        stops = (members, Stop(MEETING, "wait", then, next=then, meeting=self.meeting))
        return Detours(stops, before={"grid": LIST}) if self.of == REPORTS else Detours(stops, up={self.of: LIST})

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        yield from unknown_categories(self.settles, demand, "settles")
        if self._then(policy) is None:
            wanted = "reports, or a tier that policy.tiers has, with one above it that serves all categories"
            yield Fault(("of",), wanted, self.of)
        yield from policy.tiers.clockless(self.limit, "limit")

    def ask(self, setting: Setting) -> Mapping[str, object]:
        return {
            "list": [self.of, self.per, self.members, self.ease],
            "limit": written(self.limit),
            "meeting": str(self.meeting),
            "feedback": []
            if self.feedback is None
            else [str(self.feedback.at), *(step.willing for step in self.feedback.steps)],
        }

    def _then(self, policy: Policy) -> str | None:
        """The tier to which the meeting assigns; None if there is none."""
        if self.of == REPORTS:
            return "grid"
        return None if policy.tiers.missing(self.of) else policy.tiers.above(self.of, None)

    def _capability(self, category: CategorySpec, policy: Policy) -> int:
        """What members can settle, in millionths of difficulty: their share of all that the tier before could not."""
        if self.of == REPORTS:
            return self.settles[category.id]
        scope = policy.skills.added(category.id) if self.of == "grid" else 0
        easier = min(category.settled_by.cumulative[LEVELS.index(self.of)] + scope, MILLION)
        return easier + (MILLION - easier) * self.settles[category.id] // MILLION
