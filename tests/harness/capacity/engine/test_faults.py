import pytest

from harness.capacity.engine import faults
from harness.capacity.engine.faults import FAULTS, Fault
from harness.capacity.errors import FaultError

DAY_S = 86_400.0


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("zone_lost@20h:30m", Fault("zone_lost", 72_000, 1800)),
        ("zone_lost@20.5h:90", Fault("zone_lost", 73_800, 90)),
        ("mysql_failover@90m", Fault("mysql_failover", 5400, FAULTS["mysql_failover"][0])),
        ("mysql_failover@23h59m:1m30s", Fault("mysql_failover", 86_340, 90)),
        ("deploy@0", Fault("deploy", 0, 0)),
    ],
)
def test_a_fault_has_a_name_a_time_and_a_duration(text, fault):
    assert faults.read([text], DAY_S) == (fault,)


def test_faults_come_in_order_of_time():
    assert [each.name for each in faults.read(["deploy@5h", "zone_lost@1h"], DAY_S)] == ["zone_lost", "deploy"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("zone_lost", "write NAME@TIME"),
        ("zone_last@20h", "did you mean zone_lost?"),
        ("deploy@noon", "'noon' is no time"),
        ("deploy@20h30", "'20h30' is no time"),
        ("deploy@1h:long", "'long' is no time"),
        ("deploy@24h", "the day ends at 24h"),
    ],
)
def test_a_wrong_fault_is_told_in_one_line(text, told):
    with pytest.raises(FaultError, match=told) as caught:
        faults.read([text], DAY_S)
    assert "\n" not in str(caught.value)


def test_a_fault_is_active_from_its_time_on_and_then_healed():
    fault = Fault("zone_lost", 10, 5)
    assert [fault.active(now_s) for now_s in (9.9, 10, 14.9, 15)] == [False, True, True, False]
