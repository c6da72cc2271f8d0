"""Reads a scenario file. Whatever is wrong is said with file, line and what is allowed."""

import functools
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from harness.checks import Budgets
from harness.scenario import document
from harness.scenario.document import Form
from harness.scenario.errors import ScenarioFileError
from harness.scenario.spec import DEFAULT_QUIESCENCE_S, Expectation, Fault, Scenario, Slo
from harness.traffic import Stage, TrafficSpec

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
_WHAT = "the scenario"


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
    value, lines = document.read(path, _form())
    if not any(value["traffic"]["mix"].values()):
        place = f"{path}:{lines['traffic', 'mix']}"
        raise ScenarioFileError(f"{place}: every weight is 0; give one action a positive weight")
    scenario = _scenario(value, path)
    for number, name in enumerate(scenario.expect.event_sources):
        if event_sources is not None and name not in event_sources:
            at = ("expect", "event_sources", number)
            raise ScenarioFileError(
                f"{path}:{lines[at]}: {document.name(at, _WHAT)} is {document.show(name)}"
                f"{document.meant(name, event_sources)}; "
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
def _form() -> Form:
    schema = json.loads((FOLDER / "scenario.schema.json").read_text("utf-8"))
    return Form(_WHAT, "scenarios/smoke.yaml", schema, ScenarioFileError)
