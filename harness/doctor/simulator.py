"""What simulations rest on: a replay whose times can be taken, and the times that were."""

from pathlib import Path

from harness.capacity.calibration import Calibration
from harness.capacity.calibration.measured import finished
from harness.capacity.errors import CalibrationError
from harness.doctor.probes import Finding


def replay(run: Path) -> Finding:
    """A finished replay on this machine, in the folder `run`."""
    try:
        verdict, _ = finished(run)
    except CalibrationError as error:
        return Finding(str(error), lacks="a finished replay on this machine", run="make replay SCENARIO=calibration")
    return Finding(f"{verdict['scenario']} in {run}")


def calibration() -> Finding:
    """The committed calibration."""
    try:
        origin = Calibration.load().origin
    except CalibrationError as error:
        run = "make replay SCENARIO=calibration && make calibrate"
        return Finding(str(error), lacks="a calibration that can be read", run=run)
    return Finding(f"of {origin.scenario}, {origin.utc}, on {origin.processors} processors")
