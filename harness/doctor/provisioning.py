"""What plans and applies the stack: Terraform, where it gets its provider from, and the policies' checker."""

import os
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from harness.delivery import DeliveryError, providers
from harness.delivery.terraform import OLDEST, Terraform
from harness.doctor.probes import Finding

_REGISTRY = "https://registry.terraform.io/.well-known/terraform.json"
_REGISTRY_LIMIT_S = 3
_NEEDED = ".".join(map(str, OLDEST))


def terraform() -> Finding:
    """Terraform, of a version that the configuration takes."""
    with tempfile.TemporaryDirectory(prefix="doctor-") as folder:
        try:
            return Finding(f"Terraform {Terraform(Path(folder)).version}")
        except DeliveryError as error:
            what, _, advice = str(error).partition("; ")
            return Finding(what, lacks=f"Terraform {_NEEDED} or newer", run=advice or f"install {_NEEDED} or newer")


def provider() -> Finding:
    """Where Terraform would get the AWS provider from: a mirror, a person's own configuration, or the registry."""
    try:
        own = providers.own_configuration(os.environ)
        if own and not os.environ.get(providers.VARIABLE):
            return Finding(f"as {own} says")
        mirror = providers.find_mirror(os.environ)
    except DeliveryError as error:
        what, _, advice = str(error).partition("; ")
        return Finding(what, lacks="the provider's mirror", run=advice)
    if mirror:
        return Finding(f"mirror in {mirror.folder}")
    try:
        with urllib.request.urlopen(_REGISTRY, timeout=_REGISTRY_LIMIT_S):
            return Finding("the registry answers")
    except (OSError, urllib.error.URLError):
        run = f"set {providers.VARIABLE} to the folder that contains registry.terraform.io"
        return Finding("no mirror, and the registry does not answer", lacks="the AWS provider", run=run)


def configuration() -> Finding:
    """Terraform's CLI configuration: a variable that names a missing file does no harm here, but elsewhere."""
    missing = providers.missing_configuration(os.environ)
    if missing:
        return Finding(
            f"{providers.CONFIGURATION} names {missing}, which is not there; the commands here leave it out: "
            f"unset {providers.CONFIGURATION}"
        )
    return Finding(str(providers.own_configuration(os.environ) or "none of your own"))


def checkov(program: Path) -> Finding:
    """The policies' checker, in an environment of its own."""
    if program.is_file():
        return Finding(str(program))
    return Finding("not prepared", lacks="checkov", run="make test-terraform, which prepares it")
