from typing import Any

import pytest

from harness.traffic import SpecError, Stage, TrafficSpec

GOOD: dict[str, Any] = {"users": 2, "stages": (Stage(1, 1, 1),), "mix": {"health": 1}}


def test_a_spec_has_defaults() -> None:
    assert TrafficSpec(**GOOD).retries == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"users": 0}, "users: must be at least 1, is 0"),
        ({"stages": ()}, "stages: there must be at least one"),
        ({"mix": {"dance": 1}}, "mix: 'dance' is no action; there are create_user, place_order"),
        ({"mix": {"health": -1}}, "mix: the weight of health must be 0 or more, is -1"),
        ({"mix": {"health": 0}}, "mix: at least one action needs a weight"),
        ({"mix": {}}, "mix: at least one action needs a weight"),
        ({"users": 1, "mix": {"foreign_order": 1}}, "foreign_order needs at least 2 users"),
        ({"request_timeout_s": 0}, "request_timeout_s: must be more than 0"),
        ({"max_in_flight": 0}, "max_in_flight: must be at least 1"),
        ({"retries": -1}, "retries: must be 0 or more"),
    ],
)
def test_what_cannot_be_planned_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        TrafficSpec(**{**GOOD, **change})


@pytest.mark.parametrize("numbers", [(0, 1, 1), (-1, 1, 1), (1, -1, 1), (1, 1, float("nan")), (float("inf"), 1, 1)])
def test_a_stage_must_be_possible(numbers: tuple[float, float, float]) -> None:
    with pytest.raises(SpecError, match="stages: "):
        Stage(*numbers)
