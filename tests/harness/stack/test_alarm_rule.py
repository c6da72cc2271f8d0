"""The examples that CloudWatch publishes for missing data (user guide, "Configuring how alarms treat missing data")."""

import pytest

from harness.stack.alarm_rule import BREACHES, State, judge

POINTS = {"0": False, "X": True, "-": None}
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
OK, ALARM, NONE, KEPT = State.OK, State.ALARM, State.INSUFFICIENT_DATA, None

THREE_OF_THREE = {
    "0 - X - X": (OK, OK, OK, OK),
    "0 - - - -": (OK, OK, OK, OK),
    "- - - - -": (NONE, KEPT, ALARM, OK),
    "0 X X - X": (ALARM, ALARM, ALARM, ALARM),
    "- - X - -": (ALARM, KEPT, ALARM, OK),
}
TWO_OF_THREE = {
    "0 - X - X": (ALARM, ALARM, ALARM, ALARM),
    "0 0 X 0 X": (ALARM, ALARM, ALARM, ALARM),
    "0 - X - -": (OK, OK, ALARM, OK),
    "- - - - 0": (OK, OK, ALARM, OK),
    "- - - X -": (ALARM, KEPT, ALARM, OK),
}


@pytest.mark.parametrize(("datapoints", "examples"), [(3, THREE_OF_THREE), (2, TWO_OF_THREE)])
def test_the_published_examples(datapoints: int, examples: dict[str, tuple[State | None, ...]]) -> None:
    for text, expected in examples.items():
        points = [POINTS[point] for point in text.split()]
        found = tuple(judge(points, datapoints=datapoints, periods=3, missing=treatment) for treatment in TREATMENTS)
        assert found == expected, text


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [
        ("GreaterThanOrEqualToThreshold", False, True, True),
        ("GreaterThanThreshold", False, False, True),
        ("LessThanOrEqualToThreshold", True, True, False),
        ("LessThanThreshold", True, False, False),
    ],
)
def test_what_breaches(comparison: str, below: bool, at: bool, above: bool) -> None:
    assert tuple(BREACHES[comparison](value, 5.0) for value in (4.0, 5.0, 6.0)) == (below, at, above)
