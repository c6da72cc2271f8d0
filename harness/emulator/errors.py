"""What can go wrong with the emulator."""


class EmulatorError(Exception):
    """The emulator cannot be started, or is not there. The message says what to do."""
