"""What can go wrong with a history."""


class HistoryError(Exception):
    """The file cannot be written or read, or its records contradict each other; the message says where."""
