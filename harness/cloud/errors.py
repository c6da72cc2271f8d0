"""What can go wrong in the local cloud.

CloudError
├── ConfigError           the configuration is wrong: one line that names the key
├── InvalidKey            a JWT key file is unreadable or of a kind that HTTP APIs do not take
└── InvokeError           Lambda's Invoke refused the call; nothing ran
    ├── TooManyRequests   429: beyond the reserved or the account's concurrency
    ├── RequestTooLarge   413: the event is larger than 6 MB
    ├── FunctionNotFound  404
    └── StartFailed       500: this machine could not start the function's process
"""


class CloudError(Exception):
    """Base of this package's errors."""


class ConfigError(CloudError):
    """The configuration of the local cloud is wrong. The message names the key and what belongs there."""


class InvalidKey(CloudError):
    """A key for tokens cannot be read or is no RSA key."""


class InvokeError(CloudError):
    """Lambda refused the call before any code ran. `status` and `code` are those of AWS's Invoke API."""

    status = 500
    code = "ServiceException"


class TooManyRequests(InvokeError):
    """Throttled. `reason` is AWS's `Reason`, for example `ReservedFunctionConcurrentInvocationLimitExceeded`."""

    status = 429
    code = "TooManyRequestsException"

    def __init__(self, reason: str) -> None:
        super().__init__("Rate Exceeded.")
        self.reason = reason


class RequestTooLarge(InvokeError):
    """The event exceeds Lambda's limit for synchronous calls."""

    status = 413
    code = "RequestTooLargeException"


class StartFailed(InvokeError):
    """The process of an environment could not be started: no memory, no process slots, no disk."""


class FunctionNotFound(InvokeError):
    """No function of this name is in the stack."""

    status = 404
    code = "ResourceNotFoundException"
