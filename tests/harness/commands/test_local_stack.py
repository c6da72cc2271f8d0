"""The whole stack on one machine: built, interrupted, changed, lost and removed, with the commands that a person types.

One story, since each part takes minutes: every test goes on from where the one before it stopped.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import emulator
from harness.delivery import environment

ROOT = Path(__file__).resolve().parents[3]
MANY = 60
"""Resources that are made, or gone, when the Ctrl-C comes: some of the stack, and far from all."""

pytestmark = [pytest.mark.timeout(1800), pytest.mark.usefixtures("terraform_here")]


class Machine:
    """`harness` in a build folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.build = folder
        self.state = folder / "environments" / "local"
        self._log = folder / "said"
        # Their profile and token lead nowhere near: the emulator is not asked with them.
        person = {"AWS_PROFILE": "nobody", "AWS_SESSION_TOKEN": "theirs", "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:9"}
        self._environment = {**os.environ, **person, "HARNESS_BUILD": str(folder), "YES": ""}

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Starts a command; what it says goes to `said`."""
        with self._log.open("wb") as said:
            return subprocess.Popen(
                [sys.executable, "-m", "harness.cli", *arguments],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            )

    def run(self, *arguments: str) -> tuple[int, str]:
        """The exit code of a command, and what it said."""
        return self.start(*arguments).wait(), self.said()

    def interrupt(self, sign: str, *arguments: str) -> tuple[int, str]:
        """As `run`, with a Ctrl-C once `sign` has been said MANY times."""
        process = self.start(*arguments)
        deadline = time.monotonic() + 600
        while self.said().count(sign) < MANY:
            assert process.poll() is None, self.said()[-2000:]
            assert time.monotonic() < deadline
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        return process.wait(120), self.said()

    def said(self) -> str:
        """What the last command has said so far."""
        return self._log.read_text("utf-8", "replace")

    @property
    def emulator(self) -> emulator.Emulator | None:
        """The running emulator."""
        return emulator.running(self.build / "emulator")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The machine of the whole story."""
    folder = tmp_path_factory.mktemp("build")
    yield Machine(folder)
    emulator.stop(folder / "emulator")


def test_an_interrupted_apply_keeps_what_was_made(machine: Machine) -> None:
    code, said = machine.interrupt("Creation complete", "apply")
    assert code == 130, said[-2000:]
    assert said.rstrip().endswith("interrupted; what was made is in the state, and `make apply` goes on from there")
    assert machine.emulator is not None
    assert environment.resources_in(machine.state) >= MANY


def test_the_next_apply_goes_on(machine: Machine) -> None:
    code, said = machine.run("apply")
    assert code == 0, said[-4000:]
    assert environment.resources_in(machine.state) > 300


def test_only_what_has_changing_names_is_made_anew_before_the_old_goes(machine: Machine) -> None:
    # Terraform extends create_before_destroy to all that a resource rests on. A queue, then, is "made" under the name
    # that it has, and the removal of the old one removes it.
    state = json.loads((machine.state / "terraform.tfstate").read_text("utf-8"))
    found = {
        resource["type"]
        for resource in state["resources"]
        for instance in resource["instances"]
        if instance.get("create_before_destroy")
    }
    assert found == {
        "aws_docdb_cluster_parameter_group",
        "aws_mq_configuration",
        "aws_rds_cluster_parameter_group",
        "terraform_data",
    }


def test_then_there_is_nothing_to_change(machine: Machine) -> None:
    code, said = machine.run("plan", "--check")
    assert (code, said.splitlines()[-1]) == (0, "local: nothing to change"), said[-4000:]
    code, said = machine.run("apply")
    assert code == 0
    assert said.splitlines()[-1].startswith("local: nothing to change")


def test_a_changed_variable_is_an_update_in_place(machine: Machine) -> None:
    changed = ("--var", "queues={overflow={visibility_timeout_s=180}}", "--var", "log_level=DEBUG")
    code, said = machine.run("apply", *changed)
    assert code == 0, said[-4000:]
    assert "must be replaced" not in said
    assert "will be destroyed" not in said
    assert "aws_sqs_queue.this" in said
    code, said = machine.run("plan", "--check", *changed)
    assert code == 0, said[-4000:]
    assert machine.run("apply")[0] == 0


def test_the_stack_is_what_its_description_says_and_its_alarms_act(machine: Machine) -> None:
    code, said = machine.run("verify-apply")
    assert code == 0, said[-4000:]
    code, said = machine.run("plan", "--check")
    assert code == 0, said[-4000:]


def test_a_destroy_asks(machine: Machine) -> None:
    code, said = machine.run("destroy")
    assert code == 3
    assert said.splitlines()[-1].endswith("confirm with --yes, or with YES=1")


def test_an_interrupted_destroy_keeps_what_is_left(machine: Machine) -> None:
    code, said = machine.interrupt("Destruction complete", "destroy", "--yes")
    assert code == 130, said[-2000:]
    assert said.rstrip().endswith("interrupted; what is left is in the state, and `make destroy` goes on from there")
    assert machine.emulator is not None
    assert environment.resources_in(machine.state) > 0


def test_the_next_destroy_leaves_nothing(machine: Machine) -> None:
    code, said = machine.run("destroy", "--yes", "--keep-emulator")
    assert code == 0, said[-4000:]
    assert said.splitlines()[-1] == "nothing is left in the emulator"
    assert environment.resources_in(machine.state) == 0
    assert machine.emulator is not None


def test_a_second_destroy_ends_the_emulator(machine: Machine) -> None:
    code, said = machine.run("destroy", "--yes")
    assert code == 0
    assert "local: nothing to destroy" in said
    assert machine.emulator is None


def test_a_lost_emulator_is_one_line_and_can_be_forgotten(machine: Machine) -> None:
    machine.interrupt("Creation complete", "apply")
    running = machine.emulator
    assert running is not None
    os.kill(running.process.pid, signal.SIGKILL)
    while running.alive:
        time.sleep(0.05)
    for command in (("plan",), ("apply",), ("destroy", "--yes"), ("verify-apply",)):
        code, said = machine.run(*command)
        assert code == 3
        assert len(said.splitlines()) == 1
        assert said.startswith("harness: the emulator has ended, and with it the ")
        assert "`make emulator-stop` forgets them" in said
    code, said = machine.run("emulator-stop")
    assert code == 0
    assert "resources were forgotten" in said
    assert environment.resources_in(machine.state) == 0
