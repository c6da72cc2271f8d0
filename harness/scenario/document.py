"""Reads a YAML file of a known form. Whatever is wrong is said with file, line and what is allowed."""

import difflib
import json
import math
import re
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import yaml

_COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}

Place = tuple[Hashable, ...]
Lines = dict[Place, int]
"""The line of each place in a file: of each key, and of each entry of a list."""


@dataclass(frozen=True)
class Form:
    """What a kind of file has to be: its JSON Schema, and the error to raise. `what` it is, `example` of one."""

    what: str
    example: str
    schema: Mapping[str, Any]
    error: type[Exception]


def read(path: Path, form: Form) -> tuple[Any, Lines]:
    """The value in `path`, which is of that form, and the lines of its places.

    Raises the form's error for the first thing that is wrong, in the file's order.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise form.error(f"{path}: cannot be read: {error}") from None
    value, lines = _load(path, text, form)
    errors = list(jsonschema.Draft202012Validator(form.schema).iter_errors(value))
    if errors:
        # A misspelt key comes first: it is the cause where its right spelling is missing.
        (_, line), text = min((_explain(error, lines, form.what) for error in errors), key=lambda found: found[0])
        raise form.error(f"{path}:{line}: {text}")
    return value, lines


def _load(path: Path, text: str, form: Form) -> tuple[Any, Lines]:
    """The YAML value, and the line of each place in it. A key that stands twice is refused."""
    lines: Lines = {}
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            raise form.error(f"{path}:1: the file is empty; {form.example} is an example")
        for place, at, wrong in _places(node, ()):
            lines[place] = at.start_mark.line + 1
            if wrong:
                raise form.error(f"{path}:{lines[place]}: {name(place, form.what)} {wrong}")
        return yaml.safe_load(text), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise form.error(f"{path}:{line}: not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise form.error(f"{path}:1: not YAML: {error}") from None


def _places(
    node: yaml.Node, place: tuple[Hashable, ...], above: tuple[yaml.Node, ...] = ()
) -> Iterator[tuple[tuple[Hashable, ...], yaml.Node, str | None]]:
    """Every place at and below `node`: with the node that shows it, and what is wrong with it whatever the schema."""
    if not place:
        yield place, node, None
    above = (*above, node)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                yield place, key, "has a key that is no text; a text that begins with { needs quotes"
                return
            yield (*place, key.value), key, "stands here twice" if key.value in seen else _unusable(value, above)
            seen.add(key.value)
            yield from _places(value, (*place, key.value), above)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield (*place, number), item, _unusable(item, above)
            yield from _places(item, (*place, number), above)


def _unusable(node: yaml.Node, above: Sequence[yaml.Node]) -> str | None:
    """Why `node` can be no value of ours: YAML has dates, sets, infinities and references to what is above."""
    if any(node is outer for outer in above):
        return "refers to itself"
    if not isinstance(node, yaml.ScalarNode):
        return None if node.tag in _COLLECTIONS else f"is of the kind {node.tag}; allowed are mappings and lists"
    try:
        value = yaml.SafeLoader("").construct_object(node)
    except ValueError:  # it looks like a date, say, and is none
        value = node
    if value is None or isinstance(value, (str, int)) or (isinstance(value, float) and math.isfinite(value)):
        return None
    return f"is {node.value}; allowed are texts, finite numbers, true and false"


def _explain(error: Any, lines: Lines, what: str) -> tuple[tuple[bool, int], str]:
    """(rank among the errors, of which the second part is the line; the error as one line for a person)."""
    while error.validator == "oneOf" and error.context:
        wanted = "array" if isinstance(error.instance, list) else "number"
        error = next((inner for inner in error.context if _branch_type(inner) == wanted), error.context[0])
    place: tuple[Hashable, ...] = tuple(error.absolute_path)
    where = name(place, what)
    if error.validator == "additionalProperties":
        allowed = sorted(error.schema["properties"])
        extra = next(key for key in error.instance if key not in error.schema["properties"])
        place = (*place, str(extra))
        text = f"{name(place, what)} is unknown{meant(str(extra), allowed)}; allowed here: {', '.join(allowed)}"
    elif error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        text = f"{name((*place, missing), what)} is missing"
    elif error.validator == "type":
        wanted = _TYPES.get(error.validator_value, error.validator_value)
        text = f"{where} must be {wanted}, is {show(error.instance)}{_number_meant(error.instance)}"
    elif error.validator == "enum":
        text = f"{where} is {show(error.instance)}; allowed: {', '.join(map(str, error.validator_value))}"
    else:
        text = f"{where} is {show(error.instance)}; allowed: {_limits(error.schema)}"
    line = lines.get(place) or lines.get(tuple(error.absolute_path), 1)
    return (error.validator != "additionalProperties", line), text


def meant(word: str, allowed: Collection[str]) -> str:
    """A hint at the name that was probably meant, or nothing."""
    close = difflib.get_close_matches(word, allowed, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _number_meant(value: object) -> str:
    """For an exponent without a sign, or a mantissa without a point: YAML 1.1 takes the number for a text."""
    match = re.fullmatch(r"([-+]?\d+)(\.\d*)?[eE]([-+]?)(\d+)", value) if isinstance(value, str) else None
    return f"; write {match[1]}{match[2] or '.0'}e{match[3] or '+'}{match[4]}" if match else ""


def _branch_type(error: Any) -> str:
    """Which of a oneOf's branches the error comes from: a list's, or a number's."""
    if error.path:  # only a list has places in it
        return "array"
    if error.validator == "type":
        return "array" if error.validator_value == "array" else "number"
    return "array" if isinstance(error.schema, dict) and error.schema.get("type") == "array" else "number"


def _limits(schema: Any) -> str:
    words = {
        "minimum": "at least {}",
        "exclusiveMinimum": "more than {}",
        "maximum": "at most {}",
        "minItems": "at least {} entries",
        "maxItems": "at most {} entries",
        "minProperties": "at least {} entry",
        "minLength": "at least {} character",
        "pattern": "text that matches {}",
    }
    return ", ".join(words[key].format(schema[key]) for key in words if key in schema)


def name(place: Sequence[Hashable], what: str) -> str:
    """A place as a person writes it, such as `faults[0].at_s`; the whole is `what`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.lstrip(".") or what


def show(value: object) -> str:
    """A value, shortened."""
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "…"
