"""A stage in another process, reached by its URL: rehearsed from outside, with and without its stores."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
NOWHERE = "http://127.0.0.1:9"

TINY = """\
name: tiny
description: a few seconds over the whole path
traffic:
  users: 4
  stages:
    - {duration_s: 4, rate_per_s: 25}
  mix:
    {create_user: 2, place_order: 4, repeat_order: 1, cancel_order: 1, read_order: 3, list_orders: 2, quote: 1,
     bad_body: 1, key_reuse: 1, expired_token: 1, foreign_order: 1}
quiescence_s: 20
"""


@dataclass
class Stage:
    """The deployed stage: `environment` names its stores, `token_command` prints tokens of its issuer."""

    process: "subprocess.Popen[str]"
    url: str
    environment: dict[str, str]
    token_command: str

    def scale(self, role: str, replicas: int) -> None:
        """Brings a role of workers to so many replicas."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(role, replicas, file=self.process.stdin, flush=True)
        assert self.process.stdout.readline() == "done\n"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One for all tests, so that later ones meet what earlier ones left on it."""
    folder = tmp_path_factory.mktemp("deployed")
    with (folder / "stderr").open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.harness.scenario.deployed_stage", folder / "issuer.pem", folder / "logs"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (folder / "stderr").read_text()
        told = json.loads(line)
        command = told["environment"].pop("TOKEN_COMMAND")
        yield Stage(process, told["url"], told["environment"], command)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=120)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY)
    return path


def start(tmp_path: Path, *arguments: object, **environment: str) -> "subprocess.Popen[str]":
    """`harness replay …`, in a world of its own and without stores of whoever runs the tests."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HARNESS_", "TOKEN_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "harness.cli", "replay", *map(str, arguments), "--out", str(tmp_path / "out")],
        cwd=ROOT,
        env={**clean, "HARNESS_TMP": str(tmp_path / "tmp"), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def replay(tmp_path: Path, *arguments: object, **environment: str) -> tuple[int, str, str]:
    """(exit code, stdout, stderr)."""
    process = start(tmp_path, *arguments, **environment)
    output, errors = process.communicate(timeout=200)
    return process.returncode, output, errors


def verdict(tmp_path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((tmp_path / "out" / "latest" / "verdict.json").read_text())
    return value


def verdicts(value: dict[str, Any], word: str) -> set[str]:
    return {name for name, check in value["checks"].items() if check["verdict"] == word}


FROM_OUTSIDE = {
    "settled", "non_monotonic_read", "duplicate_in_pages", "unexpected_answer", "failed_answers", "stale",
}  # fmt: skip


@pytest.mark.servers
def test_from_outside_a_run_passes_and_says_what_it_has_not_examined(stage: Stage, tmp_path: Path, tiny: Path) -> None:
    code, output, errors = replay(tmp_path, tiny, "--target", f"{stage.url}/", TOKEN_COMMAND=stage.token_command)
    assert code == 0, output + errors
    told = verdict(tmp_path)
    assert (told["verdict"], told["services"], told["target"]["url"]) == ("pass", "deployed", stage.url)
    assert told["target"]["left_out"] == ["action expired_token (needs the issuer's key)"]
    assert verdicts(told, "pass") == FROM_OUTSIDE
    assert told["checks"]["settled"]["examined"] > 0
    assert verdicts(told, "not_examined") == set(told["checks"]) - FROM_OUTSIDE
    assert told["checks"]["diverged"]["detail"] == "needs HARNESS_MYSQL_URL and HARNESS_DOCUMENTS_URL"
    assert f"tiny: PASS (seed 1, target {stage.url})" in output
    assert "checks   6 of 6 passed" in output
    assert "note     not examined: parked (needs HARNESS_BROKER_URL)" in output
    assert "starting servers" not in errors
    assert f"  results in {(tmp_path / 'out' / 'latest').resolve()}\n" in errors
    page = (tmp_path / "out" / "latest" / "report.html").read_text()
    assert f"target {stage.url}" in page
    assert "not examined</span>" in page


@pytest.mark.servers
def test_with_its_stores_the_same_seed_is_judged_on_a_stage_that_is_not_empty(
    stage: Stage, tmp_path: Path, tiny: Path
) -> None:
    for _ in range(2):
        code, output, errors = replay(
            tmp_path, tiny, "--target", stage.url, TOKEN_COMMAND=stage.token_command, **stage.environment
        )
        assert code == 0, output + errors
        told = verdict(tmp_path)
        assert verdicts(told, "pass") == set(told["checks"]) - {"failed_invocations"}
        assert told["checks"]["failed_invocations"]["verdict"] == "not_examined"
        assert told["versions"].keys() >= {"MySQL", "MongoDB", "RabbitMQ"}
        # Own users and no others.
        orders = told["checks"]["ordering"]["examined"]
        assert 0 < orders <= told["traffic"]["acknowledged"]


@pytest.mark.servers
def test_a_stage_that_processes_nothing_does_not_pass(stage: Stage, tmp_path: Path, tiny: Path) -> None:
    stage.scale("orders", 0)
    try:
        tiny.write_text(TINY.replace("quiescence_s: 20", "quiescence_s: 2"))
        code, output, errors = replay(tmp_path, tiny, "--target", stage.url, TOKEN_COMMAND=stage.token_command)
    finally:
        stage.scale("orders", 2)
    assert code == 2, output + errors
    told = verdict(tmp_path)
    assert (told["verdict"], told["checks"]["settled"]["verdict"]) == ("unknown", "unknown")
    assert told["checks"]["settled"]["count"] > 0
    assert any(reason.startswith("no quiescence within 2 s; left: orders unsettled:") for reason in told["reasons"])


@pytest.mark.servers
def test_what_was_acknowledged_and_is_gone_from_the_stores_is_caught(stage: Stage, tmp_path: Path, tiny: Path) -> None:
    """The API has shown the orders, but another database than the stage's is read."""
    elsewhere = stage.environment["HARNESS_DOCUMENTS_URL"].replace("/orders", "/elsewhere")
    tiny.write_text(TINY.replace("quiescence_s: 20", "quiescence_s: 2"))
    code, output, errors = replay(
        tmp_path,
        tiny,
        "--target",
        stage.url,
        TOKEN_COMMAND=stage.token_command,
        **{**stage.environment, "HARNESS_DOCUMENTS_URL": elsewhere},
    )
    assert code != 0, output + errors
    told = verdict(tmp_path)
    assert told["checks"]["diverged"]["count"] > 0
    assert told["checks"]["lost"]["verdict"] == "pass"


@pytest.mark.servers
def test_tokens_that_expire_during_the_run_are_renewed(stage: Stage, tmp_path: Path, tiny: Path) -> None:
    # A request needs 31 s of a token then: each is renewed 4 s after it was made.
    tiny.write_text(TINY.replace("traffic:", "traffic:\n  request_timeout_s: 1\n  retries: 0"))
    command = f'{stage.token_command} 35 && echo "$TOKEN_USER" >> {tmp_path}/asked'
    code, output, errors = replay(tmp_path, tiny, "--target", stage.url, TOKEN_COMMAND=command)
    assert code == 0, output + errors
    asked = (tmp_path / "asked").read_text().split()
    assert len(set(asked)) == 4
    assert len(asked) > 4


@pytest.mark.servers
def test_ctrl_c_ends_the_traffic_to_a_stage(stage: Stage, tmp_path: Path, tiny: Path) -> None:
    process = start(tmp_path, tiny, "--target", stage.url, TOKEN_COMMAND=stage.token_command)
    assert process.stderr is not None
    while "traffic (" not in (line := process.stderr.readline()):
        assert line, "the run ended before its traffic"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, ""), errors
    assert errors.endswith("harness: interrupted; everything that was started has been stopped\n")


@pytest.mark.servers
def test_a_stage_that_cannot_be_rehearsed_is_one_line_before_any_traffic(
    stage: Stage, tmp_path: Path, tiny: Path
) -> None:
    broken = stage.environment | {"HARNESS_MYSQL_URL": "mysql://a:b@127.0.0.1:9/orders"}
    forged = f"{sys.executable} -c " + shlex.quote(
        "import jwt, os; print(jwt.encode({'sub': os.environ['TOKEN_USER']}, 'k' * 32))"
    )
    for url, environment, expected in (
        (NOWHERE, {}, f"{NOWHERE} cannot be reached: Connection refused"),
        (stage.url.replace("http:", "https:"), {}, "cannot be reached: "),
        (f"{stage.url}/dev", {}, f"{stage.url}/dev/v1/health answered 404: this is not our API"),
        (stage.url, broken, "HARNESS_MYSQL_URL: 127.0.0.1:9 cannot be used: it refused the connection"),
        (stage.url, {"TOKEN_COMMAND": "exit 4"}, "TOKEN_COMMAND exited with 4 for"),
        (stage.url, {"TOKEN_COMMAND": forged}, f"{stage.url} refuses the token that TOKEN_COMMAND printed for"),
    ):
        code, output, errors = replay(
            tmp_path, tiny, "--target", url, **{"TOKEN_COMMAND": stage.token_command, **environment}
        )
        assert (code, output) == (3, ""), errors
        last = errors.splitlines()[-1]
        assert last.startswith("harness: ")
        assert expected in last
        assert "] traffic" not in errors
        assert "results in" not in errors
        assert not list((tmp_path / "out").iterdir())
        assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        (["--target", NOWHERE], {}, "TOKEN_COMMAND is not set"),
        (["--target", "nowhere"], {}, "target must be a URL such as"),
        (["smoke", "--target", NOWHERE], {"TOKEN_COMMAND": "mint"}, "has the fault broker_door"),
        (["steady", "--target", "http://h.example"], {"TOKEN_COMMAND": "mint"}, "say so with --yes (make: YES=1)"),
        (["--target", NOWHERE, "--services", "native"], {}, "--services native starts servers, and --target none"),
        (["--without-faults"], {}, "--without-faults is for --target"),
        (["--target", NOWHERE], {"TOKEN_COMMAND": "m", "HARNESS_MYSQL_URL": "x"}, "HARNESS_MYSQL_URL: not an address"),
    ],
)
def test_wrong_input_is_one_line(
    tmp_path: Path, arguments: list[str], environment: dict[str, str], expected: str
) -> None:
    code, output, errors = replay(tmp_path, *arguments, **environment)
    assert (code, output) == (3, "")
    [line] = errors.splitlines()
    assert line.startswith("harness: ")
    assert expected in line
