import pytest

from harness.delivery import verification
from harness.delivery.errors import TerraformError, ToolMissing

MAIN = """variable "size" {
  type = number
}

output "double" {
  value = 2 * var.size
}
"""
RIGHT = """variables {
  size = 2
}

run "doubles" {
  assert {
    condition     = output.double == 4
    error_message = "no"
  }
}
"""
WRONG = RIGHT.replace("== 4", "== 5").replace('"no"', '"four is not five"')


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    (folder / "tests").mkdir(parents=True)
    (folder / "main.tf").write_text(MAIN)
    (folder / "tests" / "right.tftest.hcl").write_text(RIGHT)
    return folder


@pytest.fixture
def checkov(tmp_path):
    """Stands for checkov: finds fault with a configuration that says so."""
    program = tmp_path / "checkov"
    program.write_text("#!/bin/sh\n! grep -q insecure main.tf\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def verify(terraform_here, source, checkov, tmp_path):
    """Verifies `source`: what failed, and what was told."""

    def run(filters=()):
        told = []
        failed = verification.verify(source, tmp_path / "work", checkov, filters=filters, progress=told.append)
        return failed, "\n".join(told)

    return run


def test_all_holds(verify):
    failed, told = verify()
    assert failed == []
    assert "tests/right.tftest.hcl: Success! 1 passed, 0 failed." in told


def test_a_failing_test_is_shown_with_its_message(verify, source):
    (source / "tests" / "wrong.tftest.hcl").write_text(WRONG)
    failed, told = verify()
    assert failed == ["tests"]
    assert "four is not five" in told
    assert "tests/right.tftest.hcl: Success!" in told


def test_a_filter_leaves_the_others_out(verify, source):
    (source / "tests" / "wrong.tftest.hcl").write_text(WRONG)
    assert verify(filters=["tests/right.tftest.hcl"])[0] == []


@pytest.mark.parametrize(
    ("text", "step"),
    [
        (MAIN.replace("  type", "     type"), "format"),
        (MAIN + 'output "x" {\n  value = local.nowhere\n}\n', "validate"),
        (MAIN + "# insecure\n", "policies (checkov)"),
    ],
)
def test_what_does_not_hold_is_named(verify, source, text, step):
    (source / "main.tf").write_text(text)
    assert step in verify()[0]


def test_without_checkov_it_says_what_to_do(source, tmp_path):
    with pytest.raises(ToolMissing, match="`make test-terraform` prepares it"):
        verification.verify(source, tmp_path / "work", tmp_path / "none", filters=(), progress=print)


def test_a_test_file_that_does_not_exist_is_no_success(verify):
    with pytest.raises(
        TerraformError, match=r"no test file tests/nope.tftest.hcl; write tests/ and one of right.tftest"
    ):
        verify(filters=["tests/nope.tftest.hcl"])
