"""What every place of parked messages is."""

from typing import Protocol

from harness.redrive.parked import Parked


class Source(Protocol):
    """A place where parked messages rest.

    It may lose none: what it has handed out stays there until `remove`, however the redrive ends. It may hand out no
    message twice. Every method raises Away.
    """

    place: str

    async def count(self) -> int:
        """How many messages can be taken now."""
        ...

    async def take(self) -> Parked | None:
        """The next message, hidden from others as long as it is held; None where there is no more."""
        ...

    async def remove(self, parked: Parked) -> None:
        """Removes a message that was handed out."""
        ...
