"""The Makefile hands its variables on as they were given."""

import os
import re
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
        (
            ["TARGET=https://api.example/dev", "SEED=7"],
            "harness replay 'smoke' --target 'https://api.example/dev' --without-faults --seed '7'",
        ),
        (["TARGET=http://h", "YES=1"], "harness replay 'smoke' --target 'http://h' --without-faults --yes"),
    ],
)
def test_replay_takes_variables_with_spaces_and_empty_ones(variables: list[str], command: str) -> None:
    # As if called from a shell, also where these tests themselves run under make.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    told = subprocess.run(
        ["make", "-n", "replay", *variables], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert re.sub(r"\s*\\\n\s*", " ", told.stdout).splitlines()[-1].strip().endswith(command)
