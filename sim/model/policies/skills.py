"""Skills: which gridworker can do what — all-round ones for everything, or specialists for the categories of a discipline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import AfterValidator, Field

from sim.model.demand_spec import DemandSpec
from sim.model.policies.base import Ints, Misfit, Part
from sim.model.policies.grids import Grids
from sim.model.policies.lines import apportion_within
from sim.model.policies.staff import LINK, Staff
from sim.model.spec import Fault, Id, Spec, Whole
from sim.model.units import MILLION, Factor, Share, format_share
from sim.model.world import World

if TYPE_CHECKING:
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting


class Skills(Part):
    """Which gridworker can do what."""

    usual = "equal"

    def factor(self, category: str) -> int:
        """Factor (millionths) on a gridworker's work on issues of ``category``. By default none."""
        return MILLION

    def added(self, category: str) -> int:
        """Share (millionths) of the issues of ``category`` that the grid settles beside those that demand says. By default none."""
        return 0

    def disciplines(self) -> tuple[tuple[str, ...], ...]:
        """The categories of each discipline; those of none are everybody's. By default there are no disciplines."""
        return ()

    def weights(self) -> tuple[int, ...]:
        """In what proportion the gridworkers of a community are divided among the disciplines."""
        return (1,) * len(self.disciplines())

    def ask(self, setting: Setting) -> Mapping[str, object]:
        names = [category.id for category in setting.demand.categories]
        return {
            "factor": [self.factor(name) for name in names],
            "added": [self.added(name) for name in names],
            "discipline": [of_category(self, name) for name in names],
            "weights": list(self.weights()),
        }


class EqualSkills(Skills):
    """Every gridworker can do the same, as demand says."""

    kind = "equal"


def _above_zero(factor: int) -> int:
    if factor == 0:
        raise ValueError("expected a factor above 0, got 0")
    return factor


class Generalists(Skills):
    """All-round gridworkers: slower at what used to be a specialist's, and able to settle more at first contact."""

    kind = "generalists"

    slowdown: dict[Id, Annotated[Factor, AfterValidator(_above_zero)]] = Field(
        {}, description="category: factor on a gridworker's work; default: 1", json_schema_extra={"unit": "factor"}
    )
    scope: dict[Id, Share] = Field(
        {},
        description="category: share of its issues that the grid settles beside those of settled_by; default: 0 %",
        json_schema_extra={"unit": "share"},
    )

    def factor(self, category: str) -> int:
        return self.slowdown.get(category, MILLION)

    def added(self, category: str) -> int:
        return self.scope.get(category, 0)

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        known = {category.id: category for category in demand.categories}
        for field in ("slowdown", "scope"):
            yield from _unknown(getattr(self, field), known, field)
        for name, share in self.scope.items():
            left = MILLION - known[name].settled_by.cumulative[0] if name in known else MILLION
            if share > left:
                expected = f"at most {format_share(left)}, as the grid settles the others anyway"
                yield Fault(("scope", name), expected, format_share(share))


class DisciplineSpec(Spec):
    """A discipline: the categories that its gridworkers serve, and no others do."""

    categories: tuple[Id, ...] = Field(min_length=1, description="categories", json_schema_extra={"unit": "ids"})
    weight: Whole = Field(
        1,
        ge=1,
        le=1000,
        description="its part of a community's gridworkers, in proportion",
        json_schema_extra={"unit": ""},
    )


class Specialists(Skills):
    """Each gridworker of a community has one discipline, which it serves on all grids of the community."""

    kind = "specialists"

    split: tuple[DisciplineSpec, ...] = Field(
        min_length=2,
        max_length=20,
        description="the disciplines; categories of none are served by all gridworkers",
        json_schema_extra={"unit": ""},
    )

    def disciplines(self) -> tuple[tuple[str, ...], ...]:
        return tuple(one.categories for one in self.split)

    def weights(self) -> tuple[int, ...]:
        return tuple(one.weight for one in self.split)

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        known, seen = [category.id for category in demand.categories], set[str]()
        for i, one in enumerate(self.split):
            for k, name in enumerate(one.categories):
                where = ("split", i, "categories", k)
                if name not in known:
                    yield Fault(where, f"one of the categories {', '.join(known)}", name)
                elif name in seen:
                    yield Fault(where, "a category of no other discipline", name)
                seen.add(name)


def _unknown(named: Mapping[str, object], known: Mapping[str, object], field: str) -> Iterator[Fault]:
    for name in named:
        if name not in known:
            yield Fault((field, name), f"one of the categories {', '.join(known)}", name)


def of_category(skills: Skills, category: str) -> int:
    """The discipline of a category; -1: everybody's."""
    return next((row for row, names in enumerate(skills.disciplines()) if category in names), -1)


def specialist_links(
    skills: Skills, world: World, grids: Grids, staff: Staff, *, of_worker: Ints, unfamiliar: int
) -> tuple[np.ndarray, ...]:
    """By discipline, who serves its cases on which grid: records of ``LINK``; ``of_worker``: the discipline of each of the ``staff``.

    To those of ``staff`` come the other grids of a gridworker's community, as ``unfamiliar`` (factor, millionths) ones. Raises
    Misfit if a discipline has nobody to serve a grid.
    """
    if not skills.disciplines():
        return ()
    links = np.concatenate([staff.links, _elsewhere(grids, staff, unfamiliar)])
    found = tuple(links[of_worker[links["worker"]] == row] for row in range(len(skills.disciplines())))
    for row, some in enumerate(found):
        missing = np.setdiff1d(np.arange(len(grids)), some["grid"])
        if missing.size:
            community = world.community_ids[grids.community[missing[0]]]
            expected = (
                f"gridworkers enough for {len(found)} disciplines in each community (see policy.staffing.workers)"
            )
            raise Misfit(Fault(("split", row), expected, f"nobody in community {community}"))
    return found


def disciplines_of(skills: Skills, grids: Grids, staff: Staff) -> Ints:
    """The discipline of each worker: those of a community are divided by weight, each discipline at least one if there are enough."""
    weights, community = skills.weights(), grids.community[staff.grid]
    if not weights:
        return np.zeros(len(staff), np.int64)
    discipline = np.zeros(len(community), np.int64)
    for one in np.unique(community):
        here = np.flatnonzero(community == one)
        least = [int(row < len(here)) for row in range(len(weights))]
        parts = apportion_within(len(here), weights, least=least, most=[len(here)] * len(weights))
        discipline[here] = np.repeat(np.arange(len(weights)), parts)
    return discipline


def _elsewhere(grids: Grids, staff: Staff, unfamiliar: int) -> np.ndarray:
    """Links of each gridworker with the grids of its community that it does not serve otherwise."""
    home = grids.community[staff.grid]
    size = np.bincount(grids.community)
    first = np.concatenate([[0], np.cumsum(size)])[home]
    by_community = np.argsort(grids.community, kind="stable")
    worker = np.repeat(np.arange(len(staff)), size[home])
    within = np.arange(len(worker)) - np.repeat(np.cumsum(size[home]) - size[home], size[home])
    grid = by_community[np.repeat(first, size[home]) + within]
    pairs = np.setdiff1d(
        worker * len(grids) + grid, staff.links["worker"].astype(np.int64) * len(grids) + staff.links["grid"]
    )
    links = np.zeros(len(pairs), LINK)
    links["worker"], links["grid"] = np.divmod(pairs, len(grids))
    links["travel_factor"] = links["work_factor"] = unfamiliar
    return links
