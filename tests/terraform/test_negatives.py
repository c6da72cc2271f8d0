"""Every validation, precondition and check of the Terraform configuration has a run that provokes it."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest

TERRAFORM = Path(__file__).resolve().parents[2] / "terraform"
MODULES = sorted(folder.name for folder in (TERRAFORM / "modules").iterdir() if folder.is_dir())


def test_the_root_has_a_run_for_everything_that_it_refuses():
    assert not missing(TERRAFORM, TERRAFORM / "tests" / "stack_limits.tftest.hcl", None)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_a_run_for_everything_that_it_refuses(module):
    tests = TERRAFORM / "tests" / f"{module}.tftest.hcl"
    assert not missing(TERRAFORM / "modules" / module, tests, f"./modules/{module}")


def missing(folder: Path, tests: Path, source: str | None) -> list[str]:
    """What the configuration in `folder` refuses and `tests` does not provoke often enough: a line each."""
    provoked = Counter(_provoked(tests, source))
    return [
        f"{tests.name} lacks {count - provoked[address]} of {count} runs with expect_failures = [{address}]"
        for address, count in sorted(_refusing(folder).items())
        if provoked[address] < count
    ]


def _refusing(folder: Path) -> Counter[str]:
    """How many conditions each object of a configuration has to satisfy, by address."""
    found: Counter[str] = Counter()
    for file in sorted(folder.glob("*.tf")):
        document = _parsed(file)
        for name, variable in _named(document, "variable"):
            found[f"var.{name}"] += len(variable.get("validation", ()))
        for name, output in _named(document, "output"):
            found[f"output.{name}"] += len(output.get("precondition", ()))
        for name, check in _named(document, "check"):
            found[f"check.{name}"] += len(check.get("assert", ()))
        for prefix, kind in (("", "resource"), ("data.", "data")):
            for resource_type, resources in _named(document, kind):
                for name, resource in resources.items():
                    for lifecycle in resource.get("lifecycle", ()):
                        conditions = len(lifecycle.get("precondition", ())) + len(lifecycle.get("postcondition", ()))
                        found[f"{prefix}{resource_type}.{_unquoted(name)}"] += conditions
    return found


def _provoked(tests: Path, source: str | None) -> Iterator[str]:
    """The address of each object that a run expects to fail, without its instance key, once a run."""
    for _, run in _named(_parsed(tests), "run") if tests.is_file() else ():
        sources = [_unquoted(module["source"]) for module in run.get("module", ())]
        if sources == ([source] if source else []):
            yield from {re.sub(r"^\$\{|\[.*|\}$", "", address) for address in run.get("expect_failures", ())}


def _parsed(file: Path) -> dict[str, Any]:
    text = file.read_text("utf-8")
    # Parsing is slow, and most files refuse nothing.
    return hcl2.loads(text) if "condition" in text or "expect_failures" in text else {}


def _named(document: dict[str, Any], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for block in document.get(kind, ()):
        for name, body in block.items():
            yield _unquoted(name), body


def _unquoted(name: str) -> str:
    return name.strip('"')


# That a missing run is noticed.

CONFIGURATION = """
variable "size" {
  type = number

  validation {
    condition     = var.size > 0
    error_message = "size must be above 0."
  }

  validation {
    condition     = var.size < 10
    error_message = "size must be below 10."
  }
}

resource "terraform_data" "this" {
  for_each = toset(["one", "two"])

  lifecycle {
    precondition {
      condition     = var.size != 5
      error_message = "size must not be 5."
    }
  }
}
"""

RUN = """
run "{name}" {{
  command = plan

  module {{
    source = "./modules/{module}"
  }}

  expect_failures = [{address}]
}}
"""


@pytest.fixture
def configuration(tmp_path):
    (tmp_path / "main.tf").write_text(CONFIGURATION, "utf-8")
    return tmp_path


def write_runs(folder, *runs):
    tests = folder / "sized.tftest.hcl"
    texts = [RUN.format(name=f"run_{at}", module=module, address=address) for at, (module, address) in enumerate(runs)]
    tests.write_text("".join(texts), "utf-8")
    return tests


def test_a_run_for_each_condition_is_enough(configuration):
    tests = write_runs(
        configuration, ("sized", "var.size"), ("sized", "var.size"), ("sized", 'terraform_data.this["one"]')
    )
    assert missing(configuration, tests, "./modules/sized") == []


def test_a_missing_run_is_named(configuration):
    tests = write_runs(configuration, ("sized", "var.size"))
    assert missing(configuration, tests, "./modules/sized") == [
        "sized.tftest.hcl lacks 1 of 1 runs with expect_failures = [terraform_data.this]",
        "sized.tftest.hcl lacks 1 of 2 runs with expect_failures = [var.size]",
    ]


def test_runs_of_another_module_do_not_count(configuration):
    tests = write_runs(configuration, ("other", "var.size"), ("other", "var.size"), ("other", "terraform_data.this"))
    assert len(missing(configuration, tests, "./modules/sized")) == 2


def test_a_file_that_is_not_there_has_no_runs(configuration):
    assert len(missing(configuration, configuration / "none.tftest.hcl", "./modules/sized")) == 2
