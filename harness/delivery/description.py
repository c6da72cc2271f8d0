"""The stack description, made from the plan: what would be applied is what replays and simulations run."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import stack
from harness.delivery import agreement, working_copy
from harness.delivery.errors import TerraformError
from harness.delivery.terraform import FLAG, Terraform, undeclared

_LAMBDA_SOURCES = Path(__file__).resolve().parents[2] / "lambda_src"
_PLAN = "offline.tfplan"
# Static keys, so that no person's are used or asked for; an offline plan sends them nowhere.
_KEYS = {"AWS_ACCESS_KEY_ID": "offline", "AWS_SECRET_ACCESS_KEY": "offline", "AWS_EC2_METADATA_DISABLED": "true"}
_PERSONAL = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL")


@dataclass(frozen=True)
class Description:
    """A stack description as `text`, the bytes of its file, and the plan that it came from (`terraform show -json`)."""

    text: str
    plan: Mapping[str, Any]


def describe(source: Path, environment: str, folder: Path) -> Description:
    """Plans `environment` of the configuration `source` without AWS, in the working folder `folder`.

    Raises TerraformError where the plan fails, where a value is for a variable that does not exist, where something in
    the description is unknown before apply, and where it differs from the planned resources; StackError where it has
    not the form that replays read.
    """
    working_copy.values_file(source, environment)
    working_copy.refresh(source, folder)
    placeholders = folder / "packages.tfvars.json"
    placeholders.write_text(json.dumps({"packages": _placeholders()}), "utf-8")
    terraform = Terraform(folder, _offline(os.environ))
    terraform.init()
    said = terraform.run(
        "plan",
        input=False,
        lock=False,
        refresh=False,
        json=FLAG,
        out=_PLAN,
        state="offline.tfstate",
        var=["offline=true"],
        var_file=[f"envs/{environment}.tfvars", placeholders.name],
    )
    ignored = undeclared(said)
    if ignored:
        raise TerraformError(f"envs/{environment}.tfvars: " + " ".join(ignored))
    plan = json.loads(terraform.run("show", _PLAN, json=FLAG))
    return Description(_text(plan), plan)


def _text(plan: Mapping[str, Any]) -> str:
    """The file's text for `plan`. Raises as `describe` does."""
    change = plan.get("output_changes", {}).get("stack")
    if change is None:
        raise TerraformError("the configuration has no output `stack`")
    unknown = list(unknown_leaves(change["after_unknown"]))
    if unknown:
        raise TerraformError("output stack: unknown before apply: " + ", ".join(unknown))
    value = change["after"]
    stack.parse(value)
    differences = agreement.differences(value, plan)
    if differences:
        raise TerraformError("output stack differs from the planned resources:\n  " + "\n  ".join(differences))
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


def unknown_leaves(marks: Any, place: str = "stack") -> Iterator[str]:
    """The places that Terraform marks as known only after apply."""
    if marks is True:
        yield place
    elif isinstance(marks, dict):
        for key, inner in marks.items():
            yield from unknown_leaves(inner, f"{place}.{key}")
    elif isinstance(marks, list):
        for index, inner in enumerate(marks):
            yield from unknown_leaves(inner, f"{place}[{index}]")


def _placeholders() -> dict[str, dict[str, str]]:
    """Stand for the functions' zips, of which the description holds nothing: it need not wait for `make package`."""
    names = sorted(path.parent.name for path in _LAMBDA_SOURCES.glob("*/handler.py"))
    return {name: {"path": f"{name}.zip", "sha256": "0" * 43 + "="} for name in names}


def _offline(environment: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith(("AWS_ENDPOINT_URL_", "TF_VAR_", "TF_CLI_ARGS")) and name not in _PERSONAL
    }
    return kept | _KEYS
