"""Everything that holds of the Terraform configuration without AWS: its format, validity, policies and own tests."""

import os
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from harness.delivery import working_copy
from harness.delivery.errors import TerraformError, ToolMissing
from harness.delivery.terraform import FLAG, Terraform

# In place of a download of its rules from a service of its maker.
_CHECKOV = ("--framework", "terraform", "--quiet", "--compact", "--skip-download", "--skip-path", "tests")


def verify(
    source: Path, folder: Path, checkov: Path, *, filters: Sequence[str], progress: Callable[[str], None]
) -> list[str]:
    """What failed, by name; empty where all holds. `filters` names test files, none runs all of them.

    Raises TerraformError where Terraform, the provider or a test file cannot be had, ToolMissing where checkov cannot.
    """
    if not checkov.is_file():
        raise ToolMissing(f"{checkov} is not there; `make test-terraform` prepares it")
    working_copy.refresh(source, folder, with_tests=True)
    terraform = Terraform(folder)
    steps: dict[str, Callable[[], bool]] = {
        "format": lambda: terraform.stream("fmt", str(source), check=FLAG, recursive=FLAG, diff=FLAG),
        "validate": lambda: terraform.stream("validate"),
        "policies (checkov)": lambda: _policies(checkov, folder),
        "tests": lambda: _tests(terraform, filters, progress),
    }
    unknown = [name for name in filters if not (folder / name).is_file()]
    if unknown:
        known = ", ".join(sorted(path.name for path in folder.glob("tests/*.tftest.hcl")))
        raise TerraformError(f"there is no test file {', '.join(unknown)}; write tests/ and one of {known}")
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


def _tests(terraform: Terraform, filters: Sequence[str], progress: Callable[[str], None]) -> bool:
    """Each test file in a process of its own, as many at once as there are processors: one uses little more."""
    files = list(filters) or sorted(f"tests/{path.name}" for path in terraform.folder.glob("tests/*.tftest.hcl"))
    passed = True
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(terraform.run, "test", filter=[file], no_color=FLAG): file for file in files}
        for done in as_completed(running):
            try:
                lines = done.result().strip().splitlines()
                progress(f"  {running[done]}: {lines[-1]}")
            except TerraformError as error:
                passed = False
                progress(f"  {running[done]}:\n{error}")
    return passed
