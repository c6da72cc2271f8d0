"""Plan, apply and destroy of a small configuration that needs no AWS, with the real Terraform."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.delivery import environment
from harness.delivery.environment import Environment
from harness.delivery.errors import TerraformError
from harness.delivery.terraform import Platform

ON_ITS_OWN = Platform()
ROOT = Path(__file__).resolve().parents[3]

MAIN = """
variable "size" { type = number }
variable "pause_s" { type = number }

resource "terraform_data" "one" {
  input = var.size
}

resource "terraform_data" "slow" {
  depends_on = [terraform_data.one]
  provisioner "local-exec" { command = "touch started; sleep ${var.pause_s}" }
}

output "size" { value = terraform_data.one.output }
"""


@pytest.fixture
def source(terraform_here: None, tmp_path: Path) -> Path:
    """The configuration, with one environment and the file of its packages."""
    folder = tmp_path / "source"
    (folder / "envs").mkdir(parents=True)
    (folder / "main.tf").write_text(MAIN)
    (folder / ".terraform.lock.hcl").write_text("")
    (folder / "envs" / "local.tfvars").write_text("size = 1\npause_s = 0\n")
    (tmp_path / "packages.tfvars.json").write_text("{}")
    return folder


@pytest.fixture
def opened(source: Path, tmp_path: Path) -> Callable[..., Environment]:
    """Opens the environment: opened("size=2") with values of its own."""

    def open_(*values: str, platform: Platform = ON_ITS_OWN) -> Environment:
        found = Environment(
            source,
            "local",
            tmp_path / "work",
            local_state=True,
            variables=dict(os.environ),
            values=values,
            platform=platform,
        )
        found.init()
        return found

    return open_


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    return tmp_path / "packages.tfvars.json"


def test_apply_then_nothing_to_do_then_an_update_then_nothing_left(opened, packages, tmp_path) -> None:
    folder = tmp_path / "work"
    assert environment.resources_in(folder) == 0
    first = opened()
    plan = first.plan(packages)
    assert plan.summary() == "2 to create"
    assert not plan.empty
    first.apply()
    assert first.outputs() == {"size": 1}
    assert environment.resources_in(folder) == 2

    again = opened().plan(packages)
    assert again.empty
    assert again.summary() == "nothing to change"

    changed = opened("size=2")
    assert changed.plan(packages).changes == {"terraform_data.one": "update"}
    changed.apply()
    assert changed.outputs() == {"size": 2}

    last = opened()
    assert last.plan(packages, destroy=True).summary() == "2 to delete"
    last.apply()
    assert environment.resources_in(folder) == 0


def test_a_failure_shows_what_terraform_said(opened, packages) -> None:
    with pytest.raises(TerraformError, match=r"(?s)^terraform plan failed\n.*a number is\srequired"):
        opened("size=many").plan(packages)


def test_an_environment_without_a_backend_file_is_refused(source, tmp_path) -> None:
    with pytest.raises(TerraformError, match=r"local\.s3\.tfbackend: missing; it says where the state"):
        Environment(source, "local", tmp_path / "work", local_state=False, variables=dict(os.environ))


def test_a_broken_state_is_named(tmp_path) -> None:
    (tmp_path / "terraform.tfstate").write_text("{")
    with pytest.raises(TerraformError, match=r"terraform\.tfstate: not a state file"):
        environment.resources_in(tmp_path)


def test_forgetting_a_state_that_is_not_there_does_nothing(tmp_path) -> None:
    environment.forget(tmp_path)
    assert environment.resources_in(tmp_path) == 0


_SLOW_APPLY = """
import contextlib, os, sys
from pathlib import Path
from harness.delivery.environment import Environment
from harness.delivery.terraform import Platform
from harness.process import Interrupted, interruptible

@contextlib.contextmanager
def held():
    Path(sys.argv[2], "held").touch()
    yield
    Path(sys.argv[2], "let go").touch()

found = Environment(Path(sys.argv[1]), "local", Path(sys.argv[2]), local_state=True, variables=dict(os.environ),
                    values=["pause_s=30"], platform=Platform(held=held))
found.init()
try:
    with interruptible():
        found.plan(Path(sys.argv[3]))
        found.apply()
except Interrupted:
    sys.exit(130)
"""


@pytest.fixture
def slow_apply(source, packages, tmp_path):
    """An apply in another process, in the middle of its second resource."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SLOW_APPLY, str(source), str(tmp_path / "work"), str(packages)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "work" / "started").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield process
    process.send_signal(signal.SIGINT)
    process.wait(120)


def test_ctrl_c_saves_the_state_and_the_next_apply_goes_on(slow_apply, opened, packages, tmp_path) -> None:
    slow_apply.send_signal(signal.SIGINT)
    assert slow_apply.wait(120) == 130
    assert environment.resources_in(tmp_path / "work") == 2  # the second one is tainted
    assert (tmp_path / "work" / "held").exists()
    assert (tmp_path / "work" / "let go").exists()
    resumed = opened()
    assert resumed.plan(packages).changes == {"terraform_data.slow": "delete, create"}
    resumed.apply()
    assert opened().plan(packages).empty


def test_a_locked_state_is_one_line_that_names_the_folder(slow_apply, opened, packages, tmp_path) -> None:
    with pytest.raises(TerraformError) as refused:
        opened().plan(packages)
    line = str(refused.value)
    assert "\n" not in line
    assert line.startswith("terraform: the state is locked by ")
    assert "wait until that run has ended" in line
    assert line.endswith(f"` in {tmp_path / 'work'}")


def test_what_is_lost_ends_terraform_and_is_told(opened, packages, tmp_path) -> None:
    def lost() -> str | None:
        return "the lights went out" if (tmp_path / "work" / "started").exists() else None

    dark = opened("pause_s=30", platform=Platform(lost=lost))
    dark.plan(packages)
    with pytest.raises(TerraformError, match=r"^the lights went out$"):
        dark.apply()
    assert opened().plan(packages).changes == {"terraform_data.slow": "delete, create"}
