from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from database_scaler.decision import Cluster, Instance, Limits, Raised, decide
from harness.capacity.controllers import Alarm, DatabaseScaler, Delay, Metric
from harness.stack.alarm_rule import State


class Rig:
    """The stack's scaler and its two alarms on one metric of the CPU."""

    def __init__(self, stack, **options):
        self.cpu = Metric(0)
        self.out, self.in_ = (
            Alarm(name, stack.alarms[name], self.cpu) for name in ("documents_cpu_high", "documents_cpu_low")
        )
        self.scaler = DatabaseScaler.of(stack, out=self.out, in_=self.in_, **options)
        self.minute = 0

    def drive(self, values):
        wanted = []
        for value in values:
            self.cpu.record(60 * self.minute, value)
            self.minute += 1
            now = 60 * self.minute
            self.scaler.step(now, [*self.out.step(now), *self.in_.step(now)])
            wanted.append(self.scaler.capacity.desired)
        return wanted


@pytest.fixture
def rig(prod):
    return Rig(prod)


def changes(rig):
    return [(change.time_s / 60, change.after) for change in rig.scaler.capacity.changes]


def test_the_alarm_invokes_it_once_and_it_adds_one(rig):
    # Three of five minutes, at the third; ready nine minutes later.
    assert rig.drive([90] * 3) == [3, 3, 4]
    assert (rig.scaler.capacity.ready(180 + 539), rig.scaler.capacity.ready(180 + 540)) == (3, 4)


def test_the_schedule_carries_on_while_the_alarm_lasts(rig):
    # Added at 3, born at 12, cooldown until 22, and the next look of the schedule, every five minutes, is at 25.
    rig.drive([90] * 60)
    assert changes(rig) == [(3, 4), (25, 5), (45, 6)]


def test_a_short_alarm_during_the_cooldown_is_forgotten(rig):
    rig.drive([90] * 3 + [50] * 13 + [90] * 4 + [50] * 40)
    assert changes(rig) == [(3, 4)]


def test_in_by_one_in_each_half_hour_down_to_its_own(rig):
    rig.scaler.capacity.scale(0, 5, "")
    rig.drive([10] * 120)
    # The alarm is raised at 15; one goes each 30 minutes; the fixed three stay.
    assert changes(rig)[1:] == [(15, 4), (45, 3)]


def test_it_waits_for_an_instance_that_goes(prod):
    rig = Rig(prod, remove=Delay(1500, 2000, "", "low"))
    rig.scaler.capacity.scale(0, 4, "")
    rig.drive([10] * 15 + [90] * 40)
    # Removed at 15 and gone at 40, long after the cooldown of ten minutes.
    assert changes(rig)[1:] == [(15, 3), (40, 4)]


def test_never_above_the_maximum(rig):
    rig.drive([95] * 400)
    assert rig.scaler.capacity.desired == 10


def test_without_data_nothing_changes(prod):
    rig = Rig(prod)
    for now in range(0, 7200, 60):
        assert rig.scaler.step(now, [*rig.out.step(now), *rig.in_.step(now)]) is None


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_it_decides_as_the_function_does(prod, data):
    """At each look of a day with alarms at random: what lambda_src/database_scaler would do with the same cluster."""
    rig = Rig(prod)
    scaler, capacity, scaling = rig.scaler, rig.scaler.capacity, rig.scaler.scaling
    limits = Limits(scaling.minimum, scaling.maximum, scaling.cooldown_out_s, scaling.cooldown_in_s)
    acted_at, born = None, [None] * capacity.minimum
    for look in range(40):
        now_s = 300.0 * look
        raised = data.draw(st.sampled_from([(True, False), (False, True), (False, False), (True, True)]))
        rig.out.state, rig.in_.state = (State.ALARM if each else State.OK for each in raised)
        unrest = bool(capacity.starting(now_s) or capacity.leaving(now_s))
        instances = tuple(
            Instance(f"i{number}", "creating" if unrest else "available", number == 0, birth is not None, birth)
            for number, birth in enumerate(born)
        )
        decision = decide(
            Cluster("c", "arn", "available", instances, acted_at),
            Raised(*raised),
            limits,
            NOW + timedelta(seconds=now_s),
        )
        change = scaler.step(now_s, ())
        moved = 0 if change is None else change.after - change.before
        assert moved == {"add": 1, "remove": -1, "none": 0}[decision.action.value]
        if moved:
            acted_at = NOW + timedelta(seconds=now_s)
        if moved > 0:
            born.append(NOW + timedelta(seconds=capacity.starting(now_s)[-1].ready_at_s))
        if moved < 0:
            born.pop()
