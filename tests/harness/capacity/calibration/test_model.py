import dataclasses
import json

import pytest

from harness.capacity.calibration import Calibration, calibrate, measure
from harness.capacity.calibration.model import DEFAULT
from harness.capacity.errors import CalibrationError


def test_it_comes_back_from_its_file(run, tmp_path):
    found = calibrate(measure(run))
    path = tmp_path / "new" / "calibration.json"
    found.write(path)
    again = Calibration.load(path)
    assert again.origin == found.origin
    assert again.functions["commands"]["place_order"].duration_ms.values == pytest.approx(
        found.functions["commands"]["place_order"].duration_ms.values, abs=0.001
    )
    assert again.dumps() == found.dumps()
    assert not list(path.parent.glob(".*"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "not JSON"),
        ("{}", "not a calibration of form 1; harness calibrate makes one"),
        ('{"form": 1, "probabilities": [0, 1]}', "not a calibration of form 1"),
    ],
)
def test_what_is_no_calibration_is_said(tmp_path, text, expected):
    path = tmp_path / "calibration.json"
    path.write_text(text)
    with pytest.raises(CalibrationError, match=expected):
        Calibration.load(path)
    with pytest.raises(CalibrationError, match="cannot be read"):
        Calibration.load(tmp_path / "none.json")


def test_a_part_that_is_missing_is_said(run, tmp_path):
    path = tmp_path / "calibration.json"
    value = json.loads(calibrate(measure(run)).dumps())
    del value["publish_ms"]["values"][3]
    path.write_text(json.dumps(value))
    with pytest.raises(CalibrationError, match="not a calibration: TypeError: 25 quantiles where there are 26"):
        Calibration.load(path)


def test_what_is_to_be_doubted_is_remarked(run):
    found = calibrate(measure(run))
    remarks = "\n".join(found.remarks())
    assert "few samples, so that tails are not known: commands cancel_order/overflow (1), commands place_order (2)" in (
        remarks
    )
    assert "batches of notifications: what a message adds could not be told" in remarks
    assert "batches of orders" not in remarks
    assert "largest seen: notifications 3, orders 10" in remarks
    assert "mysql on Aurora db.r7g: factor 1 assumed" in remarks
    assert "busy" not in remarks
    busy = dataclasses.replace(found, origin=dataclasses.replace(found.origin, busy_share=0.75))
    assert "the machine was busy (75% of 2 processors)" in "\n".join(busy.remarks())


def test_the_committed_calibration_has_every_part_and_says_where_it_comes_from():
    found = Calibration.load()
    assert found.dumps() == DEFAULT.read_text("utf-8")
    assert found.origin.scenario == "calibration"
    assert found.origin.utc
    assert found.origin.verdict == "pass"
    assert {"commands", "queries", "users", "quotes"} <= found.functions.keys()
    assert {"orders", "outbox", "read_model", "notifications", "overflow_relay", "pricing"} <= found.batches.keys()
    assert {"place_order", "read_order"} <= found.client_ms.keys()
    assert found.overflow_ms is not None
    for part in ("functions", "workers", "mysql", "documents", "broker"):
        assert found.factors[part].confidence == "low"
        assert found.factors[part].reason
