"""A run that is stated by hand gives the numbers that stand in it."""

import json

import pytest

from harness.capacity.errors import CalibrationError, ValidationError
from harness.capacity.validation import observe
from tests.harness.capacity.validation.conftest import IDLE_S_PER_S, REQUEST_S, scenario


@pytest.fixture
def run(tmp_path, runs_of):
    return runs_of(scenario(tmp_path), 1)[0]


def test_figures_of_all_operations_but_those_that_ask_to_be_refused(run):
    found = observe(run)
    assert found.figures["p50_ms"] == pytest.approx(9, abs=0.3)
    assert found.figures["p95_ms"] == pytest.approx(10.8, abs=0.1)
    assert found.figures["p99_ms"] == pytest.approx(10.96, abs=0.05)
    # Not the functions that are busy: they hold no message.
    assert found.figures["backlog_peak"] == 42
    assert not any(each.action == "bad_body" for each in found.measured.answered)


def test_how_busy_the_machine_was_with_requests_and_without(tmp_path, runs_of):
    found = observe(runs_of(scenario(tmp_path), 1, others_s_per_s=0.3)[0])
    assert found.idle_s_per_s == pytest.approx(IDLE_S_PER_S)
    assert found.used_s_per_s == pytest.approx(IDLE_S_PER_S + REQUEST_S * found.requests_per_s)
    assert found.cpu_s["cloud"] == pytest.approx(0.1)
    assert found.busy_share == pytest.approx(found.used_s_per_s / 2 + 0.15)
    assert found.others_share == pytest.approx(0.15)


def test_whole_operations_count_from_when_they_were_due(run):
    found = observe(run).measured.answered
    assert found[0].latency_ms - found[0].invoked_ms == pytest.approx(3, abs=0.01)
    assert {each.function for each in found} == {"users", "commands", "queries", "quotes"}
    assert any(each.action == "place_order/overflow" for each in found)


def edited(run, edit):
    path = run / "history.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(record) + "\n" for record in records if edit(record)))


def test_a_run_of_before_that_does_not_tell_what_its_parts_took_is_refused(run):
    edited(run, lambda record: record.pop("cpu_s", None) or True)
    with pytest.raises(ValidationError, match="what its processes took; replay it anew"):
        observe(run)


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(CalibrationError, match="no finished run"):
        observe(tmp_path)
