"""Errors of the workers.

WorkerError
├── SettingsError     a setting is missing or malformed: exit code 2
├── Misconfigured     the surroundings are not what `migrate` makes, or refuse our account: exit code 1
└── Unavailable       the broker or a database is away; nobody's fault, worth another try
    └── SessionLost   the connection to the broker has ended, and with it every delivery tag
"""


class WorkerError(Exception):
    """Base of the workers' errors; the message says place, cause and what to do."""


class SettingsError(WorkerError):
    """Settings are missing or malformed. The message has a line for each."""


class Misconfigured(WorkerError):
    """Trying again does not help: topology, schema or account are missing. The orchestrator restarts the process."""


class Unavailable(WorkerError):
    """A server is away or overtaxed for now. No message is to blame, and no attempt is counted."""


class SessionLost(Unavailable):
    """The connection to the broker has ended; what it delivered comes again."""
