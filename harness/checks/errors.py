"""What can go wrong while facts are read and judged."""


class ChecksError(Exception):
    """Base of this package's errors."""


class NotGathered(ChecksError):
    """A checker needs facts that this run could not read, so it cannot judge: its verdict is unknown."""


class FactsUnreadable(ChecksError):
    """A store answered, but with something that is no fact of this system. The message names the place."""
