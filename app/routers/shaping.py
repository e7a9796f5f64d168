"""How is a shape put together? Plain JSON Schema (2020-12), and the few pieces that shapes share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

Schema: TypeAlias = dict[str, Any]


def ref(name: str) -> Schema:
    """The shape of this name."""
    return {"$ref": f"#/components/schemas/{name}"}


def or_null(schema: Schema) -> Schema:
    """This, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def given_or_null(fields: Mapping[str, Schema]) -> dict[str, Schema]:
    """Members as they may be sent: null is as good as absent, and one text as good as a list of it."""
    given = {}
    for name, schema in fields.items():
        if schema.get("type") == "object" and "properties" in schema and name == "covers":
            schema = {**schema, "properties": given_or_null(schema["properties"])}  # noqa: PLW2901
        kinds = schema.get("type", [])
        kinds = {kinds} if isinstance(kinds, str) else set(kinds)
        if "array" in kinds and schema["items"] == {"type": "string"}:
            kinds.add("string")
        given[name] = {**schema, "type": sorted({*kinds, "null"})} if kinds else schema
        if "enum" in schema:
            given[name]["enum"] = [*schema["enum"], None]
    return given


def list_of(of: Schema) -> Schema:
    """A list of such."""
    return {"type": "array", "items": of}


def obj(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None, **more: Any) -> Schema:
    """An object: members that are always there, and others."""
    shape: Schema = {"type": "object", "properties": {**required, **(optional or {})}, **more}
    if required:
        shape["required"] = list(required)
    return shape


def closed(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None, **more: Any) -> Schema:
    """An object of which every member is known: others are refused."""
    return obj(required, optional, additionalProperties=False, **more)


def text(description: str, **more: Any) -> Schema:
    """A text."""
    return {"type": "string", "description": description, **more}


def maybe_text(description: str, **more: Any) -> Schema:
    """A text, or null."""
    return {"type": ["string", "null"], "description": description, **more}


def page(of: str, **more: Schema) -> Schema:
    """A page of such."""
    return obj({
        "items": list_of(ref(of)),
        "next_cursor": maybe_text("Send it back as `cursor` for the next page; null at the end"),
    }, more)  # fmt: skip


ID: Final = {"type": "string", "pattern": "^[a-z0-9._-]{1,64}$"}
"""An id that people chose."""
UUID: Final = {"type": "string", "format": "uuid"}
TIME: Final = {"type": "string", "format": "date-time"}
ANY: Final[Schema] = {}
WHY: Final = {"type": "string", "minLength": 1, "maxLength": 1000, "pattern": r"\S"}
FREE: Final = {"type": ["string", "number", "boolean", "null"]}
COUNT: Final = {"type": "integer", "minimum": 0}
CAP: Final = {"type": ["integer", "null"], "minimum": 0, "description": "null: no cap"}
