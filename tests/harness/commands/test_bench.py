"""`harness bench`."""

import json

import pytest

from harness import cli
from harness.capacity import bench
from harness.scenario.exit import Exit

QUICK = ["bench", "--requests", "2000", "--pipeline-requests", "2000", "--day-minutes", "1"]


def test_json_and_the_exit_code_agree(capsys):
    code = cli.main([*QUICK, "--json"])
    told = json.loads(capsys.readouterr().out)
    assert code == (Exit.PASS if told["holds"] else Exit.FAIL)


def test_a_slow_simulator_is_a_failure(monkeypatch, capsys):
    monkeypatch.setattr(bench, "WANTED_VS_SIMPY", 1e12)
    assert cli.main(QUICK) == Exit.FAIL
    assert "capacity_vs_simpy" in capsys.readouterr().out


@pytest.mark.parametrize("count", ["0", "many", "-5", "1000000000"])
def test_a_wrong_count_is_wrong_usage(count, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["bench", "--requests", count])
    assert ended.value.code == Exit.HARNESS_FAILED
    assert "a number from 1000 to 100000000" in capsys.readouterr().err
