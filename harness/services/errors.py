"""Errors of this package.

ServiceError
├── ProgramMissing     a server program is not installed, and cannot be installed here
├── InstallFailed      apt-get was tried and failed
├── ServerFailed       a server did not come up: state, last log lines, hint
├── AddressUnusable    an external address is wrong, unreachable, refuses the account or holds other data
└── ContainersUnusable no Docker engine answers, or an image cannot be had
"""


class ServiceError(Exception):
    """Base of the errors of harness.services; the message says place, cause and what to do."""


class ProgramMissing(ServiceError):
    """A server program is not installed, and this machine or user cannot install it."""


class InstallFailed(ServiceError):
    """Installing the Debian packages failed."""


class ServerFailed(ServiceError):
    """A server did not start, or did not answer its protocol in time."""


class AddressUnusable(ServiceError):
    """An external server cannot be used: bad address, unreachable, wrong account, or data of someone else."""


class ContainersUnusable(ServiceError):
    """Containers cannot be used here: no engine answers, or an image is neither present nor to be had."""
