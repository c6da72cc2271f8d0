"""One environment of the configuration, planned, applied and destroyed where Terraform may write."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.delivery import working_copy
from harness.delivery.errors import TerraformError
from harness.delivery.terraform import FLAG, Platform, Terraform

_PLAN = "next.tfplan"
_STATE = "terraform.tfstate"
_AWS = Platform()


@dataclass(frozen=True)
class Plan:
    """A saved plan: for each address that changes what is done to it, such as `create` or `delete, create`."""

    changes: Mapping[str, str]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes

    def losses(self) -> list[str]:
        """What is deleted or replaced, by address."""
        return sorted(address for address, actions in self.changes.items() if "delete" in actions)

    def summary(self) -> str:
        """How many of each, in one line."""
        counts = Counter("replace" if "," in actions else actions for actions in self.changes.values())
        return ", ".join(f"{count} to {action}" for action, count in sorted(counts.items())) or "nothing to change"


class Environment:
    """Environment `name` of the configuration `source`, in the working folder `folder`.

    With `local_state` its state stays in that folder; otherwise it is where envs/<name>.s3.tfbackend says. `variables`
    is Terraform's own environment; `values` are variables of the configuration, as `name=value`, that go before those
    of its file. `parallelism` is how many resources Terraform works on at once, if not its own 10.
    """

    def __init__(
        self,
        source: Path,
        name: str,
        folder: Path,
        *,
        local_state: bool,
        variables: Mapping[str, str],
        values: Sequence[str] = (),
        platform: Platform = _AWS,
        parallelism: int | None = None,
    ) -> None:
        self.name = name
        self.folder = folder
        self._values = list(values)
        self._platform = platform
        self._parallelism = parallelism
        self._local_state = local_state
        backend = source / "envs" / f"{name}.s3.tfbackend"
        if not local_state and not backend.is_file():
            raise TerraformError(f"{backend}: missing; it says where the state of {name} is kept")
        working_copy.refresh(source, folder, local_state=local_state)
        self._terraform = Terraform(folder, variables)

    def init(self) -> None:
        """Installs providers and modules, and opens the state."""
        self._terraform.init(None if self._local_state else f"envs/{self.name}.s3.tfbackend")

    def plan(self, packages: Path, *, destroy: bool = False) -> Plan:
        """Shows a plan and saves it. Raises TerraformError where it fails."""
        self._terraform.watch(
            "plan",
            platform=self._platform,
            input=False,
            out=_PLAN,
            destroy=FLAG if destroy else None,
            parallelism=self._parallelism,
            var_file=[f"envs/{self.name}.tfvars", str(packages)],
            var=self._values,
        )
        shown: dict[str, Any] = json.loads(self._terraform.run("show", _PLAN, json=FLAG))
        changes = {
            change["address"]: ", ".join(change["change"]["actions"])
            for change in shown.get("resource_changes", [])
            if change["mode"] == "managed" and change["change"]["actions"] != ["no-op"]
        }
        outputs = {
            f"output.{name}": ", ".join(change["actions"])
            for name, change in shown.get("output_changes", {}).items()
            if change["actions"] != ["no-op"]
        }
        return Plan(changes or outputs)

    def apply(self) -> None:
        """Carries out the saved plan. Raises TerraformError where it fails; what was done is in the state."""
        self._terraform.watch("apply", _PLAN, platform=self._platform, input=False, parallelism=self._parallelism)

    def outputs(self) -> Mapping[str, Any]:
        """The outputs' values, as the state has them; empty where nothing is applied."""
        found = json.loads(self._terraform.run("output", json=FLAG))
        return {name: output["value"] for name, output in found.items()}


def resources_in(folder: Path) -> int:
    """How many resources the local state in `folder` has: 0 where there is none."""
    try:
        state = json.loads((folder / _STATE).read_text("utf-8"))
    except FileNotFoundError:
        return 0
    except ValueError:
        raise TerraformError(
            f"{folder / _STATE}: not a state file; Terraform keeps the one before as *.backup"
        ) from None
    return sum(len(resource["instances"]) for resource in state["resources"] if resource["mode"] == "managed")


def forget(folder: Path) -> None:
    """Removes the local state in `folder`: for when what it describes is gone."""
    for file in (*folder.glob(f"{_STATE}*"), folder / _PLAN, folder / ".terraform.tfstate.lock.info"):
        file.unlink(missing_ok=True)
