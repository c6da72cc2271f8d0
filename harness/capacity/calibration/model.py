"""A calibration: its tables, where they come from, and their file."""

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from harness.capacity.calibration.batches import BatchTime
from harness.capacity.calibration.distribution import PROBABILITIES, Distribution
from harness.capacity.errors import CalibrationError

FORM = 1
BUSY = 0.6
DEFAULT = Path(__file__).resolve().parents[1] / "calibrations" / "default.json"


@dataclass(frozen=True)
class Origin:
    """The run that was measured. `busy_share` is how much of all processors' time was used during the traffic.

    Above `BUSY` requests wait for a processor, and times are too long.
    """

    scenario: str
    seed: int
    utc: str
    verdict: str
    processor: str
    processors: int
    busy_share: float
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Factor:
    """Times on `instance_class` are `value` times those of the machine that was measured.

    Low confidence: nobody has measured it; `reason` says what it rests on.
    """

    instance_class: str
    value: float
    confidence: Literal["high", "medium", "low"]
    reason: str


@dataclass(frozen=True)
class FunctionTimes:
    """Of one operation in one function: a warm invocation, as Lambda reports its duration.

    `calls` is how many invocations the operation takes on average, since a list has pages.
    """

    duration_ms: Distribution
    calls: float


@dataclass(frozen=True)
class ColdStart:
    """An environment's init, and the first invocation after it, which None was seen of."""

    init_ms: Distribution
    first_ms: Distribution | None


@dataclass(frozen=True)
class Calibration:
    """All that was measured. `functions` are by function and operation, an operation through SQS by `NAME/overflow`.

    `batches` are by role or function, `factors` by part of the stack. `gateway_ms` is what a client waits beyond the
    invocation, `client_ms` the whole, by operation.
    """

    origin: Origin
    factors: Mapping[str, Factor]
    functions: Mapping[str, Mapping[str, FunctionTimes]]
    cold_starts: Mapping[str, ColdStart]
    publish_ms: Distribution
    overflow_ms: Distribution | None
    gateway_ms: Distribution
    batches: Mapping[str, BatchTime]
    client_ms: Mapping[str, Distribution]

    def summary(self) -> dict[str, Any]:
        """Where it comes from, for a report: the run that was measured, and the factor to each instance class."""
        return {
            "origin": dataclasses.asdict(self.origin),
            "factors": {part: dataclasses.asdict(factor) for part, factor in self.factors.items()},
        }

    def scaled(self, factor: float) -> "Calibration":
        """The same where everything takes `factor` times as long."""
        return dataclasses.replace(
            self,
            functions={
                function: {
                    operation: FunctionTimes(times.duration_ms.scaled(factor), times.calls)
                    for operation, times in operations.items()
                }
                for function, operations in self.functions.items()
            },
            cold_starts={
                function: ColdStart(cold.init_ms.scaled(factor), cold.first_ms and cold.first_ms.scaled(factor))
                for function, cold in self.cold_starts.items()
            },
            publish_ms=self.publish_ms.scaled(factor),
            overflow_ms=self.overflow_ms and self.overflow_ms.scaled(factor),
            gateway_ms=self.gateway_ms.scaled(factor),
            batches={name: batch.scaled(factor) for name, batch in self.batches.items()},
            client_ms={name: times.scaled(factor) for name, times in self.client_ms.items()},
        )

    def remarks(self) -> list[str]:
        """What a reader has to know before trusting it, a line each."""
        found = []
        if self.origin.busy_share > BUSY:
            found.append(
                f"the machine was busy ({self.origin.busy_share:.0%} of {self.origin.processors} processors): "
                "times are too long"
            )
        thin = [
            f"{function} {operation} ({times.duration_ms.samples})"
            for function, operations in self.functions.items()
            for operation, times in operations.items()
            if times.duration_ms.thin
        ]
        if thin:
            found.append(f"few samples, so that tails are not known: {', '.join(thin)}")
        for name, batch in self.batches.items():
            if not batch.determined and batch.largest > 1:
                found.append(f"batches of {name}: what a message adds could not be told from what a batch takes")
        seen = ", ".join(f"{name} {batch.largest}" for name, batch in self.batches.items())
        if seen:
            found.append(f"larger batches than were seen are extrapolated; largest seen: {seen}")
        for part, factor in self.factors.items():
            if factor.confidence == "low":
                found.append(f"{part} on {factor.instance_class}: factor {factor.value:g} assumed: {factor.reason}")
        return found

    def dumps(self) -> str:
        """As JSON text, with times rounded to a microsecond."""
        value = {"form": FORM, "probabilities": list(PROBABILITIES), **_rounded(dataclasses.asdict(self))}
        return _narrow(json.dumps(value, indent=1)) + "\n"

    def write(self, path: Path) -> None:
        """Writes it at once or not at all. CalibrationError where that cannot be done."""
        draft = path.with_name(f".{path.name}.draft")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(self.dumps(), "utf-8")
            os.replace(draft, path)
        except OSError as error:
            raise CalibrationError(f"{path}: the calibration cannot be written: {error.strerror}") from None

    @staticmethod
    def load(path: Path = DEFAULT) -> "Calibration":
        """The calibration in `path`. CalibrationError where it is none."""
        try:
            value = json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise CalibrationError(f"{path}: the calibration cannot be read: {error.strerror}") from None
        except ValueError as error:
            raise CalibrationError(f"{path}: not JSON: {error}") from None
        if not isinstance(value, dict) or value.get("form") != FORM or value.get("probabilities") != [*PROBABILITIES]:
            raise CalibrationError(f"{path}: not a calibration of form {FORM}; harness calibrate makes one")
        try:
            return _calibration(value)
        except (KeyError, TypeError, AttributeError) as error:
            raise CalibrationError(f"{path}: not a calibration: {type(error).__name__}: {error}") from None


def _calibration(value: dict[str, Any]) -> Calibration:
    return Calibration(
        origin=Origin(**value["origin"]),
        factors={name: Factor(**factor) for name, factor in value["factors"].items()},
        functions={
            function: {
                operation: FunctionTimes(_distribution(times["duration_ms"]), times["calls"])
                for operation, times in operations.items()
            }
            for function, operations in value["functions"].items()
        },
        cold_starts={
            function: ColdStart(_distribution(cold["init_ms"]), _optional(cold["first_ms"]))
            for function, cold in value["cold_starts"].items()
        },
        publish_ms=_distribution(value["publish_ms"]),
        overflow_ms=_optional(value["overflow_ms"]),
        gateway_ms=_distribution(value["gateway_ms"]),
        batches={
            name: BatchTime(**{**batch, "spread": _distribution(batch["spread"])})
            for name, batch in value["batches"].items()
        },
        client_ms={name: _distribution(times) for name, times in value["client_ms"].items()},
    )


def _distribution(value: dict[str, Any]) -> Distribution:
    found = Distribution(value["samples"], value["mean"], tuple(value["values"]))
    if len(found.values) != len(PROBABILITIES):
        raise TypeError(f"{len(found.values)} quantiles where there are {len(PROBABILITIES)} probabilities")
    return found


def _optional(value: dict[str, Any] | None) -> Distribution | None:
    return None if value is None else _distribution(value)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list | tuple) else value


def _narrow(text: str) -> str:
    """Lists of numbers on one line each: a table has to be readable in a diff."""
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        if inside:
            lines[-1] += line.strip() + (" " if line.endswith(",") else "")
            inside = not line.strip().startswith("]")
        else:
            lines.append(line)
            inside = line.endswith("[")
    return "\n".join(lines)
