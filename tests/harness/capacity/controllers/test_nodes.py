import pytest

from harness.capacity.controllers import Alarm, Metric, node_scaling

NAMES = ("nodes_pending_pods", "nodes_cpu_high", "nodes_cpu_low")


@pytest.fixture
def drive(prod):
    """Runs the stack's nodes with its own alarms; values by minute, of pending pods and reserved CPU; nodes wanted."""
    nodes = node_scaling(prod)
    pending, reserved = Metric(0), Metric(0)
    alarms = [
        Alarm(name, prod.alarms[name], metric)
        for name, metric in zip(NAMES, (pending, reserved, reserved), strict=True)
    ]

    def run(minutes):
        wanted = []
        for minute, (pods, percent) in enumerate(minutes):
            pending.record(60 * minute, pods)
            reserved.record(60 * minute, percent)
            now = 60 * (minute + 1)
            nodes.step(now, [invocation for alarm in alarms for invocation in alarm.step(now)])
            wanted.append(nodes.capacity.desired)
        return nodes, wanted

    return run


def test_pending_pods_add_a_step_each_time_that_the_warm_up_is_over(drive):
    # Two of three minutes with a pending pod: at minute 2. Launch and warm-up take 210 s: again at minute 6.
    nodes, wanted = drive([(5, 50)] * 8)
    assert wanted == [6, 10, 10, 10, 10, 14, 14, 14]
    assert nodes.capacity.ready(480) == 14
    assert "nodes_pending_pods at 5" in nodes.capacity.changes[0].why


def test_new_nodes_serve_when_they_have_started(drive):
    nodes, _ = drive([(5, 50)] * 2)
    assert (nodes.capacity.ready(239), nodes.capacity.ready(240)) == (6, 10)


def test_reserved_cpu_adds_a_step_too(drive):
    _, wanted = drive([(0, 79.9)] * 3 + [(0, 85)] * 3)
    assert wanted == [6, 6, 6, 6, 10, 10]


def test_two_alarms_at_once_add_one_step(drive):
    _, wanted = drive([(3, 95)] * 3)
    assert wanted == [6, 10, 10]


def test_one_node_less_each_minute_after_a_quarter_of_an_hour(drive):
    _, wanted = drive([(3, 50)] * 2 + [(0, 20)] * 20)
    # Fifteen of fifteen minutes low: from minute 17 on, each node drained before the next one goes.
    assert wanted[:16] == [6] + [10] * 15
    assert wanted[16:] == [9, 8, 7, 6, 6, 6]


def test_never_below_the_minimum(drive):
    _, wanted = drive([(0, 5)] * 40)
    assert set(wanted) == {6}
