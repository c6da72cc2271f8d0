"""Reads a scenario file. Whatever is wrong is said with file, line and what is allowed."""

import difflib
import functools
import json
import math
import re
from collections.abc import Collection, Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from harness.checks import Budgets
from harness.scenario.errors import ScenarioFileError
from harness.scenario.spec import DEFAULT_QUIESCENCE_S, Expectation, Fault, Scenario, Slo
from harness.traffic import Stage, TrafficSpec

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
_COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
}


def find(name: str) -> Path:
    """The file of the scenario called `name`: a path, or the name of a file in scenarios/."""
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or "/" in name:
        if path.is_dir():
            raise ScenarioFileError(f"{path}: this is a folder; name a file in it")
        if not path.is_file():
            raise ScenarioFileError(f"{path}: there is no such file")
        return path
    path = FOLDER / f"{name}.yaml"
    if not path.is_file():
        raise ScenarioFileError(f"no scenario {name!r}; there are {', '.join(names())}, or give a file's path")
    return path


def names() -> list[str]:
    """The scenarios that the project carries."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def read(path: Path, event_sources: Collection[str] | None = None) -> Scenario:
    """The scenario in `path`. Raises ScenarioFileError for the first thing that is wrong, in the file's order.

    `event_sources` are those of the stack that it is for, where there is one: it may expect no others.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioFileError(f"{path}: cannot be read: {error}") from None
    value, lines = _load(path, text)
    errors = list(jsonschema.Draft202012Validator(_schema()).iter_errors(value))
    if errors:
        # A misspelt key comes first: it is the cause where its right spelling is missing.
        raise min((_explain(path, error, lines) for error in errors), key=lambda found: found[0])[1]
    if not any(value["traffic"]["mix"].values()):
        place = f"{path}:{lines['traffic', 'mix']}"
        raise ScenarioFileError(f"{place}: every weight is 0; give one action a positive weight")
    scenario = _scenario(value, path)
    for number, name in enumerate(scenario.expect.event_sources):
        if event_sources is not None and name not in event_sources:
            at = ("expect", "event_sources", number)
            raise ScenarioFileError(
                f"{path}:{lines[at]}: {_name(at)} is {_show(name)}{_meant(name, event_sources)}; "
                f"the stack has {', '.join(sorted(event_sources))}"
            )
    for number, fault in enumerate(scenario.faults):
        if fault.at_s[0] > fault.at_s[1]:
            raise ScenarioFileError(
                f"{path}:{lines['faults', number, 'at_s']}: faults[{number}].at_s is from {fault.at_s[0]:g} "
                f"to {fault.at_s[1]:g}; write the earlier time first"
            )
        if fault.at_s[1] + fault.duration_s > scenario.duration_s:
            raise ScenarioFileError(
                f"{path}:{lines['faults', number]}: the fault ends after the traffic, which lasts "
                f"{scenario.duration_s:g} s; it would prove nothing"
            )
    return scenario


def _scenario(value: dict[str, Any], path: Path) -> Scenario:
    traffic = value["traffic"]
    stages = tuple(Stage(float(stage["duration_s"]), *_pair(stage["rate_per_s"])) for stage in traffic["stages"])
    optional = {name: traffic[name] for name in ("request_timeout_s", "max_in_flight", "retries") if name in traffic}
    slo = value.get("slo", {})
    expect = value.get("expect", {})
    return Scenario(
        name=value["name"],
        description=value["description"],
        seed=value.get("seed", 1),
        traffic=TrafficSpec(users=traffic["users"], stages=stages, mix=traffic["mix"], **optional),
        workers=value.get("workers", {}),
        faults=tuple(
            Fault(fault["kind"], _pair(fault["at_s"]), float(fault["duration_s"])) for fault in value.get("faults", [])
        ),
        quiescence_s=float(value.get("quiescence_s", DEFAULT_QUIESCENCE_S)),
        budgets=Budgets(**value.get("budgets", {})),
        slo=Slo(**slo),
        expect=Expectation(expect.get("every_route", False), tuple(expect.get("event_sources", ()))),
        reference=path.stem if path.parent == FOLDER else str(path),
    )


def _pair(value: float | list[float]) -> tuple[float, float]:
    """`[from, to]`, or one number for both."""
    low, high = value if isinstance(value, list) else (value, value)
    return float(low), float(high)


@functools.cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((FOLDER / "scenario.schema.json").read_text("utf-8"))
    return schema


Lines = dict[tuple[Hashable, ...], int]


def _load(path: Path, text: str) -> tuple[Any, Lines]:
    """The YAML value, and the line of each place in it. A key that stands twice is refused."""
    lines: Lines = {}
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            raise ScenarioFileError(f"{path}:1: the file is empty; scenarios/smoke.yaml is an example")
        for place, at, wrong in _places(node, ()):
            lines[place] = at.start_mark.line + 1
            if wrong:
                raise ScenarioFileError(f"{path}:{lines[place]}: {_name(place)} {wrong}")
        return yaml.safe_load(text), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ScenarioFileError(f"{path}:{line}: not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise ScenarioFileError(f"{path}:1: not YAML: {error}") from None


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
    """Why `node` can be no value of a scenario: YAML has dates, sets, infinities and references to what is above."""
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


def _explain(path: Path, error: Any, lines: Lines) -> tuple[tuple[bool, int], ScenarioFileError]:
    """(rank among the errors, the error as one line for a person)."""
    while error.validator == "oneOf" and error.context:
        wanted = "array" if isinstance(error.instance, list) else "number"
        error = next((inner for inner in error.context if _branch_type(inner) == wanted), error.context[0])
    place: tuple[Hashable, ...] = tuple(error.absolute_path)
    where = _name(place)
    if error.validator == "additionalProperties":
        allowed = sorted(error.schema["properties"])
        extra = next(key for key in error.instance if key not in error.schema["properties"])
        place = (*place, str(extra))
        text = f"{_name(place)} is unknown{_meant(str(extra), allowed)}; allowed here: {', '.join(allowed)}"
    elif error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        text = f"{_name((*place, missing))} is missing"
    elif error.validator == "type":
        wanted = _TYPES.get(error.validator_value, error.validator_value)
        text = f"{where} must be {wanted}, is {_show(error.instance)}{_number_meant(error.instance)}"
    elif error.validator == "enum":
        text = f"{where} is {_show(error.instance)}; allowed: {', '.join(map(str, error.validator_value))}"
    else:
        text = f"{where} is {_show(error.instance)}; allowed: {_limits(error.schema)}"
    line = lines.get(place) or lines.get(tuple(error.absolute_path), 1)
    return (error.validator != "additionalProperties", line), ScenarioFileError(f"{path}:{line}: {text}")


def _meant(name: str, allowed: Collection[str]) -> str:
    close = difflib.get_close_matches(name, allowed, n=1)
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


def _name(place: Sequence[Hashable]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.lstrip(".") or "the scenario"


def _show(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "…"
