import pytest

from harness.capacity.calibration import calibrate, measure
from harness.capacity.errors import CalibrationError


def test_tables_of_what_was_measured(run):
    found = calibrate(measure(run))
    assert found.functions["commands"]["place_order"].duration_ms.mean == 5.5
    assert found.functions["commands"]["place_order"].calls == 1
    assert found.functions["queries"]["list_orders"].calls == 2
    assert found.cold_starts["commands"].init_ms.mean == 110
    assert found.cold_starts["commands"].first_ms.mean == 9
    assert found.publish_ms.mean == 3
    assert found.overflow_ms.mean == 8
    assert found.batches["orders"].fixed_ms == pytest.approx(5)
    assert found.batches["orders"].per_message_ms == pytest.approx(2)
    assert found.batches.keys() == {"orders", "notifications"}  # the job that prepares has none


def test_the_origin_is_the_runs(run):
    origin = calibrate(measure(run)).origin
    assert (origin.scenario, origin.seed, origin.verdict) == ("calibration", 7, "pass")
    assert (origin.utc, origin.processors) == ("2026-11-26T02:00:00Z", 2)
    assert origin.processor
    assert origin.busy_share == pytest.approx(0.5)


def test_a_run_without_what_is_needed_is_said(run):
    measured = measure(run)
    measured.publish.clear()
    with pytest.raises(CalibrationError, match="no command that the broker took"):
        calibrate(measured)
    measured.invocations.clear()
    with pytest.raises(CalibrationError, match="no warm invocation whose operation is known"):
        calibrate(measured)
