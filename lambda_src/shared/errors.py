"""What can go wrong outside of our code.

FunctionError
├── ConfigError       an environment variable is missing or malformed; the environment does not start
├── Unavailable       a dependency is away; the request had no effect
├── NotAccepted       neither the broker nor SQS took the message, and nothing was sent to either without an answer
└── OutcomeUnknown    something was sent and the answer is missing: it may take effect, or not
"""


class FunctionError(Exception):
    """Base of the errors that a function reports in its own words."""


class ConfigError(FunctionError):
    """An environment variable is missing or malformed."""


class Unavailable(FunctionError):
    """`dependency` cannot be reached, or refuses to work. The request had no effect."""

    def __init__(self, dependency: str, cause: str, retry_after_s: float = 1.0) -> None:
        super().__init__(f"{dependency} is away: {cause}")
        self.dependency = dependency
        self.retry_after_s = retry_after_s


class NotAccepted(FunctionError):
    """Nobody took the message, and nobody can have it."""


class OutcomeUnknown(FunctionError):
    """The message or the write may have arrived. The same request again settles it."""
