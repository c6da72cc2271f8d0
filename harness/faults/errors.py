"""Errors of this package."""


class FaultError(Exception):
    """A fault cannot be injected or undone; the message says which and why."""
