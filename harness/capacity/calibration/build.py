"""From samples to a calibration."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.capacity.calibration.batches import fit
from harness.capacity.calibration.distribution import Distribution
from harness.capacity.calibration.measured import OVERFLOW, Measured
from harness.capacity.calibration.model import Calibration, ColdStart, Factor, FunctionTimes, Origin
from harness.capacity.errors import CalibrationError

_UNMEASURED = "one processor of the measured machine is taken for one vCPU; not measured on AWS"
FACTORS: Mapping[str, Factor] = {
    "functions": Factor(
        "Lambda with 1,769 MB, one vCPU",
        1.0,
        "low",
        f"{_UNMEASURED}. With less memory Lambda gives a part of a vCPU, the rehearsal a whole processor",
    ),
    "workers": Factor("a pod with a vCPU of m7g", 1.0, "low", _UNMEASURED),
    "mysql": Factor("Aurora db.r7g", 1.0, "low", "MySQL or MariaDB with a local disk; Aurora commits over a network"),
    "documents": Factor("DocumentDB db.r6g", 1.0, "low", "MongoDB or its stand-in, on the machine of everything else"),
    "broker": Factor("Amazon MQ mq.m7g, three nodes", 1.0, "low", "one node, which no other has to confirm for"),
}


def calibrate(measured: Measured) -> Calibration:
    """The calibration of a run. CalibrationError where it has nothing of a part that every simulation needs."""
    verdict = measured.verdict
    if not measured.invocations or not measured.gateway:
        raise CalibrationError("the run has no warm invocation whose operation is known: let it last longer")
    machine = verdict["machine"]
    return Calibration(
        origin=Origin(
            scenario=verdict["scenario"],
            seed=verdict["seed"],
            utc=verdict["started_utc"],
            verdict=verdict["verdict"],
            processor=_processor(),
            processors=machine["cpus"],
            busy_share=measured.busy_s_per_s / machine["cpus"],
            versions=dict(verdict["versions"]),
        ),
        factors=FACTORS,
        functions={
            function: {
                operation: FunctionTimes(Distribution.of(samples), _calls(measured, operation))
                for operation, samples in sorted(operations.items())
            }
            for function, operations in sorted(measured.invocations.items())
        },
        cold_starts={
            function: ColdStart(Distribution.of(samples), _some(measured.first.get(function, ())))
            for function, samples in sorted(measured.init.items())
        },
        publish_ms=_needed(measured.publish, "command that the broker took"),
        overflow_ms=_some(measured.overflow),
        gateway_ms=Distribution.of(measured.gateway),
        batches={name: fit(batches) for name, batches in sorted(measured.batches.items()) if batches},
        client_ms={action: Distribution.of(samples) for action, samples in sorted(measured.client.items())},
    )


def _calls(measured: Measured, operation: str) -> float:
    calls = [number for number in measured.calls.get(operation.removesuffix(OVERFLOW), ()) if number]
    return sum(calls) / len(calls) if calls else 1.0


def _needed(samples: list[float], what: str) -> Distribution:
    if not samples:
        raise CalibrationError(f"the run has no {what}; make replay SCENARIO=calibration has all that is needed")
    return Distribution.of(samples)


def _some(samples: Iterable[float]) -> Distribution | None:
    found = list(samples)
    return Distribution.of(found) if found else None


def _processor() -> str:
    """The processor's name, as Linux tells it."""
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown"
