import pytest

from harness.delivery import providers
from harness.delivery.errors import TerraformError

PROVIDER = "registry.terraform.io/hashicorp/aws/5.100.0"


@pytest.fixture
def person(tmp_path, monkeypatch):
    """A person without any configuration, on a machine whose usual roots are empty but for their home."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setattr(providers.Path, "home", lambda: home)
    monkeypatch.setattr(
        providers, "_roots", lambda environment: [home / ".terraform.d" / "plugins", tmp_path / "opt", tmp_path / "srv"]
    )
    return home


def mirror(folder):
    (folder / PROVIDER / "linux_amd64").mkdir(parents=True)
    return folder


@pytest.mark.parametrize("place", ["home/.terraform.d/plugins", "opt", "opt/mirror", "srv/terraform/mirror"])
def test_a_mirror_below_a_usual_root_is_found(person, tmp_path, place):
    folder = mirror(tmp_path / place)
    assert providers.find_mirror({}) == providers.Mirror(folder)


def test_the_nearer_one_wins(person, tmp_path):
    mirror(tmp_path / "opt" / "deep" / "mirror")
    near = mirror(tmp_path / "opt" / "z")
    assert providers.find_mirror({}) == providers.Mirror(near)


def test_none_is_no_error(person, tmp_path):
    (tmp_path / "opt" / "registry.terraform.io" / "hashicorp" / "random").mkdir(parents=True)
    assert providers.find_mirror({}) is None
    assert providers.configure({"PATH": "/bin"}, tmp_path) == {"PATH": "/bin"}


def test_the_variable_names_another(person, tmp_path):
    mirror(tmp_path / "opt")
    named = mirror(tmp_path / "elsewhere" / "x")
    assert providers.find_mirror({providers.VARIABLE: str(named)}) == providers.Mirror(named)


def test_a_variable_without_a_provider_behind_it_is_refused(person, tmp_path):
    with pytest.raises(
        TerraformError, match=r"HARNESS_TERRAFORM_MIRROR: .*holds no registry.terraform.io/hashicorp/aws"
    ):
        providers.find_mirror({providers.VARIABLE: str(tmp_path)})


def test_a_configuration_for_the_mirror_is_written(person, tmp_path):
    folder = mirror(tmp_path / "opt")
    environment = providers.configure({}, tmp_path)
    text = (tmp_path / "terraform.rc").read_text()
    assert environment == {"TF_CLI_CONFIG_FILE": str(tmp_path / "terraform.rc")}
    assert f'path    = "{folder}"' in text
    assert 'exclude = ["registry.terraform.io/hashicorp/aws"]' in text


def test_a_named_configuration_that_does_not_exist_is_as_good_as_none(person, tmp_path):
    mirror(tmp_path / "opt")
    environment = providers.configure({"TF_CLI_CONFIG_FILE": str(tmp_path / "missing.rc")}, tmp_path)
    assert environment["TF_CLI_CONFIG_FILE"] == str(tmp_path / "terraform.rc")


def test_without_a_mirror_it_is_left_out(person, tmp_path):
    assert providers.configure({"TF_CLI_CONFIG_FILE": str(tmp_path / "missing.rc")}, tmp_path) == {}


def test_a_persons_own_configuration_is_left_alone(person, tmp_path):
    mirror(tmp_path / "opt")
    own = tmp_path / "own.rc"
    own.touch()
    assert providers.configure({"TF_CLI_CONFIG_FILE": str(own)}, tmp_path) == {"TF_CLI_CONFIG_FILE": str(own)}
    (person / ".terraformrc").touch()
    assert providers.configure({}, tmp_path) == {}


def test_a_mirror_that_is_asked_for_goes_before_it(person, tmp_path):
    named = mirror(tmp_path / "asked")
    (person / ".terraformrc").touch()
    environment = providers.configure({providers.VARIABLE: str(named)}, tmp_path)
    assert environment["TF_CLI_CONFIG_FILE"] == str(tmp_path / "terraform.rc")
