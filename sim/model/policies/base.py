"""What all levers of policy have in common: parts are small frozen records, found by their ``kind``.

A *lever* (``Zoning``, ``Dispatch``, …) poses one question; its subclasses are the parts one can choose from, each with
fields of its own. In YAML a part is its kind (``fifo``), a mapping with ``kind`` and fields (``{kind: by_households,
target: 500}``), or a class of the user's own by import path (``{kind: "my_rules:ElderlyFirst"}``).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib import import_module
from re import fullmatch
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, SerializerFunctionWrapHandler, model_serializer
from pydantic_core import CoreSchema, PydanticCustomError, ValidationError, core_schema

from sim.model.demand_spec import DemandSpec
from sim.model.policies.courses import Mark
from sim.model.policies.groups import Detours, Group
from sim.model.spec import Fault, Spec

if TYPE_CHECKING:
    from sim.model.policies.grids import Grids
    from sim.model.policies.policy import Policy
    from sim.model.policies.setting import Setting
    from sim.model.world import World

Ints = np.ndarray[Any, np.dtype[np.integer[Any]]]
Reals = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

IMPORT_PATH = r"[A-Za-z_][\w.]*:[A-Za-z_]\w*"


class Misfit(ValueError):  # noqa: N818  # the word for it
    """A part that does not fit the world, the demand or the other parts; ``fault`` says where and why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{'.'.join(map(str, fault.where))}: expected {fault.expected}, got {fault.got!r}")
        self.fault = fault


class Part(Spec):
    """What was chosen for one lever of policy: a frozen record that answers one question, always the same way."""

    kind: ClassVar[str] = ""
    usual: ClassVar[str]  # stated by levers alone: the kind of a mapping that names none

    @abstractmethod
    def ask(self, setting: Setting) -> Mapping[str, object]:
        """The part's answers in ``setting``, by name, as arrays or lists: what ``check_policy`` puts to the proof."""

    def faults(self, policy: Policy, demand: DemandSpec) -> Iterator[Fault]:
        """What in the part contradicts the rest of the scenario; places count from the part. By default nothing."""
        yield from ()

    def groups(self, world: World, grids: Grids) -> tuple[Group, ...]:
        """Helpers beside the tiers. By default nobody."""
        return ()

    def most(self, world: World) -> int:
        """How many servers its helpers are at most. By default none."""
        return 0

    def detours(self, policy: Policy, demand: DemandSpec) -> Detours:
        """Where else a case can stand besides the tiers, and how it comes there. By default nowhere."""
        return Detours()

    def marks(self, policy: Policy) -> tuple[Mark, ...]:
        """What happens to cases at set shares of their time limit, or at meetings. By default nothing."""
        return ()

    @classmethod
    def kinds(cls) -> dict[str, type[Self]]:
        """Kind → class, of the parts of this lever that have a short name."""
        return {part.kind: part for part in _descendants(cls) if not fullmatch(IMPORT_PATH, part.kind)}

    @classmethod
    def _is_lever(cls) -> bool:
        """Whether the class poses a question, rather than answering one."""
        return "usual" in vars(cls)

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        if "kind" not in vars(cls):
            cls.kind = f"{cls.__module__}:{cls.__qualname__}"

    @model_serializer(mode="wrap")
    def _with_kind(self, fields: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"kind": self.kind, **fields(self)}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls._parse) if cls._is_lever() else handler(source)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        if not cls._is_lever():
            return handler(schema)
        path = {"type": "string", "pattern": f"^{IMPORT_PATH}$"}
        own = {"type": "object", "properties": {"kind": path}, "required": ["kind"]}
        forms = [_form(part, handler, usual=name == cls.usual) for name, part in cls.kinds().items()]
        return {"anyOf": [{"enum": list(cls.kinds())}, path, *forms, own]}

    @classmethod
    def _parse(cls, value: object) -> Self:
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls._named(value, ()).model_validate({})
        if not isinstance(value, Mapping):
            raise ValueError(f"expected {cls._choices()}, or a mapping with kind, got {value!r}")
        fields = dict(value)
        return cls._named(fields.pop("kind", cls.usual), ("kind",)).model_validate(fields)

    @classmethod
    def _named(cls, kind: object, where: tuple[str, ...]) -> type[Self]:
        """The class of that kind; a wrong kind is reported at ``where``."""
        if isinstance(kind, str) and kind in cls.kinds():
            return cls.kinds()[kind]
        if isinstance(kind, str) and fullmatch(IMPORT_PATH, kind):
            return cls._imported(kind, where)
        close = get_close_matches(str(kind), cls.kinds(), n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise _wrong(cls.__name__, where, f"expected {cls._choices()}, got {kind!r}{hint}", kind)

    @classmethod
    def _imported(cls, kind: str, where: tuple[str, ...]) -> type[Self]:
        module, name = kind.split(":")
        wanted = f"expected the import path of a subclass of {cls.__name__}, got {kind!r}"
        try:
            part = getattr(import_module(module), name)
        except Exception as error:  # a user's module may fail in any way
            raise _wrong(cls.__name__, where, f"{wanted} ({type(error).__name__}: {error})", kind) from error
        if not (isinstance(part, type) and issubclass(part, cls) and not part._is_lever()):
            raise _wrong(cls.__name__, where, f"{wanted} (it is something else)", kind)
        if missing := sorted(part.__abstractmethods__):
            raise _wrong(cls.__name__, where, f"{wanted} (it does not define {', '.join(missing)})", kind)
        return part

    @classmethod
    def _choices(cls) -> str:
        return f"{', '.join(cls.kinds())} or an import path such as my_rules:My{cls.__name__}"


def _descendants(part: type[Part]) -> Iterator[type[Any]]:
    for below in part.__subclasses__():
        yield below
        yield from _descendants(below)


def _form(part: type[Part], handler: GetJsonSchemaHandler, *, usual: bool) -> dict[str, Any]:
    """The JSON schema of the mapping of one kind."""
    form = handler.resolve_ref_schema(handler(part.__pydantic_core_schema__))
    required = [*form.get("required", ()), *(() if usual else ("kind",))]
    return {**form, "properties": {"kind": {"const": part.kind}, **form.get("properties", {})}, "required": required}


def _wrong(lever: str, where: tuple[str, ...], text: str, got: object) -> ValidationError:
    problem = PydanticCustomError("kind", "{text}", {"text": text})
    return ValidationError.from_exception_data(lever, [{"type": problem, "loc": where, "input": got}])
