"""The Makefile hands its variables on as they were given."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("variables", "command"),
    [
        ([], "harness replay 'smoke' --services 'auto'"),
        (["SCENARIO=my own.yaml", "SEED=7"], "harness replay 'my own.yaml' --services 'auto' --seed '7'"),
        (["SCENARIO=", "SERVICES=", "SEED="], "harness replay 'smoke' --services 'auto'"),
    ],
)
def test_replay_takes_variables_with_spaces_and_empty_ones(variables: list[str], command: str) -> None:
    told = subprocess.run(["make", "-n", "replay", *variables], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1].strip().endswith(command)
