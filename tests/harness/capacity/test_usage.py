import dataclasses

import pytest

from harness.capacity import FunctionUsage, Usage

DAY = Usage(
    hours=24,
    api_requests=100,
    functions={"commands": FunctionUsage("arm64", 60, 6.0, 24.0, 1.0)},
    node_hours={"m7g.large": 48.0},
    alarm_months=50 * 24 / 730,
)


def test_a_day_all_month_long():
    month = DAY.per_month()
    assert month.hours == 730
    assert month.api_requests == pytest.approx(100 * 730 / 24)
    assert month.functions["commands"].gb_seconds == pytest.approx(6 * 730 / 24)
    assert month.functions["commands"].architecture == "arm64"
    assert month.node_hours["m7g.large"] == pytest.approx(2 * 730)
    assert month.alarm_months == pytest.approx(50)


def test_one_after_the_other_and_at_the_same_time():
    other = Usage(hours=24, api_requests=1, node_hours={"m7g.large": 1.0, "m7g.2xlarge": 3.0})
    assert (DAY + other).hours == 48
    assert DAY.during(other).hours == 24
    assert (DAY + other).api_requests == 101
    assert (DAY + other).node_hours == {"m7g.large": 49.0, "m7g.2xlarge": 3.0}
    assert (DAY + other).functions == DAY.functions
    assert (DAY + DAY).functions["commands"] == FunctionUsage("arm64", 120, 12.0, 48.0, 2.0)


def test_a_function_keeps_its_architecture():
    other = Usage(hours=1, functions={"commands": FunctionUsage("x86_64")})
    with pytest.raises(ValueError, match="one function on arm64 and on x86_64"):
        DAY + other


def test_every_quantity_takes_part():
    """A field of a new type would be passed over in silence."""
    filled = Usage(
        **{
            part.name: {"name": FunctionUsage("arm64", 1, 1, 1, 1)}
            if part.name == "functions"
            else {"name": 1.0}
            if str(part.type).startswith("Mapping")
            else 1.0
            for part in dataclasses.fields(Usage)
        }
    )
    assert filled + filled == filled.times(2)
