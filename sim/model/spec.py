"""What every part of a scenario has in common: a frozen record that refuses what it does not know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AllowInfNan,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    Strict,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError


class Spec(BaseModel):
    """A part of a scenario as its author writes it: checked as a whole, never changed afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid")


#: Numbers that are written as such: no text, no truth values. Bounds stand with the field.
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict(), AllowInfNan(False)]


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


#: An id: letters (of any script), digits, ``_``, ``-`` and ``.``; a whole number is read as its text.
Id = Annotated[
    str,
    BeforeValidator(_as_text, json_schema_input_type=str | int),
    Field(pattern=r"^\w[\w.-]*$", max_length=80),
]


class Title(Spec):
    """What people read: a name in Chinese and in English. A plain text stands for both."""

    zh: str = Field(description="name in Chinese", min_length=1, max_length=200)
    en: str = Field(description="name in English", min_length=1, max_length=200)

    @model_validator(mode="before")
    @classmethod
    def _both(cls, value: object) -> object:
        return {"zh": value, "en": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, handler.resolve_ref_schema(handler(schema))]}


class Written(str):
    """Text that knows the folder of the file in which it was written: relative paths start there."""

    __slots__ = ("folder",)
    folder: Path

    def __new__(cls, text: str, folder: Path) -> Written:
        self = super().__new__(cls, text)
        self.folder = folder
        return self


def _parse_table_file(value: object) -> Path:
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError(f"expected the path of a CSV file, got {value!r}")
    path = (value.folder if isinstance(value, Written) else Path()) / value
    if not path.is_file():
        raise ValueError(f"expected the path of a CSV file, got {str(value)!r} (there is no file {path})")
    return path.resolve()


#: The user's own table, a CSV file: relative to the file that names it (``Written``), else to the working directory.
TableFile = Annotated[
    Path,
    PlainValidator(_parse_table_file, json_schema_input_type=str),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "description": "path of a CSV file"}),
]


@dataclass(frozen=True)
class Fault:
    """One mistake: where it stands below the part at hand, what was expected, what came."""

    where: tuple[str | int, ...]
    expected: str
    got: object


def reject(part: str, faults: Iterable[Fault]) -> None:
    """Report ``faults`` all at once, each at its own place; nothing happens without any.

    Raises pydantic's ValidationError, which a validator may let through: places are then prefixed by its own.
    """
    details: list[InitErrorDetails] = [
        {
            "type": PydanticCustomError("fault", "{text}", {"text": f"expected {fault.expected}, got {fault.got!r}"}),
            "loc": fault.where,
            "input": fault.got,
        }
        for fault in faults
    ]
    if details:
        raise ValidationError.from_exception_data(part, details)
