"""Timelines by hand: 100 times the load over what serves is the utilisation, and the target is 50."""

from dataclasses import replace

import pytest

from harness.capacity.controllers import Capacity, ControllerError, Delay, Metric, Singly, TargetTracking
from harness.stack.alarm_rule import State


@pytest.fixture
def track(prod):
    def build(*, initial, start_s=0.001, cooldown_out_s=60, cooldown_in_s=300, **options):
        scaling = replace(
            prod.scaling["commands"], target_value=50, cooldown_out_s=cooldown_out_s, cooldown_in_s=cooldown_in_s
        )
        capacity = Capacity("x", 2, 40, initial=initial, start=Singly(Delay(start_s, 2 * start_s, "", "low")))
        return TargetTracking(capacity, scaling, Metric(0), **options)

    return build


def drive(tracking, utilizations, *, begin=0):
    """A value by minute; what is wanted after each."""
    wanted = []
    for minute, value in enumerate(utilizations, begin):
        if value is not None:
            tracking.high.metric.record(60 * minute, value)
        tracking.step(60 * (minute + 1))
        wanted.append(tracking.capacity.desired)
    return wanted


def test_out_in_proportion_after_three_minutes_above_the_target(track):
    assert drive(track(initial=10), [70, 70, 70]) == [10, 10, 14]
    assert drive(track(initial=10), [70, 50, 70, 70, 71]) == [10, 10, 10, 10, 15]


def test_the_target_itself_is_not_above_it(track):
    assert drive(track(initial=10), [50] * 20) == [10] * 20


def test_in_after_a_quarter_of_an_hour_below_nine_tenths_of_the_target(track):
    assert drive(track(initial=10), [44] * 15) == [10] * 14 + [9]
    assert drive(track(initial=10), [45] * 30) == [10] * 30


def test_the_same_metric_during_the_cooldown_adds_nothing(track):
    assert drive(track(initial=10, cooldown_out_s=600), [70] * 9) == [10, 10] + [14] * 7


def test_a_larger_scale_out_comes_through_the_cooldown_and_counts_what_was_added(track):
    # Ten units at 70 want 14; at 100 the same ten want 20, so six more, not twice as many as 14.
    assert drive(track(initial=10, cooldown_out_s=600), [70, 70, 70, 100]) == [10, 10, 14, 20]


def test_units_that_start_count_however_short_the_cooldown(track):
    assert drive(track(initial=10, cooldown_out_s=0, start_s=300), [70] * 7) == [10, 10] + [14] * 5


def test_the_cooldown_begins_when_the_units_are_there(track):
    # Asked for at 180, there at 480, and the next scale-out starts from 14 at 540.
    wanted = drive(track(initial=10, cooldown_out_s=60, start_s=300), [70] * 9)
    assert wanted == [10, 10] + [14] * 6 + [20]


def test_scale_in_waits_for_its_cooldown(track):
    tracking = track(initial=20, most_in=1)
    wanted = drive(tracking, [10] * 26)
    assert [minute for minute in range(1, 26) if wanted[minute] < wanted[minute - 1]] == [14, 19, 24]
    assert wanted[-1] == 17


def test_a_scale_out_ends_the_cooldown_of_a_scale_in(track):
    tracking = track(initial=20, cooldown_in_s=3600)
    assert drive(tracking, [40] * 15)[-1] == 16
    assert drive(tracking, [100] * 3, begin=15) == [16, 16, 32]
    assert drive(tracking, [30] * 15, begin=18)[-1] == 20


def test_nothing_is_removed_while_units_start(track):
    tracking = track(initial=10, start_s=3000)
    drive(tracking, [70] * 3)
    assert drive(tracking, [10] * 20, begin=3) == [14] * 20


def test_without_data_nothing_changes(track):
    tracking = track(initial=10)
    assert drive(tracking, [None] * 30) == [10] * 30
    assert tracking.high.state is State.INSUFFICIENT_DATA


def test_missing_data_freezes_the_way_in(track):
    assert drive(track(initial=10), [44] * 14 + [None] * 20 + [44] * 13) == [10] * 47


def test_bounds(track):
    assert drive(track(initial=30), [100] * 3)[-1] == 40
    assert drive(track(initial=3), [0] * 15)[-1] == 2


def test_a_change_says_why(track):
    tracking = track(initial=10)
    drive(tracking, [70] * 3)
    (change,) = tracking.capacity.changes
    assert (change.time_s, change.before, change.after) == (180, 10, 14)
    assert change.why == "provisioned_concurrency_utilization 70, target 50"


def test_what_another_controller_scales(prod):
    with pytest.raises(ControllerError, match=r"workers\.orders is scaled by keda"):
        TargetTracking(Capacity("x", 1, 2), prod.scaling["orders"], Metric())
