"""What goes wrong with controllers: they were given what no controller could keep."""


class ControllerError(Exception):
    """A rule, a bound or a name that cannot be; the text says what to change."""
