"""JSON of Python types: the JSON Schema of a type, a value from JSON, and JSON from a value.

Types are str, int, float, bool, None, Any, list, tuple[T, ...], dict[str, T], unions, Literal, Enum, dataclass,
TypedDict, Decimal (text in JSON, so that it is never a float), datetime and UUID. Annotated[T, Schema(minLength=1)]
adds keywords to the schema of T.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Literal, Union
from uuid import UUID

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SCALARS: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    None: {"type": "null"},
    Decimal: {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"},
    datetime: {"type": "string", "format": "date-time"},
    UUID: {"type": "string", "format": "uuid"},
}


class Schema:
    """Further keywords for the JSON Schema of a type: `Annotated[str, Schema(minLength=1)]`."""

    def __init__(self, **keywords: Any) -> None:
        """Keep the keywords under their names in JSON Schema."""
        self.keywords = keywords


class Misfit(ValueError):
    """A JSON value that does not fit its type. The message has the place in the value."""


def schema_of(kind: Any) -> dict[str, Any]:
    """Return the JSON Schema of a type, with its definitions."""
    definitions: dict[str, Any] = {}
    schema = {"$schema": DIALECT, **_Schemas(definitions).of(kind)}
    if "$ref" in schema and len(schema) == 2:  # the type itself is the only one that needs a name
        name = schema["$ref"].rpartition("/")[2]
        if not _mentions(definitions[name], schema["$ref"]):
            schema = {"$schema": DIALECT, **definitions.pop(name)}
    if definitions:
        schema["$defs"] = definitions
    return schema


def _mentions(schema: Any, reference: str) -> bool:
    if isinstance(schema, dict):
        return schema.get("$ref") == reference or any(_mentions(part, reference) for part in schema.values())
    return isinstance(schema, list) and any(_mentions(part, reference) for part in schema)


class _Schemas:
    """The schemas of types. Those of records are definitions, so that a record may contain itself."""

    def __init__(self, definitions: dict[str, Any]) -> None:
        self.definitions = definitions

    def of(self, kind: Any) -> dict[str, Any]:
        if kind is Any:
            return {}
        if kind in _SCALARS:
            return dict(_SCALARS[kind])
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if origin is typing.Annotated:
            schema = self.of(arguments[0])
            for extra in arguments[1:]:
                schema.update(extra.keywords if isinstance(extra, Schema) else {})
            return schema
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin in (Union, types.UnionType):
            return {"anyOf": [self.of(part) for part in arguments]}
        if origin in (list, tuple) or kind in (list, tuple):
            return {"type": "array", "items": self.of(_item_of(kind))}
        if origin is dict or kind is dict:
            return {"type": "object", "additionalProperties": self.of(arguments[1] if arguments else Any)}
        if isinstance(kind, type) and issubclass(kind, Enum):
            return {"enum": [member.value for member in kind]}
        return self.record(kind)

    def record(self, kind: Any) -> dict[str, Any]:
        name = kind.__name__ if isinstance(kind, type) else repr(kind)
        if name not in self.definitions:
            self.definitions[name] = {}
            fields = _fields(kind)
            self.definitions[name] = {
                "type": "object",
                "properties": {key: self.of(field) for key, (field, _) in fields.items()},
                "required": [key for key, (_, required) in fields.items() if required],
            }
        return {"$ref": f"#/$defs/{name}"}


def _item_of(kind: Any) -> Any:
    """Return the type of the items of a list or of a tuple of any length."""
    arguments = typing.get_args(kind)
    if not arguments:
        return Any
    if len(arguments) == 1 or arguments[1] is Ellipsis:
        return arguments[0]
    raise TypeError(f"{kind} has no JSON Schema here: use tuple[T, ...], list[T] or a dataclass")


@functools.cache
def _fields(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Return the fields of a record by name: their types, and whether they are required."""
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind, include_extras=True)
        empty = dataclasses.MISSING
        return {
            field.name: (hints[field.name], field.default is empty and field.default_factory is empty)
            for field in dataclasses.fields(kind)
            if field.init
        }
    if typing.is_typeddict(kind):
        required = kind.__required_keys__
        hints = typing.get_type_hints(kind)
        return {name: (hint, name in required) for name, hint in hints.items()}
    raise TypeError(f"{kind} has no JSON Schema: use a dataclass, a TypedDict or a type of JSON")


