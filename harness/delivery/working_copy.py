"""The configuration, copied to where Terraform may write: the source tree stays as it is in git."""

import re
import shutil
from pathlib import Path

from harness.delivery.errors import TerraformError

_PARTS = ("*.tf", "*.tf.json", ".terraform.lock.hcl", "modules", "envs")
_LOCAL_BACKEND = """# State of this working copy alone.
terraform {
  backend "local" {}
}
"""


def refresh(source: Path, folder: Path, *, with_tests: bool = False, local_state: bool = True) -> None:
    """Makes `folder` hold the configuration of `source`. What Terraform keeps there stays.

    With `local_state` it has a local backend in place of its own.

    Its tests come along only when asked for: Terraform would install what they refer to as well.
    """
    if not (source / "main.tf").is_file():
        raise TerraformError(f"{source}: no Terraform configuration (no main.tf)")
    folder.mkdir(parents=True, exist_ok=True)
    parts = (*_PARTS, "tests") if with_tests else _PARTS
    for old in [path for part in (*_PARTS, "tests") for path in folder.glob(part)]:
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    for path in [path for part in parts for path in source.glob(part)]:
        if path.is_dir():
            shutil.copytree(path, folder / path.name, ignore=shutil.ignore_patterns(".terraform"))
        else:
            shutil.copy2(path, folder / path.name)
    if local_state:
        (folder / "backend_override.tf").write_text(_LOCAL_BACKEND, "utf-8")


def environments(source: Path) -> list[str]:
    """The environments that `source` has values for. Raises TerraformError where there are none."""
    found = sorted(path.stem for path in (source / "envs").glob("*.tfvars"))
    if not found:
        raise TerraformError(f"{source}: has no envs/*.tfvars, so there is nothing to plan")
    return found


def values_file(source: Path, environment: str) -> Path:
    """The values of `environment`. Raises TerraformError where there are none."""
    file = source / "envs" / f"{environment}.tfvars"
    if not file.is_file():
        known = ", ".join(environments(source))
        raise TerraformError(f"there is no environment {environment!r}; there are {known} ({source / 'envs'}/*.tfvars)")
    return file


def value(source: Path, environment: str, name: str) -> str:
    """The text that `environment` gives to the variable `name`. Raises TerraformError where it gives none."""
    file = values_file(source, environment)
    # A parser of the whole language takes seconds to load.
    found = re.search(rf'(?m)^{name}\s*=\s*"([^"]*)"', file.read_text("utf-8"))
    if not found:
        raise TerraformError(f"{file}: gives no {name}")
    return found[1]
