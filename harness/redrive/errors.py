"""What ends a redrive early. Whatever was not brought back by then stays parked."""


class RedriveError(Exception):
    """Base of this package's errors."""


class AddressUnusable(RedriveError):
    """An address is missing or malformed. The message shows what to write, and no password."""


class Away(RedriveError):
    """A server cannot be reached, refuses us, or was lost on the way. The message names it and says what to do."""
