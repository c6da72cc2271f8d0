"""What a reader of a result has to know about the stack and about what the result rests on."""

import datetime

from harness.capacity.calibration import Calibration
from harness.capacity.controllers import without_data
from harness.capacity.cost import Bill
from harness.capacity.engine.consumption import NOT_COUNTED
from harness.capacity.engine.metrics import not_simulated
from harness.capacity.engine.setup import Setup
from harness.stack import Stack

_OLD_DAYS = 90


def findings(stack: Stack, setup: Setup, cost: Bill) -> list[str]:
    """A line each."""
    found = [f"alarm {name} can never get data: {why}" for name, why in without_data(stack).items()]
    unseen = not_simulated(stack)
    if unseen:
        found.append(f"alarms on what is not simulated, which never go off here: {', '.join(unseen)}")
    if stack.documents.read_preference.startswith("primary") and stack.documents.members.maximum > 1:
        found.append(
            f"functions read from DocumentDB's primary (documents.read_preference: {stack.documents.read_preference}): "
            "instances that are added take no reads, and the CPU that adds them is low while the primary is full"
        )
    found += [f"calibration: {remark}" for remark in setup.calibration.remarks()]
    found += _age(setup.calibration)
    if cost.estimated:
        found.append(f"prices of low confidence: {', '.join(line.what for line in cost.estimated)}")
    if cost.missing:
        found.append(f"not priced, so that the cost is too low: {', '.join(line.what for line in cost.missing)}")
    found.append(f"not part of the cost: {NOT_COUNTED}")
    return found


def _age(calibration: Calibration) -> list[str]:
    measured = datetime.datetime.fromisoformat(calibration.origin.utc)
    days = (datetime.datetime.now(datetime.UTC) - measured).days
    return [f"calibration: {days} days old; make calibrate renews it"] if days > _OLD_DAYS else []
