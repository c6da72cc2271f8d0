"""Our own servers, functions and workers on this machine, as what is rehearsed."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness import history
from harness.checks import Facts
from harness.scenario import evidence
from harness.scenario.injection import Injector
from harness.scenario.spec import Fault
from harness.scenario.stage import Stage
from harness.scenario.subject import Watch
from harness.traffic import Plan, Tokens

_TOKEN_TTL_S = 24 * 3600.0


@dataclass(frozen=True)
class Local:
    """See Subject. It is new for each run, so that its people need no other ids."""

    stage: Stage
    run: str = ""

    @property
    def url(self) -> str:
        """See Subject."""
        return self.stage.cloud.gateway_url

    @property
    def kind(self) -> str:
        """See Subject."""
        return self.stage.endpoints.kind

    @property
    def versions(self) -> Mapping[str, str]:
        """See Subject."""
        return self.stage.endpoints.versions

    def tokens(self, plan: Plan) -> Mapping[str, Tokens]:
        """See Subject."""
        issuer = self.stage.issuer
        return {
            person.user_id: Tokens(issuer.token(person.user_id, _TOKEN_TTL_S), issuer.token(person.user_id, -60.0))
            for person in plan.people
        }

    def renewed(self) -> Mapping[str, Tokens] | None:
        """See Subject. They outlast every scenario."""
        return None

    def injector(self, faults: tuple[Fault, ...], seed: int, records: history.Writer) -> Injector:
        """See Subject."""
        return Injector(faults, seed, self.stage.relay, records)

    def watching(self, records: Path) -> AbstractContextManager[Watch]:
        """See Subject."""
        return evidence.watching(self.stage)

    def check(self) -> None:
        """See Subject."""
        self.stage.check()

    def counted(self) -> Mapping[str, Any] | None:
        """See Subject."""
        return self.stage.cloud.stats()

    def workers(self) -> Mapping[str, Mapping[str, Any]]:
        """See Subject."""
        return {role: asdict(status) for role, status in self.stage.fleet.status().items()}

    def facts(self) -> Facts:
        """See Subject."""
        return evidence.gather(self.stage)
