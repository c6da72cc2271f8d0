from dataclasses import replace

import pytest

from harness.capacity.controllers import Alarm, Metric, without_data
from harness.stack.alarm_rule import State


def drive(alarm, values, *, period_s=60):
    """Steps the alarm at the end of each period with that period's value; the actions that were taken, by minute."""
    taken = {}
    for minute, value in enumerate(values):
        if value is not None:
            alarm.metric.record(minute * period_s, value)
        invocations = alarm.step((minute + 1) * period_s)
        if invocations:
            taken[minute] = [invocation.action for invocation in invocations]
    return taken


@pytest.fixture
def nodes_cpu_high(prod):
    return Alarm("nodes_cpu_high", prod.alarms["nodes_cpu_high"], Metric(0))


def test_scaling_actions_are_repeated_each_minute_of_the_alarm(nodes_cpu_high):
    # Two of three minutes at 80 or more; two good ones end it.
    taken = drive(nodes_cpu_high, [50, 90, 90, 90, 90, 50, 50])
    assert taken == {minute: ["scale_out_nodes"] for minute in (2, 3, 4, 5)}
    assert [(each.time_s, each.state) for each in nodes_cpu_high.transitions] == [
        (60, State.OK),
        (180, State.ALARM),
        (420, State.OK),
    ]


def test_functions_and_topics_hear_once_of_each_change(prod):
    alarm = Alarm("documents_cpu_high", prod.alarms["documents_cpu_high"], Metric(0))
    both = ["notify", "scale_out_documents"]
    assert drive(alarm, [90] * 6 + [10] * 5 + [90] * 4) == {2: both, 13: both}


def test_an_action_carries_the_newest_datapoint_and_the_threshold(nodes_cpu_high):
    for minute, value in enumerate((85, 95)):
        nodes_cpu_high.metric.record(60 * minute, value)
    (invocation,) = nodes_cpu_high.step(120)
    assert (invocation.value, invocation.threshold) == (95, 80)


def test_datapoints_that_come_late_make_the_alarm_late(prod):
    alarm = Alarm("nodes_cpu_high", prod.alarms["nodes_cpu_high"], Metric(publish_delay_s=120))
    assert min(drive(alarm, [90] * 9)) == 3


def test_it_judges_once_a_minute_however_often_it_is_asked(nodes_cpu_high):
    for minute in range(3):
        nodes_cpu_high.metric.record(60 * minute, 90)
    assert [now for now in range(120, 300, 15) if nodes_cpu_high.step(now)] == [120, 180, 240]


@pytest.mark.parametrize(
    ("treatment", "state"),
    [
        ("missing", State.INSUFFICIENT_DATA),
        ("ignore", State.INSUFFICIENT_DATA),
        ("breaching", State.ALARM),
        ("notBreaching", State.OK),
    ],
)
def test_an_alarm_without_any_data(prod, treatment, state):
    described = replace(prod.alarms["nodes_cpu_high"], missing_data=treatment)
    alarm = Alarm("x", described, Metric(0))
    drive(alarm, [None] * 20)
    assert alarm.state is state


def test_ignored_gaps_keep_the_state(prod):
    alarm = Alarm("x", replace(prod.alarms["nodes_cpu_high"], missing_data="ignore"), Metric(0))
    drive(alarm, [90] * 3 + [None] * 20)
    assert alarm.raised


def test_alarms_that_can_never_get_data(prod):
    assert without_data(prod) == {}
    per_queue = replace(
        prod.alarms["broker_backlog"], metric="MessageCount", dimensions={"broker": "orders", "queue": "order-commands"}
    )
    planned = replace(prod, alarms={**prod.alarms, "orders_backlog": per_queue})
    assert list(without_data(planned)) == ["orders_backlog"]
    older = replace(planned, broker=replace(prod.broker, engine_version="3.13"))
    assert without_data(older) == {}
