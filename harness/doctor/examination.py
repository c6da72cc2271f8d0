"""The examination of this machine: what the probes found, and what that means for each command."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.doctor import accounts, machine, provisioning, servers, simulator, tools
from harness.doctor.commands import COMMANDS, Command
from harness.doctor.probes import LIMIT_S, Finding, Probe, look


@dataclass(frozen=True)
class Examination:
    """What was found, by probe; and the commands that it was found for."""

    findings: Mapping[str, Finding]
    commands: Sequence[Command]

    @property
    def ready(self) -> bool:
        """Whether the basic commands have everything."""
        return not any(self.lacking(command) for command in self.commands if command.basic)

    def lacking(self, command: Command) -> dict[str, Finding]:
        """What a command lacks, by probe."""
        found = {name: self.findings[name] for name in command.needs}
        return {name: finding for name, finding in found.items() if not finding.ready}

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        return {
            "ready": self.ready,
            "commands": {
                command.name: {
                    "ready": not (lacking := self.lacking(command)),
                    "basic": command.basic,
                    "lacks": [{"probe": name, "what": each.lacks, "run": each.run} for name, each in lacking.items()],
                }
                for command in self.commands
            },
            "findings": {
                name: {"ready": each.ready, "detail": each.detail, "lacks": each.lacks, "run": each.run}
                for name, each in self.findings.items()
            },
        }

    def show(self, console: Console) -> None:
        """For a person: what was found, then each command, with a paragraph for each thing that it lacks."""
        found = Table("", "found", box=None, pad_edge=False, header_style="bold")
        for name, finding in self.findings.items():
            found.add_row(_mark(finding.ready, name), Text(finding.detail))
        console.print(found)
        console.print(Text("\nmake …", style="bold"))
        for command in self.commands:
            lacking = self.lacking(command)
            console.print(_mark(not lacking, command.name if lacking else f"{command.name}: ready"))
            for finding in lacking.values():
                # What is to be run begins a line, since it is there to be copied.
                for indent, line in ((4, f"lacks {finding.lacks}"), (6, finding.run)):
                    if line:
                        console.print(Padding(Text(line), (0, 0, 0, indent), expand=False))


def examine(
    *, root: Path, packages: Path, checkov: Path, emulator: Path, run: Path, limit_s: float = LIMIT_S
) -> Examination:
    """Looks at this machine, for at most `limit_s` seconds.

    `root` is the project's folder, `packages` where the functions' packages are built, `checkov` its program,
    `emulator` the folder of the emulator of AWS, `run` that of the newest replay.
    """
    return Examination(look(probes(root, packages, checkov, emulator, run), limit_s), COMMANDS)


def probes(root: Path, packages: Path, checkov: Path, emulator: Path, run: Path) -> dict[str, Probe]:
    """Every probe by its name, in the order in which they are shown."""
    terraform = root / "terraform"
    return {
        "kernel": machine.kernel,
        "processors": machine.processors,
        "memory": machine.memory,
        "disk": machine.disk,
        "folder": machine.folder,
        "loopback": machine.loopback,
        "file limit": machine.files,
        "stack descriptions": partial(tools.descriptions, terraform),
        "native servers": servers.programs,
        "docker engine": servers.engine,
        "image builder": tools.builder,
        "server images": servers.images,
        "external servers": servers.addresses,
        "emulators": servers.emulators,
        "emulated AWS": partial(servers.emulated, emulator),
        "terraform": provisioning.terraform,
        "provider": provisioning.provider,
        "terraform configuration": provisioning.configuration,
        "checkov": partial(provisioning.checkov, checkov),
        "uv": tools.uv,
        "package dependencies": partial(tools.dependencies, root, packages),
        "credentials dev": partial(accounts.of, terraform, "dev"),
        "credentials prod": partial(accounts.of, terraform, "prod"),
        "kubectl": partial(tools.program, "kubectl", "version", "--client", "--output=json"),
        "helm": partial(tools.program, "helm", "version", "--short"),
        "finished replay": partial(simulator.replay, run),
        "calibration": simulator.calibration,
    }


def _mark(ready: bool, name: str) -> Text:
    return Text(f"{'+' if ready else '-'} {name}", style="green" if ready else "red")
