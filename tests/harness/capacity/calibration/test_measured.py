import pytest

from harness.capacity.calibration import measure
from harness.capacity.errors import CalibrationError


def test_warm_invocations_by_function_and_operation(run):
    found = measure(run)
    assert found.invocations == {
        "commands": {"place_order": [5.0, 6.0], "cancel_order/overflow": [25.0]},
        "queries": {"list_orders": [4.0, 6.0]},
    }


def test_a_cold_start_is_a_case_of_its_own(run):
    found = measure(run)
    assert found.first == {"commands": [9.0]}
    assert found.init == {"commands": [100.0, 120.0]}


def test_publishing_through_the_broker_and_through_sqs(run):
    found = measure(run)
    assert found.publish == [2.5, 3.5]
    assert found.overflow == [8.0]


def test_what_failed_is_counted_and_left_out(run):
    assert measure(run).failed == {"commands": 1}


def test_what_clients_waited_for_beyond_the_invocation(run):
    found = measure(run)
    # The list took two invocations, and one place two attempts: nobody knows what of the wait was whose.
    assert found.gateway == pytest.approx([2.0, 5.0])
    assert found.client == {"place_order": [7.0], "cancel_order": [30.0], "list_orders": [20.0]}
    assert found.calls == {"place_order": [1], "cancel_order": [1], "list_orders": [2]}


def test_batches_of_every_replica_and_of_event_sources(run):
    found = measure(run)
    assert found.batches["orders"] == [
        (1, pytest.approx(7)),
        (2, pytest.approx(9)),
        (5, pytest.approx(15)),
        (10, pytest.approx(25)),
    ]
    assert found.batches["notifications"] == [(3, 11.0)]


def test_how_busy_the_machine_was_during_the_traffic(run):
    assert measure(run).busy_s_per_s == pytest.approx(1.0)


def test_a_run_that_did_not_look_at_the_machine_is_said(run):
    history = run / "history.jsonl"
    history.write_text(history.read_text().replace('"busy_s"', '"other"'))
    with pytest.raises(CalibrationError, match="nobody looked at the machine while there was traffic"):
        measure(run)


def test_a_folder_without_a_finished_run_is_said(run):
    with pytest.raises(CalibrationError, match=r"there is no finished run \(verdict.json is missing\); make replay"):
        measure(run.parent)
    (run / "verdict.json").write_text("{")
    with pytest.raises(CalibrationError, match=r"verdict\.json: not JSON"):
        measure(run)
    (run / "verdict.json").write_text("[]")
    with pytest.raises(CalibrationError, match="not a verdict of a replay"):
        measure(run)


def test_a_run_that_left_no_logs_is_said(run):
    for log in (run / "logs" / "functions").iterdir():
        log.unlink()
    with pytest.raises(CalibrationError, match="no logs of functions; only a replay on this machine has them"):
        measure(run)


def test_a_history_that_cannot_be_read_is_said(run):
    (run / "history.jsonl").unlink()
    with pytest.raises(CalibrationError, match="the history cannot be read"):
        measure(run)


def test_a_timing_that_is_none_is_said_with_its_line(run):
    file = run / "logs" / "workers" / "orders-2.timings.jsonl"
    file.write_text('{"t": 1, "size": 1, "seconds": 1}\n{"t": 1}\n')
    with pytest.raises(CalibrationError, match=r"orders-2\.timings\.jsonl:2: no size and seconds"):
        measure(run)


def test_whole_operations_have_all_their_invocations(run):
    # One was tried twice, and is none of them.
    found = {each.action: each for each in measure(run).answered}
    assert found.keys() == {"place_order", "cancel_order/overflow", "list_orders"}
    assert (found["list_orders"].function, found["list_orders"].invoked_ms) == ("queries", 10.0)
