"""Conformance: what every part of a policy must keep, the user's own included."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from hashlib import blake2b
from io import StringIO

import numpy as np
from ruamel.yaml import YAML

from sim.model.demand import Demand, Known
from sim.model.demand_spec import DemandSpec
from sim.model.draw import draw_demand
from sim.model.period import PeriodSpec
from sim.model.policies.base import Part
from sim.model.policies.policy import Policy
from sim.model.policies.setting import Setting, settle_in, workload
from sim.model.policies.staffing import CommunityPool
from sim.model.world import World, build_world
from sim.model.world_spec import WorldSpec

CUTS = (0.25, 0.5, 0.75)  # shares of the issues after which the future is taken away

Answers = Mapping[str, np.ndarray]


class PolicyError(AssertionError):
    """A part does not keep what a part must keep; the message names the property and the difference."""


def check_policy(part: Part, *, world: World | None = None, demand: Demand | None = None) -> None:
    """Prove that a part of a policy is one: a pure answer to its question, whose file says all of it.

    Checked in ``world`` with ``demand`` (by default small ones with every kind of place and severity): the part gives a
    sound answer, and the same one twice; leaves its inputs untouched; is causal, so that later issues change nothing for
    earlier ones; is picklable, so that other processes can run it; and comes back from YAML as it was. Raises PolicyError.
    """
    setting = _setting(*_sample() if world is None or demand is None else (world, demand))
    before = _digest(setting)
    answers = _ask(part, setting, "sound answer")
    _must(part, "inputs untouched", _digest(setting) == before, "something in its inputs has changed")
    _check_same(part, "same answer twice", _ask(part, setting, "same answer twice"), answers)
    for share in CUTS if len(setting.known) else ():
        _check_causal(part, setting, answers, issues=int(share * len(setting.known)))
    with _named(part, "picklable"):
        copy = pickle.loads(pickle.dumps(part))
    _check_copy(part, "picklable", copy, setting, answers)
    with _named(part, "YAML round trip"):
        copy = lever_of(part).model_validate(_through_yaml(part.model_dump(mode="json")))
    _check_copy(part, "YAML round trip", copy, setting, answers)


def lever_of(part: Part) -> type[Part]:
    """The lever that ``part`` was chosen for."""
    return next(base for base in type(part).__mro__ if "usual" in vars(base))


def _must(part: Part, property: str, kept: bool, difference: str) -> None:
    if not kept:
        raise PolicyError(f"{part.kind}: {property}: {difference}")


@contextmanager
def _named(part: Part, property: str) -> Iterator[None]:
    """Errors within count as breaches of ``property``."""
    try:
        yield
    except Exception as error:  # a user's part may fail in any way
        raise PolicyError(f"{part.kind}: {property}: {type(error).__name__}: {error}") from error


def _ask(part: Part, setting: Setting, property: str) -> Answers:
    """The part's answers; an error on the way to them counts as a breach of ``property``."""
    try:
        return {name: _array(answer) for name, answer in part.ask(setting).items()}
    except Exception as error:  # a user's part may fail in any way
        breach = "inputs untouched" if "read-only" in str(error) else property
        raise PolicyError(f"{part.kind}: {breach}: {type(error).__name__}: {error}") from error


def _array(answer: object) -> np.ndarray:
    """An answer as one array that can be compared."""
    if isinstance(answer, Sequence) and any(isinstance(item, np.ndarray) for item in answer):
        return np.concatenate([np.append(np.asarray(item), -1) for item in answer])
    return np.asarray(answer)


def _check_same(part: Part, property: str, now: Answers, before: Answers) -> None:
    _must(part, property, now.keys() == before.keys(), f"it answered {list(before)}, then {list(now)}")
    for name, answer in now.items():
        _must(
            part,
            property,
            answer.shape == before[name].shape,
            f"{name} had shape {before[name].shape}, then {answer.shape}",
        )
        different = np.flatnonzero(np.ravel(answer != before[name]))
        if different.size:
            row, old, new = different[0], np.ravel(before[name]), np.ravel(answer)
            raise PolicyError(f"{part.kind}: {property}: {name}[{row}] was {old[row]}, then {new[row]}")


def _check_causal(part: Part, setting: Setting, answers: Answers, *, issues: int) -> None:
    """Whatever comes from row ``issues`` on, the answers for the issues before must be as they were."""
    rows = len(setting.known)
    before = {name: answer[:issues] if answer.shape[:1] == (rows,) else answer for name, answer in answers.items()}
    for change, known in _other_futures(setting.known, issues):
        property = f"causal (issues from row {issues} on {change})"
        early = _ask(part, replace(setting, known=known), property)
        now = {name: answer[:issues] if answer.shape[:1] == (len(known),) else answer for name, answer in early.items()}
        _check_same(part, property, now, before)


def _other_futures(known: Known, issues: int) -> Iterator[tuple[str, Known]]:
    """The issues with nothing from row ``issues`` on, or with nothing but the mildest or the most severe there is."""
    past, future = known[:issues], known[issues:]
    yield "taken away", past
    for change, row in (("all severe", future["severity"].argmin()), ("all mild", future["severity"].argmax())):
        other = np.concatenate([past, np.repeat(future[row : row + 1], len(future))])
        other.flags.writeable = False
        yield change, other


def _check_copy(part: Part, property: str, copy: Part, setting: Setting, answers: Answers) -> None:
    _must(part, property, copy == part, f"{part!r} came back as {copy!r}")
    _check_same(part, property, _ask(copy, setting, property), answers)


def _through_yaml(value: object) -> object:
    """``value`` written as YAML and read again."""
    yaml, text = YAML(typ="safe", pure=True), StringIO()
    yaml.dump(value, text)
    return yaml.load(text.getvalue())


def _setting(world: World, demand: Demand) -> Setting:
    policy = Policy(staffing=CommunityPool(workers=2 * len(world.communities)))
    grids, staff = settle_in(policy, world, demand.spec)
    load = workload(world, demand.spec, triage=policy.tiers.grid_triage)
    setting = Setting(world, demand.spec, demand.known(), load, grids, staff)
    for array in _arrays(setting):
        array.flags.writeable = False
    return setting


def _arrays(value: object) -> Iterator[np.ndarray]:
    """All arrays in a record."""
    if isinstance(value, np.ndarray):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from _arrays(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _arrays(item)


def _digest(setting: Setting) -> bytes:
    digest = blake2b()
    for array in _arrays(setting):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.digest()


def _sample() -> tuple[World, Demand]:
    """A small world with every kind of place, and a month of issues of every severity in it."""
    world = build_world(WorldSpec(streets=2, communities_per_street=2, rural=1, households=3000, dedicated=3))
    period = PeriodSpec(days=30)
    common = {
        "rate": "60 per 1000 residents per year",
        "dedicated": "6 per place per year",
        "severity": {"urgent": "10 %", "quick": "20 %", "ordinary": "50 %", "hard": "20 %"},
        "work": {"grid": "30 min"},
        "report": {"share": "60 %", "delay": "2 d", "channels": {"hotline": "60 %", "walk_in": "40 %"}},
        "worsen": {"share": "30 %", "after": "3 d"},
    }
    categories = [{**common, "id": name, "title": name} for name in ("dispute", "hazard", "waste")]
    channels = [{"id": name, "title": name} for name in ("hotline", "walk_in")]
    spec = DemandSpec.model_validate({"categories": categories, "channels": channels})
    return world, draw_demand(spec, world, period, seed=1, replication=0)
