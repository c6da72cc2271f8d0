"""How a stage on this machine is reached from another process, just as a deployed one is."""

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.scenario import mint
from harness.scenario.stage import Stage
from harness.scenario.tokens import VARIABLE
from harness.services import external


@dataclass(frozen=True)
class Access:
    """Its URL, and the variables by which a replay gets tokens and reads the stores."""

    url: str
    environment: Mapping[str, str]

    @staticmethod
    def to(stage: Stage, key: Path) -> "Access":
        """The access to `stage`. Its issuer's private key is written to the file `key`, which must not exist yet."""
        stage.issuer.save(key)
        return Access(
            stage.cloud.gateway_url, {VARIABLE: mint.command(stage.issuer, key), **external.named(stage.endpoints)}
        )

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For a person: what to enter in another shell."""
        return [
            *(f"export {name}={shlex.quote(value)}" for name, value in self.environment.items()),
            f"make replay TARGET={self.url}",
        ]
