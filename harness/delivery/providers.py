"""Where Terraform gets its providers from: a registry, or a filesystem mirror on a machine that reaches none."""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.delivery.errors import TerraformError

VARIABLE = "HARNESS_TERRAFORM_MIRROR"
CONFIGURATION = "TF_CLI_CONFIG_FILE"
_SOURCE = Path("registry.terraform.io/hashicorp/aws")
_DEPTH = 3  # a mirror lies at most this many folders below a usual root


@dataclass(frozen=True)
class Mirror:
    """A filesystem mirror, packed or unpacked, of the AWS provider. `folder` contains `registry.terraform.io`."""

    folder: Path

    def configuration(self) -> str:
        """A CLI configuration that takes what the mirror has from it, and the rest from its registry."""
        return (
            "provider_installation {\n"
            f'  filesystem_mirror {{\n    path    = "{self.folder}"\n    include = ["{_SOURCE}"]\n  }}\n'
            f'  direct {{\n    exclude = ["{_SOURCE}"]\n  }}\n'
            "}\n"
        )


def find_mirror(environment: Mapping[str, str]) -> Mirror | None:
    """The mirror that HARNESS_TERRAFORM_MIRROR names, else the first below a usual root; None where there is none.

    Raises TerraformError where the variable names a folder without the provider.
    """
    named = environment.get(VARIABLE)
    if named:
        if not _holds_provider(Path(named)):
            raise TerraformError(f"{VARIABLE}: {named} holds no {_SOURCE}/<version>; name the folder above it")
        return Mirror(Path(named).resolve())
    return next((Mirror(folder) for root in _roots(environment) for folder in _below(root, _DEPTH)), None)


def configure(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """`environment` for Terraform: with a CLI configuration in `folder` where a mirror is needed.

    A person's own configuration is left alone, unless it names a file that does not exist or a mirror is asked for.
    """
    result = dict(environment)
    if missing_configuration(environment):
        del result[CONFIGURATION]  # Terraform would warn of it on every call
    if own_configuration(environment) and not environment.get(VARIABLE):
        return result
    mirror = find_mirror(environment)
    if mirror is not None:
        file = folder / "terraform.rc"
        file.write_text(mirror.configuration(), "utf-8")
        result[CONFIGURATION] = str(file)
    return result


def own_configuration(environment: Mapping[str, str]) -> Path | None:
    """A person's own CLI configuration: the file that TF_CLI_CONFIG_FILE names, else ~/.terraformrc, if it exists."""
    named = environment.get(CONFIGURATION)
    files = (*([Path(named)] if named else []), Path.home() / ".terraformrc")
    return next((file for file in files if file.is_file()), None)


def missing_configuration(environment: Mapping[str, str]) -> str | None:
    """The file that TF_CLI_CONFIG_FILE names and that does not exist; None where there is no such mistake."""
    named = environment.get(CONFIGURATION)
    return named if named and not Path(named).is_file() else None


def _roots(environment: Mapping[str, str]) -> Iterator[Path]:
    """Where Terraform itself looks for a mirror, then where administrators put one."""
    home = Path(environment.get("HOME", "/"))
    yield home / ".terraform.d" / "plugins"
    if sys.platform == "darwin":
        yield home / "Library" / "Application Support" / "io.terraform" / "plugins"
        return
    data = environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    for parent in (environment.get("XDG_DATA_HOME") or str(home / ".local" / "share"), *data.split(os.pathsep)):
        yield Path(parent) / "terraform" / "plugins"
    for parent in ("/opt", "/srv", "/var/lib", "/usr/local/lib", "/usr/lib", "/mnt"):
        yield Path(parent)


def _below(root: Path, depth: int) -> Iterator[Path]:
    """`root` and the folders below it that hold the provider, nearest first."""
    level = [root]
    for _ in range(depth):
        yield from (folder for folder in level if _holds_provider(folder))
        level = [child for folder in level for child in _folders(folder)]


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(child for child in folder.iterdir() if child.is_dir() and not child.is_symlink())
    except OSError:
        return []  # not there, or not ours to read


def _holds_provider(folder: Path) -> bool:
    try:
        return any((folder / _SOURCE).iterdir())
    except OSError:
        return False
