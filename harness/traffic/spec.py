"""What traffic is wanted."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from harness.traffic.actions import ACTIONS
from harness.traffic.errors import SpecError


@dataclass(frozen=True)
class Stage:
    """A stretch of `duration_s` seconds over which the arrivals per second go evenly from one rate to the other."""

    duration_s: float
    from_rate_per_s: float
    to_rate_per_s: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.duration_s) and self.duration_s > 0):
            raise SpecError(f"stages: duration_s must be more than 0, is {self.duration_s}")
        for rate in (self.from_rate_per_s, self.to_rate_per_s):
            if not (math.isfinite(rate) and rate >= 0):
                raise SpecError(f"stages: a rate must be 0 or more arrivals a second, is {rate}")

    @property
    def expected_arrivals(self) -> float:
        """The mean number of arrivals of this stage."""
        return self.duration_s * (self.from_rate_per_s + self.to_rate_per_s) / 2


@dataclass(frozen=True)
class TrafficSpec:
    """`users` people, who arrive as the `stages` say and then do what `mix` says (action and weight).

    An attempt is given up after `request_timeout_s`; a failed one is repeated up to `retries` times under the same
    key. With `max_in_flight` operations unanswered further arrivals are dropped, and recorded as dropped. Raises
    SpecError for anything out of range.
    """

    users: int
    stages: tuple[Stage, ...]
    mix: Mapping[str, float]
    request_timeout_s: float = 10.0
    max_in_flight: int = 500
    retries: int = 3

    def __post_init__(self) -> None:
        if self.users < 1:
            raise SpecError(f"users: must be at least 1, is {self.users}")
        if not self.stages:
            raise SpecError("stages: there must be at least one")
        for name, weight in self.mix.items():
            if name not in ACTIONS:
                raise SpecError(f"mix: {name!r} is no action; there are {', '.join(ACTIONS)}")
            if not (math.isfinite(weight) and weight >= 0):
                raise SpecError(f"mix: the weight of {name} must be 0 or more, is {weight}")
        if not any(self.mix.values()):
            raise SpecError("mix: at least one action needs a weight above 0")
        if self.users < 2 and self.mix.get("foreign_order"):
            raise SpecError("users: foreign_order needs at least 2 users")
        if not (math.isfinite(self.request_timeout_s) and self.request_timeout_s > 0):
            raise SpecError(f"request_timeout_s: must be more than 0, is {self.request_timeout_s}")
        if self.max_in_flight < 1:
            raise SpecError(f"max_in_flight: must be at least 1, is {self.max_in_flight}")
        if self.retries < 0:
            raise SpecError(f"retries: must be 0 or more, is {self.retries}")
