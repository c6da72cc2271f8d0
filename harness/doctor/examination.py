"""The examination of this machine: what the probes found, and what that means for each command."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.doctor import accounts, machine, provisioning, servers, tools
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
        """For a person: two tables, what was found and what each command lacks."""
        found = _table("", "found")
        for name, finding in self.findings.items():
            found.add_row(_mark(finding.ready, name), Text(finding.detail))
        commands = _table("make …", "", "run")
        for command in self.commands:
            lacking = self.lacking(command)
            if not lacking:
                commands.add_row(_mark(True, command.name), Text("ready"))
            for position, finding in enumerate(lacking.values()):
                name = "" if position else command.name
                commands.add_row(_mark(False, name), Text(f"lacks {finding.lacks}"), Text(finding.run or ""))
        for table in (found, commands):
            console.print(table)
            console.print()


def examine(*, root: Path, packages: Path, checkov: Path, emulator: Path, limit_s: float = LIMIT_S) -> Examination:
    """Looks at this machine, for at most `limit_s` seconds.

    `root` is the project's folder, `packages` where the functions' packages are built, `checkov` its program,
    `emulator` the folder of the emulator of AWS.
    """
    return Examination(look(probes(root, packages, checkov, emulator), limit_s), COMMANDS)


def probes(root: Path, packages: Path, checkov: Path, emulator: Path) -> dict[str, Probe]:
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
    }


def _table(*headers: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")  # a command that is cut cannot be copied
    return table


def _mark(ready: bool, name: str) -> Text:
    return Text(f"{'+' if ready else '-'} {name}" if name else "", style="green" if ready else "red")
