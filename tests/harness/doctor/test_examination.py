import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from harness.doctor import Examination
from harness.doctor.commands import COMMANDS, Command
from harness.doctor.examination import probes
from harness.doctor.probes import Finding

ROOT = Path(__file__).resolve().parents[3]

FOUND = {"disk": Finding("plenty"), "helm": Finding("not on the PATH", lacks="helm", run="install Helm")}


def test_every_need_has_a_probe_and_every_probe_a_command() -> None:
    needed = {name for command in COMMANDS for name in command.needs}
    assert needed == set(probes(ROOT, ROOT / "build", ROOT / "checkov", ROOT / "emulator", ROOT / "run"))


def test_every_command_is_a_target_of_make() -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8")))
    assert {name for command in COMMANDS for name in command.name.split()[0].split("|")} <= targets


def test_only_basic_commands_count() -> None:
    basic, deploy = Command("replay", ("disk",), basic=True), Command("deploy", ("disk", "helm"))
    assert Examination(FOUND, (basic, deploy)).ready
    assert not Examination(FOUND, (Command("replay", ("helm",), basic=True),)).ready


def test_for_scripts() -> None:
    value = Examination(FOUND, (Command("deploy", ("disk", "helm")),)).as_json()
    assert value["ready"]
    assert value["commands"]["deploy"] == {
        "ready": False,
        "basic": False,
        "lacks": [{"probe": "helm", "what": "helm", "run": "install Helm"}],
    }
    assert value["findings"]["disk"] == {"ready": True, "detail": "plenty", "lacks": None, "run": None}


def test_for_people() -> None:
    out = io.StringIO()
    commands = (Command("replay", ("disk",)), Command("deploy", ("disk", "helm")))
    Examination(FOUND, commands).show(Console(file=out, width=80))
    shown = [line.rstrip() for line in out.getvalue().splitlines()]
    assert shown[-5:] == ["make …", "+ replay: ready", "- deploy", "    lacks helm", "      install Helm"]


def test_lines_are_no_longer_than_the_window_and_no_word_is_cut() -> None:
    address = "write for example HARNESS_BROKER_URL=amqp://admin:secret@rabbit.example:5672/%2F"
    lacks = "HARNESS_BROKER_URL is not set, which SERVICES=external needs (and 3 more)"
    findings = {"servers": Finding("not usable", lacks=lacks, run=address)}
    out = io.StringIO()
    Examination(findings, (Command("replay SERVICES=external", ("servers",)),)).show(Console(file=out, width=80))
    assert max(map(len, out.getvalue().splitlines())) <= 80
    assert {*address.split(), *lacks.split()} <= set(out.getvalue().split())


def test_a_machine_with_nothing(tmp_path: Path) -> None:
    """As a process of its own, on a PATH without programs: it says what is missing, and leaves everything as it was."""
    code = (
        "import json, pathlib, sys; from harness.doctor import examine; root = pathlib.Path(sys.argv[1])\n"
        "found = examine(root=root, packages=root / 'none', checkov=root / 'none', "
        "emulator=root / 'none', run=root / 'none', limit_s=30)\n"
        "print(json.dumps(found.as_json()))"
    )
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("HARNESS_", "AWS_", "TF_"))},
        "PATH": str(tmp_path / "bin"),
        "HOME": str(tmp_path),
        "HARNESS_TMP": str(tmp_path / "runs"),
        "DOCKER_HOST": f"unix://{tmp_path}/none",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    done = subprocess.run([sys.executable, "-c", code, ROOT], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)
    for name in ("image builder", "external servers", "terraform", "kubectl", "helm", "checkov", "credentials prod"):
        assert not value["findings"][name]["ready"], name
    assert value["findings"]["kernel"]["ready"]
    lacking = {need["probe"] for need in value["commands"]["deploy ENV=prod"]["lacks"]}
    assert {"terraform", "image builder", "kubectl", "helm", "credentials prod"} <= lacking
    assert list(tmp_path.iterdir()) == []
