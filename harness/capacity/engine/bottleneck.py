"""Which resource is at its limit first, or nearest to it."""

from collections.abc import Mapping
from dataclasses import dataclass

_FULL = 1.0


@dataclass(frozen=True)
class Reached:
    """How far a resource was used at most: `share` of its limit at `time_s`; `full_s` when it was first at it."""

    resource: str
    share: float
    time_s: float
    full_s: float | None


class Limits:
    """Keeps the highest share of each resource."""

    def __init__(self) -> None:
        self._reached: dict[str, Reached] = {}

    def see(self, time_s: float, shares: Mapping[str, float]) -> None:
        """The shares of a minute; times come in order."""
        for name, share in shares.items():
            before = self._reached.get(name) or Reached(name, -1.0, time_s, None)
            full_s = time_s if before.full_s is None and share >= _FULL else before.full_s
            if share > before.share:
                self._reached[name] = Reached(name, share, time_s, full_s)
            elif full_s != before.full_s:
                self._reached[name] = Reached(name, before.share, before.time_s, full_s)

    @property
    def ranking(self) -> tuple[Reached, ...]:
        """Those that were full, by when; then the others, the most used first. The first one is the bottleneck."""
        return tuple(
            sorted(
                self._reached.values(),
                key=lambda each: (each.full_s is None, each.full_s if each.full_s is not None else -each.share),
            )
        )
