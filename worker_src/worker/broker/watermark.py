"""How far a channel's deliveries are settled without a gap."""

from collections.abc import Iterable


class Watermark:
    """The highest delivery tag up to which everything is settled.

    RabbitMQ numbers a channel's deliveries 1, 2, 3, …; `basic.ack(multiple)` covers all up to a tag, so only the end
    of the gapless run may be acknowledged: one settled too early would be lost in a crash.
    """

    def __init__(self) -> None:
        self._level = 0
        self._ahead: set[int] = set()

    @property
    def level(self) -> int:
        """The watermark; 0 before anything is settled."""
        return self._level

    def settle(self, tags: Iterable[int]) -> int | None:
        """Notes that `tags` are settled, in any order, repeats allowed. The new watermark, None where it stays."""
        self._ahead.update(tag for tag in tags if tag > self._level)
        before = self._level
        while self._level + 1 in self._ahead:
            self._level += 1
            self._ahead.remove(self._level)
        return self._level if self._level > before else None
