"""`harness capacity`, with days of a few minutes."""

import json
import signal

import pytest

from harness import cli
from harness.commands import capacity
from harness.report import capacity_page
from harness.scenario.exit import Exit


@pytest.fixture
def short(tmp_path):
    """Arguments for a day of two minutes, of so many users."""
    counts = tmp_path / "minutes.txt"
    counts.write_text("60\n40\n")

    def arguments(users, *more):
        out = str(tmp_path / "out")
        return ["capacity", "--users", str(users), "--profile", str(counts), "--replications", "0", "--out", out, *more]

    return arguments


def test_a_result_is_written_and_summed_up(short, tmp_path, capsys):
    assert cli.main(short(50_000)) == Exit.PASS
    told = capsys.readouterr()
    (file,) = (tmp_path / "out").glob("*/result.json")
    value = json.loads(file.read_text())
    assert (value["env"], value["users"], value["holds"]) == ("prod", 50_000, True)
    assert "holds: " in told.out
    assert "nearest limit: " in told.out
    report = file.with_name("report.html")
    assert f"result: {file}\nreport: {report}\n" in told.err
    assert report.read_text() == capacity_page.render(value)


def test_json_is_what_the_file_has(short, tmp_path, capsys):
    cli.main(short(10_000, "--json"))
    (file,) = (tmp_path / "out").glob("*/result.json")
    assert json.loads(capsys.readouterr().out) == json.loads(file.read_text())


def test_a_setting_that_throttles_does_not_hold(short, capsys):
    assert cli.main(short(500_000, "--set", "api.throttle.rate_per_s=5", "--set", "api.throttle.burst=5")) == Exit.FAIL
    assert "binds: api.throttle" in capsys.readouterr().out


@pytest.mark.parametrize(
    "setting", ["alarms.api_5xx.period_s=0", "workers.orders.batch_size=0", "broker.connection_limit=0"]
)
def test_what_no_stack_runs_with_is_told_in_one_line(short, setting, capsys):
    assert cli.main(short(1000, "--set", setting)) == Exit.HARNESS_FAILED
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"harness: {setting}: no stack runs with that: ")


def test_an_account_that_takes_few_requests_a_second_does_not_hold(short, capsys):
    assert cli.main(short(500_000, "--assume", "requests_per_concurrency=0.0025", "--json")) == Exit.FAIL
    value = json.loads(capsys.readouterr().out)
    assert value["bottleneck"]["resource"] == "account.concurrent_executions (requests a second)"
    assert value["throttled"]["functions"] > 0
    assert value["throttled"]["api"] == 0


def test_another_limit_and_another_assumption_are_taken(short, capsys):
    more = ("--slo", "latency_ms.all.p99=1", "--assume", "hot_row=0.25", "--json")
    assert cli.main(short(10_000, *more)) == Exit.FAIL
    value = json.loads(capsys.readouterr().out)
    assert [each["holds"] for each in value["slos"]] == [False, True, True, True]
    assert {"name": "hot_row", "value": 0.25, "source": "given", "assumption": False} in value["inputs"]


def test_a_fault_is_among_the_inputs(short, capsys):
    cli.main(short(10_000, "--fault", "documents_down@30:30", "--json"))
    value = json.loads(capsys.readouterr().out)
    assert value["failed"] > 0
    assert any(each["name"] == "documents_down" for each in value["inputs"])
    assert value["faults"] == [{"name": "documents_down", "at_s": 30.0, "lasts_s": 30.0}]


def test_a_fault_that_breaks_a_level_is_told_before_the_limits(short, capsys):
    assert cli.main(short(50_000, "--fault", "mysql_failover@30:30")) == Exit.FAIL
    told = capsys.readouterr().out
    assert "\nbreaks: fault mysql_failover at 00:00\nbusiest limit: " in told
    assert "create_user: " in told
    assert "database away " in told


def test_an_interruption_leaves_nothing(short, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(capacity._Progress, "__call__", lambda *_: signal.raise_signal(signal.SIGINT))
    assert cli.main(short(10_000)) == Exit.INTERRUPTED
    assert "interrupted; nothing was written" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--set", "functions.comands.memory_mb=5"], "the nearest are functions.commands.memory_mb"),
        (["--fault", "zone_last@20h"], "did you mean zone_lost"),
        (["--fault", "zone_lost@20h"], "the day ends at"),
        (["--assume", "hot_rows=1"], "there is no hot_rows; the nearest are hot_row"),
        (["--assume", "hot_row=much"], "write hot_row=NUMBER"),
        (["--slo", "latency_ms.all.p98=1"], "the nearest are latency_ms.all.p99"),
        (["--profile", "nosuch"], "no profile 'nosuch'; there are"),
        (["--env", "nosuch"], "nosuch"),
        (["--calibration", "nosuch.json"], "cannot be read"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(short, more, told, capsys):
    assert cli.main(short(1000, *more)) == Exit.HARNESS_FAILED
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("harness: ")
    assert told in error


@pytest.mark.parametrize("more", [["--users", "none"], ["--users", "0"], ["--replications", "3"]])
def test_wrong_usage_is_told(more):
    with pytest.raises(SystemExit) as ended:
        cli.main(["capacity", *more])
    assert ended.value.code == Exit.HARNESS_FAILED
