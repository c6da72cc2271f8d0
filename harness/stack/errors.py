"""What can be wrong with a stack description."""


class StackError(Exception):
    """The description is missing, unreadable or not of this form. The message names the place."""
