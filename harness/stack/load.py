"""Reads a stack description. The dataclasses are the form: there is no second schema to keep in step."""

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.stack.errors import StackError
from harness.stack.model import FROZEN_FORM, Stack


def load(path: Path) -> Stack:
    """The stack in the JSON file `path`. Raises StackError with the place of the first thing that is wrong."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise StackError(f"{path}: cannot be read ({error.strerror}); `make stack` writes stack descriptions") from None
    except UnicodeDecodeError:
        raise StackError(f"{path}: not UTF-8; `make stack` writes stack descriptions") from None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StackError(f"{path}: not JSON: {error}") from None
    try:
        return parse(value)
    except StackError as error:
        raise StackError(f"{path}: {error}") from None


def parse(value: Any) -> Stack:
    """The stack in parsed JSON. Raises StackError; also where a name that is referred to does not exist."""
    stack = _read(Stack, value, "")
    if stack.schema_version != FROZEN_FORM:
        raise StackError(f"schema_version is {stack.schema_version}, this harness reads {FROZEN_FORM}")
    assert isinstance(stack, Stack)
    for place, name, known in _links(stack):
        if name not in known:
            raise StackError(f"{place}: {name!r} does not exist; there are {', '.join(sorted(known))}")
    return stack


def _links(stack: Stack) -> typing.Iterator[tuple[str, str, typing.Collection[str]]]:
    """Every reference from one part to another: where it stands, the name, the names there are."""
    for key, route in stack.api.routes.items():
        yield f"api.routes.{key}.function", route.function, stack.functions
    for name, source in stack.event_sources.items():
        yield f"event_sources.{name}.function", source.function, stack.functions
        if source.kind == "sqs":
            yield f"event_sources.{name}.queue", source.queue, stack.queues
    for name, schedule in stack.schedules.items():
        yield f"schedules.{name}.function", schedule.function, stack.functions
    for name, queue in stack.queues.items():
        if queue.redrive:
            yield f"queues.{name}.redrive.queue", queue.redrive.queue, stack.queues


def _read(form: Any, value: Any, place: str) -> Any:
    """`value` as an instance of the type `form`; `place` is its path in the document."""
    origin = typing.get_origin(form)
    if origin is typing.Literal:
        if value not in typing.get_args(form):
            raise _wrong(place, "one of " + ", ".join(map(repr, typing.get_args(form))), value)
        return value
    if origin in (typing.Union, types.UnionType):
        inner = next(option for option in typing.get_args(form) if option is not type(None))
        return None if value is None else _read(inner, value, place)
    if origin is tuple:
        if not isinstance(value, list):
            raise _wrong(place, "a list", value)
        return tuple(_read(typing.get_args(form)[0], item, f"{place}[{i}]") for i, item in enumerate(value))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            raise _wrong(place, "an object", value)
        inner = typing.get_args(form)[1]
        return types.MappingProxyType({key: _read(inner, item, _join(place, key)) for key, item in value.items()})
    if dataclasses.is_dataclass(form):
        return _read_object(form, value, place)
    if form is float and type(value) is int:
        return float(value)
    if type(value) is not form:
        raise _wrong(
            place, {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}[form], value
        )
    return value


def _read_object(form: Any, value: Any, place: str) -> Any:
    if not isinstance(value, dict):
        raise _wrong(place, "an object", value)
    hints = typing.get_type_hints(form)
    fields = {field.name: field for field in dataclasses.fields(form)}
    for key in value:
        if key not in fields:
            raise StackError(f"{_join(place, key)}: unknown; allowed here: {', '.join(fields)}")
    for name, field in fields.items():
        if name not in value and field.default is dataclasses.MISSING:
            raise StackError(f"{_join(place, name)}: missing")
    return form(**{key: _read(hints[key], item, _join(place, key)) for key, item in value.items()})


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _wrong(place: str, expected: str, value: Any) -> StackError:
    return StackError(f"{place or 'the document'}: must be {expected}, is {json.dumps(value)[:80]}")
