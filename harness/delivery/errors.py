"""Errors of this package.

DeliveryError
├── CodeMissing       the stack names a function that has no code, or code names a dependency that is not locked
├── RuntimeUnknown    a function's runtime is not a Python that Lambda has
├── ToolMissing       uv is not installed
├── NotVendored       uv did not get a dependency: no network, another hash than the lock's, no wheel for the platform
├── OverBudget        a package is larger than its budget, or than Lambda takes
├── NotWritten        a file cannot be written
├── CredentialsError  there are no AWS credentials, or AWS refuses them
├── NotConfirmed      nobody said yes to what costs or destroys
└── TerraformError    Terraform is missing, or refused
"""


class DeliveryError(Exception):
    """Base of the errors of harness.delivery; the message says place, cause and what to do."""


class CodeMissing(DeliveryError):
    """A function's folder, its handler or the lock entry of its dependency is missing."""


class RuntimeUnknown(DeliveryError):
    """The stack names a runtime for which nothing can be vendored."""


class ToolMissing(DeliveryError):
    """uv, which resolves wheels for other platforms, is not installed."""


class NotVendored(DeliveryError):
    """uv failed; the message has what it said."""


class OverBudget(DeliveryError):
    """A package is too large; the message names its largest contents."""


class NotWritten(DeliveryError):
    """The folder of the packages cannot be written."""


class TerraformError(DeliveryError):
    """Terraform is missing, or refused. Each line names one place and what is wrong there."""


class CredentialsError(DeliveryError):
    """AWS cannot be used as the person who is signed in here."""


class NotConfirmed(DeliveryError):
    """A command that costs or destroys something was not confirmed; nothing was changed."""
