import pytest

from harness.capacity.controllers import ControllerError, Metric, provisioned_concurrency


def test_none_of_what_is_added_serves_before_all_of_it_is_allocated(prod):
    utilization = Metric(0)
    tracking = provisioned_concurrency(prod, "commands", utilization)
    capacity = tracking.capacity
    assert (capacity.name, capacity.minimum, capacity.maximum, capacity.desired) == ("functions.commands", 40, 600, 40)
    for minute in range(3):
        utilization.record(60 * minute, 1.0)
        tracking.step(60 * (minute + 1))
    # 40 all in use want 40 / 0.7; 18 more take 75 s and 18 hundredths.
    assert capacity.desired == 58
    assert (capacity.ready(180 + 75.17), capacity.ready(180 + 75.18)) == (40, 58)


def test_large_additions_take_longer(prod):
    capacity = provisioned_concurrency(prod, "queries", Metric()).capacity
    capacity.scale(0, 1080, "")
    assert (capacity.ready(84.9), capacity.ready(85)) == (80, 1080)


def test_a_function_that_nothing_scales(prod):
    with pytest.raises(ControllerError, match=r"nothing scales functions\.database_scaler"):
        provisioned_concurrency(prod, "database_scaler", Metric())
