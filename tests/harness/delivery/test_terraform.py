import json
import os

import pytest

from harness.delivery.errors import TerraformError
from harness.delivery.terraform import FLAG, Terraform

CONFIGURATION = """
variable "size" {
  type = number
  validation {
    condition     = var.size > 1
    error_message = "size must be above 1."
  }
}
"""


def program(folder, text):
    """A stand-in for the terraform binary, for what the real one cannot be made to say."""
    file = folder / "terraform"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(folder)}


def test_no_terraform_is_one_line(tmp_path):
    with pytest.raises(TerraformError, match=r"^terraform is not on the PATH; install 1.11 or newer"):
        Terraform(tmp_path, {"PATH": str(tmp_path)})


def test_an_old_terraform_is_refused(tmp_path):
    environment = program(tmp_path, """echo '{"terraform_version": "1.5.7"}'""")
    with pytest.raises(TerraformError, match=r"is Terraform 1.5.7; 1.11 or newer is needed"):
        Terraform(tmp_path / "work", environment)


@pytest.mark.parametrize(
    "said",
    [
        "Failed to query available provider packages",
        "Invalid provider registry host: could not connect to registry.terraform.io",
    ],
)
def test_no_registry_and_no_mirror_say_what_to_do(tmp_path, said):
    diagnostic = json.dumps({"diagnostic": {"severity": "error", "summary": said, "detail": ""}})
    environment = program(
        tmp_path,
        f"""case "$1" in version) echo '{{"terraform_version": "1.11.4"}}';; *) echo '{diagnostic}'; exit 1;; esac""",
    )
    with pytest.raises(TerraformError, match=r"set HARNESS_TERRAFORM_MIRROR to the folder that contains"):
        Terraform(tmp_path / "work", environment).init()


def test_what_is_no_json_is_told_too(tmp_path):
    environment = program(
        tmp_path,
        """[ "$1" = version ] && echo '{"terraform_version": "1.11.4"}' || { echo 'it  broke' >&2; exit 1; }""",
    )
    with pytest.raises(TerraformError, match=r"^terraform plan: it broke$"):
        Terraform(tmp_path / "work", environment).run("plan")


@pytest.mark.usefixtures("terraform_here")
class TestTheRealOne:
    def test_an_error_is_one_line_with_its_place(self, tmp_path):
        (tmp_path / "main.tf").write_text(CONFIGURATION)
        terraform = Terraform(tmp_path)
        terraform.init()
        with pytest.raises(TerraformError) as caught:
            terraform.run("plan", input=False, json=FLAG, var=["size=1"])
        assert str(caught.value).startswith("terraform: main.tf:2: Invalid value for variable: size must be above 1.")
        assert "\n" not in str(caught.value)

    def test_a_named_configuration_that_does_not_exist_does_no_harm(self, tmp_path):
        environment = {**os.environ, "TF_CLI_CONFIG_FILE": str(tmp_path / "missing.rc")}
        (tmp_path / "main.tf").write_text(CONFIGURATION)
        terraform = Terraform(tmp_path, environment)
        terraform.init()
        assert "Success" in terraform.run("validate")
