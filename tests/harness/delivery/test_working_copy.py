import pytest

from harness.delivery import working_copy
from harness.delivery.errors import TerraformError


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    (folder / "modules" / "api").mkdir(parents=True)
    (folder / "envs").mkdir()
    (folder / "main.tf").write_text("# main")
    (folder / "old.tf").write_text("# old")
    (folder / "modules" / "api" / "main.tf").write_text("# api")
    (folder / "envs" / "dev.tfvars").write_text("")
    (folder / "stack.dev.json").write_text("{}")
    return folder


def test_it_has_the_configuration_and_a_local_backend(source, tmp_path):
    copy = tmp_path / "copy"
    working_copy.refresh(source, copy)
    assert (copy / "modules" / "api" / "main.tf").read_text() == "# api"
    assert 'backend "local"' in (copy / "backend_override.tf").read_text()
    assert not (copy / "stack.dev.json").exists()
    assert working_copy.environments(copy) == ["dev"]


def test_what_left_the_source_leaves_the_copy_and_terraforms_own_stays(source, tmp_path):
    copy = tmp_path / "copy"
    working_copy.refresh(source, copy)
    (copy / ".terraform").mkdir()
    (copy / "terraform.tfstate").write_text("{}")
    (source / "old.tf").unlink()
    working_copy.refresh(source, copy)
    assert sorted(path.name for path in copy.glob("*.tf")) == ["backend_override.tf", "main.tf"]
    assert (copy / ".terraform").is_dir()
    assert (copy / "terraform.tfstate").exists()


def test_a_folder_without_configuration_is_refused(tmp_path):
    with pytest.raises(TerraformError, match="no Terraform configuration"):
        working_copy.refresh(tmp_path, tmp_path / "copy")


def test_a_configuration_without_environments_is_no_success(tmp_path):
    with pytest.raises(TerraformError, match=r"has no envs/\*.tfvars, so there is nothing to plan"):
        working_copy.environments(tmp_path)
