"""`harness capacity-search`, with days of a minute and a narrow throttle."""

import json

import pytest

from harness import cli, history
from harness.scenario.exit import Exit


@pytest.fixture
def short(tmp_path):
    """Arguments for a day of a minute."""
    counts = tmp_path / "minutes.txt"
    counts.write_text("60\n")

    def arguments(*more):
        narrow = ("--set", "api.throttle.rate_per_s=50", "--set", "api.throttle.burst=50", "--users", "300000")
        where = ("--profile", str(counts), "--out", str(tmp_path / "out"), "--replications", "10", "--processes", "1")
        return ["capacity-search", *narrow, *where, "--no-sensitivity", "--tolerance", "0.2", *more]

    return arguments


def test_a_result_is_written_and_summed_up(short, tmp_path, capsys):
    assert cli.main(short()) == Exit.PASS
    told = capsys.readouterr()
    (file,) = (tmp_path / "out").glob("*/result.json")
    value = json.loads(file.read_text())
    assert value.keys() > {
        "env",
        "users",
        "profile",
        "settings",
        "max_users",
        "binds",
        "sensitivity",
        "holds",
        "series",
    }
    assert value["users"] == value["max_users"]["users"] > 100_000
    assert f"{value['users']:,} users hold" in told.out
    assert "minutes to go" in told.err
    assert str(file) in told.err
    assert f"{value['users']:,}" in file.with_name("report.html").read_text()


def test_where_nothing_holds_it_fails_and_tells_what_was_tried(short, capsys):
    assert cli.main(short("--slo", "latency_ms.all.p99=0.01", "--json")) == Exit.FAIL
    value = json.loads(capsys.readouterr().out)
    assert value["max_users"]["users"] == 0
    assert value["max_users"]["tried"][0]["holds"] is False


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--set", "functions.comands.memory_mb=5"], "the nearest are functions.commands.memory_mb"),
        (["--slo", "latency_ms.all.p98=1"], "the nearest are latency_ms.all.p99"),
        (["--profile", "nosuch"], "no profile 'nosuch'; there are"),
        (["--env", "nosuch"], "nosuch"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(short, more, told, capsys):
    assert cli.main(short(*more)) == Exit.HARNESS_FAILED
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("harness: ")
    assert told in error


def test_what_was_recorded_has_no_number_of_users(short, tmp_path, capsys):
    file = tmp_path / "history.jsonl"
    with history.Writer(file) as writer:
        writer.write("meta", start=0)
        writer.write("invoke", op="1", action="read_product", scheduled=0, attempt=1)
    assert cli.main(short("--profile", str(file))) == Exit.HARNESS_FAILED
    assert "repeats what was recorded, whatever the users" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    "more", [["--users", "none"], ["--replications", "9"], ["--tolerance", "0"], ["--tolerance", "x"], ["--fault", "x"]]
)
def test_wrong_usage_is_told(more):
    with pytest.raises(SystemExit) as ended:
        cli.main(["capacity-search", *more])
    assert ended.value.code == Exit.HARNESS_FAILED


def test_help_tells_what_it_does(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["capacity-search", "--help"])
    assert ended.value.code == Exit.PASS
    assert "largest number of users" in capsys.readouterr().out
