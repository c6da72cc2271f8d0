"""What is inspected: a stack, the code of its functions, and what its resources are called."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.delivery import MANIFEST
from harness.inspection.errors import PackagesMissing
from harness.stack import Stack

ALIAS = "live"
"""The alias of each function's version that every caller uses."""

SCALER = "database_scaler"
SCALING = frozenset({"scale_out_documents", "scale_in_documents"})
"""The function that scales DocumentDB, and the actions of alarms that are to invoke it."""


@dataclass(frozen=True)
class Subject:
    """A stack and its functions' code: SHA-256 in base64, by function. Names are as Terraform makes them."""

    stack: Stack
    code: Mapping[str, str]

    @property
    def prefix(self) -> str:
        """How every name begins; also the name of the API and of the Kubernetes cluster."""
        return f"{self.stack.name}-{self.stack.environment}"

    def named(self, logical: str) -> str:
        """The name of a function, an alarm or a queue."""
        return f"{self.prefix}-{logical.replace('_', '-')}"

    def logical(self, name: str, known: Mapping[str, object]) -> str:
        """The logical name among `known` of a resource; what is left of its own name where it has none."""
        return next((key for key in known if self.named(key) == name), name.removeprefix(f"{self.prefix}-"))

    def function_of(self, arn: str) -> str:
        """The function that an ARN or an integration's URI names, with its alias unless that is the usual one."""
        name, _, alias = arn.partition(":function:")[2].partition("/")[0].partition(":")
        function = self.logical(name, self.stack.functions)
        return function if alias == ALIAS else f"{function}:{alias or '$LATEST'}"

    @property
    def broker(self) -> str:
        """The broker's name."""
        return f"{self.prefix}-broker"

    @property
    def mysql(self) -> str:
        """The identifier of the Aurora cluster, and the name of the proxy before it."""
        return f"{self.prefix}-mysql"

    @property
    def documents(self) -> str:
        """The identifier of the DocumentDB cluster."""
        return f"{self.prefix}-documents"

    @property
    def scaled_documents(self) -> str:
        """How the identifiers of instances begin that database_scaler adds."""
        return f"{self.documents}-scaled-"


def code_hashes(folder: Path) -> Mapping[str, str]:
    """The hashes in the manifest of built packages. Raises PackagesMissing."""
    file = folder / MANIFEST
    try:
        return {name: package["sha256"] for name, package in json.loads(file.read_text("utf-8"))["packages"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PackagesMissing(
            f"{file}: no manifest of packages can be read there; `make package ENV={folder.name}` writes it, and an "
            "apply of those packages has to come before this"
        ) from error
