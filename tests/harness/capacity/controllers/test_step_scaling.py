"""The examples of AWS's user guides for step adjustments and for instance warm-up, and what lies around them."""

import pytest

from harness.capacity.controllers import (
    Capacity,
    ControllerError,
    Delay,
    Invocation,
    Singly,
    Step,
    StepPolicy,
    StepScaling,
)

THRESHOLD = 50
OUT = StepPolicy((Step(0, 10, 0), Step(10, 20, 10), Step(20, None, 30)), "PercentChangeInCapacity")
IN = StepPolicy((Step(-10, 0, 0), Step(-20, -10, -10), Step(None, -20, -30)), "PercentChangeInCapacity")


def invoke(action, value):
    return [Invocation(0, "cpu", action, value, THRESHOLD)]


def test_the_published_sequence():
    capacity, found = 10, []
    for value in (60, 70, 40, 30):
        policy = OUT if value > THRESHOLD else IN
        capacity = policy.wanted(capacity, value - THRESHOLD)
        found.append(capacity)
    assert found == [11, 14, 13, 10]


@pytest.mark.parametrize(
    ("percent", "change"), [(127, 12), (7, 1), (10, 1), (0, 0), (-6, -1), (-10, -1), (-67, -6), (-100, -10)]
)
def test_percentages_round_towards_nothing_but_never_to_it(percent, change):
    assert StepPolicy((Step(0, None, percent),), "PercentChangeInCapacity").wanted(10, 5) == 10 + change


def test_the_published_minimum_magnitude():
    policy = StepPolicy((Step(0, None, 25),), "PercentChangeInCapacity", minimum_magnitude=2)
    assert policy.wanted(4, 1) == 6


def test_bounds_belong_to_the_side_of_the_threshold():
    steps = (Step(None, -10, -2), Step(-10, 0, -1), Step(0, 10, 1), Step(10, None, 2))
    policy = StepPolicy(steps)
    found = [policy.wanted(5, breach) - 5 for breach in (-11, -10, -9, 9, 10, 11)]
    assert found == [-2, -2, -1, 1, 2, 2]


@pytest.mark.parametrize(("step", "breach"), [(Step(0, None, 1), 0), (Step(None, 0, 1), 0)])
def test_the_threshold_itself_takes_the_step_beside_it(step, breach):
    assert step.holds(breach)


def test_an_exact_capacity():
    assert StepPolicy((Step(0, None, 7),), "ExactCapacity").wanted(3, 1) == 7


@pytest.mark.parametrize("steps", [(Step(0, 10, 1), Step(20, None, 2)), (Step(0, 15, 1), Step(10, None, 2))])
def test_steps_that_leave_a_gap_or_overlap(steps):
    with pytest.raises(ControllerError, match="has to begin where the first one ends"):
        StepPolicy(steps)


@pytest.fixture
def group():
    capacity = Capacity("nodes", 1, 40, initial=10, start=Singly(Delay(60, 90, "", "low")))
    return StepScaling(capacity, {"out": OUT, "in": IN}, warmup_s=180)


def test_the_published_example_of_warm_up(group):
    # At 60 one is added; at 62 the same step gives nothing; at 70 three are wanted of the ten that count, so two more.
    found = []
    for now, value in ((0, 60), (60, 62), (120, 70)):
        group.step(now, invoke("out", value))
        found.append(group.capacity.desired)
    assert found == [11, 11, 13]


def test_the_same_breach_adds_again_after_the_warm_up(group):
    wanted = []
    for now in range(0, 600, 60):
        group.step(now, invoke("out", 60))
        wanted.append(group.capacity.desired)
    assert wanted == [11, 11, 11, 11, 12, 12, 12, 12, 13, 13]


def test_nothing_is_removed_while_something_starts_or_warms_up(group):
    group.step(0, invoke("out", 60))
    assert [now for now in range(60, 300, 60) if group.step(now, invoke("in", 30))] == [240]


def test_instances_that_end_still_count_when_others_are_removed():
    capacity = Capacity("nodes", 1, 40, initial=10, stop=Singly(Delay(90, 99, "", "low")))
    group = StepScaling(capacity, {"in": StepPolicy((Step(None, 0, -1),))}, warmup_s=180)
    wanted = []
    for now in range(0, 300, 60):
        group.step(now, invoke("in", 30))
        wanted.append(capacity.desired)
    assert wanted == [9, 9, 8, 8, 7]


def test_bounds_limit_a_step(group):
    group.capacity.scale(0, 39, "")
    group.step(600, invoke("out", 90))
    assert group.capacity.desired == 40


def test_other_actions_and_alarms_without_a_value_change_nothing(group):
    assert group.step(0, invoke("notify", 90)) == ()
    assert group.step(0, [Invocation(0, "cpu", "out", None, THRESHOLD)]) == ()


def test_a_breach_that_no_step_holds_changes_nothing(group):
    assert group.step(0, invoke("out", 45)) == ()
