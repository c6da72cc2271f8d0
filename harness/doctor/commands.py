"""What each command of the project needs, by the names of probes."""

from dataclasses import dataclass

MACHINE = ("kernel", "processors", "memory", "disk", "folder", "loopback", "file limit")
_RUNS = (*MACHINE, "emulators", "stack descriptions")
_PLANS = ("terraform", "provider", "terraform configuration")


@dataclass(frozen=True)
class Command:
    """A command, and the probes that must find all there. `basic`: what every user of the project needs."""

    name: str
    needs: tuple[str, ...]
    basic: bool = False


COMMANDS = (
    Command("replay SERVICES=native", (*_RUNS, "native servers"), basic=True),
    Command("replay SERVICES=containers", (*_RUNS, "docker engine", "server images")),
    Command("replay SERVICES=external", (*_RUNS, "external servers")),
    Command("stage", (*_RUNS, "native servers")),
    Command("test", (*_RUNS, "native servers"), basic=True),
    Command("test-containers", (*_RUNS, "docker engine", "server images")),
    Command("test-terraform", (*_PLANS, "checkov", "native servers")),
    Command("stack", _PLANS),
    Command("package", ("stack descriptions", "uv", "package dependencies")),
    Command("plan|apply|destroy ENV=local", (*_PLANS, *_RUNS, "uv", "package dependencies")),
    Command("verify-apply ENV=local", (*_RUNS, "emulated AWS")),
    Command("plan|apply|destroy ENV=dev", (*_PLANS, "uv", "package dependencies", "credentials dev")),
    Command("plan|apply|destroy ENV=prod", (*_PLANS, "uv", "package dependencies", "credentials prod")),
    Command("image", ("image builder",)),
    Command("deploy DRY_RUN=1", ("stack descriptions", "kubectl")),
    Command("deploy ENV=dev", (*_PLANS, "image builder", "kubectl", "helm", "credentials dev")),
    Command("deploy ENV=prod", (*_PLANS, "image builder", "kubectl", "helm", "credentials prod")),
    Command("cost", ("stack descriptions",)),
    Command("calibrate", ("finished replay",)),
    Command("capacity", ("processors", "memory", "stack descriptions", "calibration")),
    Command("capacity-search", ("processors", "memory", "stack descriptions", "calibration")),
    Command("validate", (*_RUNS, "native servers")),
    Command("bench", ("processors", "memory", "stack descriptions", "calibration")),
)
