"""What a search has found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.capacity.engine.study import Study
from harness.capacity.search.bracket import Bracket
from harness.capacity.search.gains import Gain
from harness.capacity.search.trial import Trial


@dataclass(frozen=True)
class Found:
    """`users` hold; `binds` is the resource that fails first beyond them. `study` is of them, None where none hold."""

    users: int
    bracket: Bracket[Trial]
    binds: str
    gains: Sequence[Gain]
    study: Study | None

    @property
    def tried(self) -> Sequence[Trial]:
        """The trials, the smallest number first."""
        return [self.bracket.tried[users] for users in sorted(self.bracket.tried)]

    def as_json(self) -> Mapping[str, Any]:
        """For a script: `users` and `low` are 0 where not even the smallest number holds, `high` None if none fails."""
        return {
            "max_users": {
                "users": self.users,
                "low": self.bracket.low or 0,
                "high": self.bracket.high,
                "tried": [each.as_json() for each in self.tried],
            },
            "binds": self.binds,
            "sensitivity": [each.as_json() for each in self.gains],
            **({} if self.study is None else self.study.as_json()),
        }
