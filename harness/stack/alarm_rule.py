"""The rule by which CloudWatch judges an alarm: M of N datapoints, and what missing ones count for.

Source: Amazon CloudWatch user guide, "Evaluating an alarm" and "Configuring how CloudWatch alarms treat missing data".
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

EXTRA_PERIODS = 2
"""CloudWatch looks at more periods than an alarm evaluates: five where it evaluates three."""

BREACHES: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
"""Whether a value (first) breaches a threshold, by CloudWatch's name of the comparison."""


class State(StrEnum):
    """The state of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


def judge(points: Sequence[bool | None], *, datapoints: int, periods: int, missing: str) -> State | None:
    """The state that `points` give an alarm; None where it keeps the one it has.

    `points` are the datapoints of `periods` + EXTRA_PERIODS periods, oldest first: whether each breaches, None where
    there is no data. `datapoints` of `periods` must breach. `missing` is `breaching`, `notBreaching`, `ignore` or
    `missing`. The newest `periods` points with data count; missing ones only fill up what lacks to that number.
    """
    real = [point for point in points if point is not None][-periods:]
    breaching = sum(real)
    lacking = periods - len(real)
    if breaching >= datapoints:
        return State.ALARM
    if missing == "breaching":
        return State.ALARM if breaching + lacking >= datapoints else State.OK
    if missing == "notBreaching":
        return State.OK
    if not real:
        return None if missing == "ignore" else State.INSUFFICIENT_DATA
    if breaching < len(real):
        return State.OK
    # All there is breaches, though it is too little: enough once the oldest of it is `datapoints` periods old.
    if missing == "ignore":
        return None
    oldest = len(points) - next(index for index, point in enumerate(points) if point)
    return State.ALARM if oldest >= datapoints else State.OK