def decode(kind: Any, value: Any, place: str = "$") -> Any:
    """Return a JSON value as a type. Unknown keys are ignored; a Misfit names the place of the first fault."""
    if kind is Any:
        return value
    if kind in _SCALARS:
        return _decode_scalar(kind, value, place)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return decode(arguments[0], value, place)
    if origin is Literal:
        return value if value in arguments else _refuse(place, f"one of {list(arguments)}", value)
    if origin in (Union, types.UnionType):
        return _decode_union(arguments, value, place)
    if origin in (list, tuple) or kind in (list, tuple):
        if not isinstance(value, list):
            _refuse(place, "an array", value)
        items = [decode(_item_of(kind), item, f"{place}[{index}]") for index, item in enumerate(value)]
        return tuple(items) if tuple in (origin, kind) else items
    if not isinstance(kind, type) or not issubclass(kind, Enum):
        if not isinstance(value, dict):
            _refuse(place, "an object", value)
        if origin is dict or kind is dict:
            item = arguments[1] if arguments else Any
            return {key: decode(item, part, f"{place}.{key}") for key, part in value.items()}
        return _decode_record(kind, value, place)
    try:
        return kind(value)
    except ValueError:
        return _refuse(place, f"one of {[member.value for member in kind]}", value)


def _decode_scalar(kind: Any, value: Any, place: str) -> Any:
    if kind in (None, type(None)):
        return None if value is None else _refuse(place, "null", value)
    if kind is bool:
        return value if isinstance(value, bool) else _refuse(place, "true or false", value)
    if kind is int:
        fits = isinstance(value, int) and not isinstance(value, bool)
        return value if fits else _refuse(place, "an integer", value)
    if kind is float:
        fits = isinstance(value, (int, float)) and not isinstance(value, bool)
        return float(value) if fits else _refuse(place, "a number", value)
    if not isinstance(value, str):
        return _refuse(place, "a text", value)
    if kind is str:
        return value
    try:
        # Before Python 3.11 fromisoformat knows no Z.
        text = value.replace("Z", "+00:00") if kind is datetime else value
        return datetime.fromisoformat(text) if kind is datetime else kind(text)
    except (ValueError, InvalidOperation):
        return _refuse(place, f"a {kind.__name__}", value)


def _decode_union(kinds: tuple[Any, ...], value: Any, place: str) -> Any:
    faults = []
    for kind in kinds:
        try:
            return decode(kind, value, place)
        except Misfit as fault:
            faults.append(str(fault))
    # Of an optional type the fault of the type itself is the better one.
    raise Misfit(faults[0] if type(None) in kinds else " or ".join(faults))


def _decode_record(kind: Any, value: dict[str, Any], place: str) -> Any:
    found = {}
    for name, (field, required) in _fields(kind).items():
        if name in value:
            found[name] = decode(field, value[name], f"{place}.{name}")
        elif required:
            raise Misfit(f"{place}: {name!r} is missing")
    return kind(**found)


def _refuse(place: str, wanted: str, value: Any) -> Any:
    raise Misfit(f"{place}: {wanted} was expected, not {value!r:.64}")


def encode(value: Any) -> Any:
    """Return a value as the parts of JSON. A TypeError names a value that has no JSON."""
    if isinstance(value, Enum):
        return encode(value.value)
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("the keys of a JSON object are texts")
        return {key: encode(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(part) for part in value]
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r:.64} ({type(value).__name__}) has no JSON")
