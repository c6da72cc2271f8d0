"""What a person and a script are told, and the exit code."""

import dataclasses
import json

import pytest

from harness.capacity.validation import Prediction, Validation, calibrate, observe
from tests.harness.capacity.validation.conftest import scenario


@pytest.fixture
def validation_of(tmp_path, runs_of):
    """Two runs of each of two scenarios, and a prediction that is off by some factor."""

    def make(off=1.0, own=1.0, **unseen):
        one, two = scenario(tmp_path, "one"), scenario(tmp_path, "two", rate=40)
        calibrated = [observe(run) for run in runs_of(one)]
        found = [observe(run) for run in runs_of(two, **unseen)]
        said, known = (
            Prediction({name: value * factor for name, value in of.figures.items()}, 0.5, 10)
            for of, factor in ((found[0], off), (calibrated[0], own))
        )
        times = calibrate(calibrated)
        return Validation(calibrated, found, times, known, said, said, found[0].met)

    return make


def test_all_within(validation_of):
    found = validation_of()
    assert found.verdict == "within"
    assert "MISSED" not in found.told()
    assert json.loads(json.dumps(found.as_json()))["verdict"] == "within"


def test_a_miss_names_the_part_that_is_farthest_off(validation_of):
    found = validation_of(off=1.12)
    assert found.verdict == "missed"
    assert [row.figure for row in found.rows if not row.within] == ["p50_ms", "p95_ms"]
    last = found.told().splitlines()[-1]
    assert last.startswith("missed: latency p50, latency p95. Processors: 50% predicted, ")
    assert "is farthest off" in last


def test_a_miss_of_what_is_known_is_not_blamed_on_load(validation_of):
    assert "Of the runs that it knows it misses latency p50 too" in validation_of(off=1.2, own=1.07).told()


def test_a_machine_that_was_busy_makes_it_not_comparable(validation_of):
    found = validation_of(off=2.0, used_s_per_s=1.3)
    assert found.verdict == "not comparable"
    assert "the machine was busy for 65%, more than 60%" in found.told()


def test_a_run_that_did_not_pass_makes_it_not_comparable(validation_of):
    found = validation_of(verdict="fail")
    assert found.verdict == "not comparable"
    assert "two-0 did not pass" in found.told()


def test_other_programs_are_a_remark(validation_of):
    found = validation_of(others_s_per_s=0.2)
    assert "other programs took up to 10% of the machine (two-0)" in found.told()
    assert dataclasses.replace(found, unseen=found.calibrated).remarks == []
