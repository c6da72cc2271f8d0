"""The JSON Schemas of messages and request bodies, each compiled once, when first used."""

import functools
import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import fastjsonschema


class SchemaViolation(Exception):
    """A value does not fit its schema. `pointer` is the JSON Pointer (RFC 6901) of the place, `detail` says why."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(f"{pointer or '/'}: {detail}")
        self.pointer = pointer
        self.detail = detail


@functools.cache
def document(name: str) -> dict[str, Any]:
    """The schema `name` (for example `order.place`) as parsed JSON."""
    text = resources.files("contracts").joinpath("json_schemas", f"{name}.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@functools.cache
def _validator(name: str) -> Callable[[Any], Any]:
    compiled: Callable[[Any], Any] = fastjsonschema.compile(document(name), use_default=False)
    return compiled


def validate(name: str, value: object) -> None:
    """Check `value` against the schema `name`.

    Raises SchemaViolation for the first place that does not fit.
    """
    try:
        _validator(name)(value)
    except fastjsonschema.JsonSchemaValueException as error:
        path = [str(part) for part in error.path[1:]]
        pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
        shown = ".".join(path) or "the value"
        raise SchemaViolation(pointer, shown + error.message.removeprefix(error.name or "")) from None
