"""Everything that holds of the Terraform configuration without AWS: its format, validity, policies and own tests."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.delivery import working_copy
from harness.delivery.errors import ToolMissing
from harness.delivery.terraform import FLAG, Terraform

# In place of a download of its rules from a service of its maker.
_CHECKOV = ("--framework", "terraform", "--quiet", "--compact", "--skip-download", "--skip-path", "tests")


def verify(
    source: Path, folder: Path, checkov: Path, *, filters: Sequence[str], progress: Callable[[str], None]
) -> list[str]:
    """What failed, by name; empty where all holds. `filters` names test files, none runs all of them.

    Raises TerraformError where Terraform or the provider cannot be had, ToolMissing where checkov cannot.
    """
    if not checkov.is_file():
        raise ToolMissing(f"{checkov} is not there; `make test-terraform` prepares it")
    working_copy.refresh(source, folder, with_tests=True)
    terraform = Terraform(folder)
    steps: dict[str, Callable[[], bool]] = {
        "format": lambda: terraform.stream("fmt", str(source), check=FLAG, recursive=FLAG, diff=FLAG),
        "validate": lambda: terraform.stream("validate"),
        "policies (checkov)": lambda: _policies(checkov, folder),
        "tests": lambda: terraform.stream("test", filter=list(filters)),
    }
    progress("installing the provider and modules")
    terraform.init()
    failed = []
    for name, step in steps.items():
        progress(name)
        if not step():
            failed.append(name)
    return failed


def _policies(checkov: Path, folder: Path) -> bool:
    return subprocess.run([checkov.resolve(), "-d", ".", *_CHECKOV], cwd=folder, check=False).returncode == 0
