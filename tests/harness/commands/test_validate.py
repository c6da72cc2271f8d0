"""`harness validate`, with runs that are stated by hand: no replay."""

import json

import pytest

from harness import cli
from harness.scenario.exit import Exit
from tests.harness.capacity.validation.conftest import leave_run, scenario


@pytest.fixture
def called(tmp_path):
    """The command, on two runs of each of two scenarios."""

    def call(*more, runs=2, **unseen):
        one, two = scenario(tmp_path, "one"), scenario(tmp_path, "two", rate=25)
        folders = [leave_run(tmp_path / f"one-{number}", one, number) for number in range(2)]
        folders += [leave_run(tmp_path / f"two-{number}", two, number, **unseen) for number in range(runs)]
        names = ["--calibrate-on", one.reference, "--predict", two.reference]
        out = ["--out", str(tmp_path / "out"), "--replications", "10"]
        return cli.main(["validate", *names, *out, "--runs", *map(str, folders), *more])

    return call


def test_runs_are_compared_and_the_result_is_written(called, tmp_path, capsys):
    code = called()
    told = capsys.readouterr()
    (file,) = (tmp_path / "out").glob("*/result.json")
    value = json.loads(file.read_text())
    assert code == {"within": Exit.PASS, "missed": Exit.FAIL}[value["verdict"]]
    assert [row["figure"] for row in value["rows"]] == ["p50_ms", "p95_ms", "p99_ms", "backlog_peak"]
    assert len(value["runs"]) == 4
    assert "calibrated on 2 runs of one, compared with 2 of two" in told.out
    assert str(file) in told.err


def test_a_machine_that_was_busy_says_nothing(called, capsys):
    assert called(used_s_per_s=1.4) == Exit.UNKNOWN
    assert "not comparable: " in capsys.readouterr().out


def test_json_is_what_the_file_has(called, tmp_path, capsys):
    called("--json")
    (file,) = (tmp_path / "out").glob("*/result.json")
    assert json.loads(capsys.readouterr().out) == json.loads(file.read_text())


def test_too_few_runs_are_told(called, capsys):
    assert called(runs=1) == Exit.HARNESS_FAILED
    assert "two: 1 runs with 1 seeds; 2 or more of one seed are needed" in capsys.readouterr().err


def test_a_scenario_against_itself_is_told(capsys):
    assert cli.main(["validate", "--calibrate-on", "smoke", "--predict", "smoke"]) == Exit.HARNESS_FAILED
    assert "smoke: a scenario cannot be held against itself" in capsys.readouterr().err


@pytest.mark.parametrize("more", [["--repeats", "1"], ["--replications", "3"], ["--seed", "one"]])
def test_wrong_usage_is_told(more):
    with pytest.raises(SystemExit) as ended:
        cli.main(["validate", *more])
    assert ended.value.code == Exit.HARNESS_FAILED
