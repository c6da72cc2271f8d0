"""What is rehearsed: our own servers, functions and workers, or a stage that is deployed elsewhere."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from harness import history
from harness.checks import Backlog, Facts, Quiescence
from harness.scenario.injection import Injector
from harness.scenario.spec import Fault
from harness.traffic import Plan, Tokens


class Watch(Protocol):
    """Looks at what is on its way. It changes nothing, and raises nothing because a place is away."""

    def sample(self) -> Backlog:
        """What is on its way now."""
        ...

    def wait(self, limit_s: float, *, progress: Callable[[Backlog], None] | None = None) -> Quiescence:
        """Waits until nothing is, at most `limit_s` seconds. For the time after the traffic."""
        ...


class Subject(Protocol):
    """The system under test, up and ready. It neither sends traffic by itself nor judges.

    `url` is its API; `run` tells this run's people from those of other runs on it, where it outlives them; `versions`
    has the version of each server.
    """

    @property
    def url(self) -> str: ...

    @property
    def run(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def versions(self) -> Mapping[str, str]: ...

    def tokens(self, plan: Plan) -> Mapping[str, Tokens]:
        """The tokens of every person of the plan, by user id."""
        ...

    def renewed(self) -> Mapping[str, Tokens] | None:
        """The same anew where one is about to expire, else None. For the time of the traffic."""
        ...

    def injector(self, faults: tuple[Fault, ...], seed: int, records: history.Writer) -> Injector:
        """What breaks it, and heals it."""
        ...

    def watching(self, records: Path) -> AbstractContextManager[Watch]:
        """A look at it, for this run, whose history is in the file `records`."""
        ...

    def check(self) -> None:
        """Raises RunError where a part of the harness itself has ended: what comes after it would prove nothing."""
        ...

    def counted(self) -> Mapping[str, Any] | None:
        """What the platform has counted so far: {"functions", "event_sources"}; None where it does not tell. RunError
        where it does not answer.
        """
        ...

    def workers(self) -> Mapping[str, Mapping[str, Any]]:
        """The state of each role of workers, as far as it can be told."""
        ...

    def facts(self) -> Facts:
        """All facts, as they are now. A store that cannot be read is None in them, and `unread` says why."""
        ...
