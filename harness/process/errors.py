"""Errors of this package.

ProcessError
├── FolderError     a folder cannot be made or written
├── StartFailed     a child could not be started at all
├── NotReady        what was waited for did not come in time
│   └── ChildEnded  … and never will: the child has ended
└── GuardLost       the guard process ended before the harness; every child has been ended with it
"""


class ProcessError(Exception):
    """Base of the errors of harness.process; the message says place, cause and what to do."""


class FolderError(ProcessError):
    """A folder cannot be made, written or trusted."""


class StartFailed(ProcessError):
    """The guard could not start a child: no such program, no such folder, not executable."""


class NotReady(ProcessError):
    """A wait ran into its time limit."""


class ChildEnded(NotReady):
    """A wait was given up because the child that it was for has ended."""


class GuardLost(ProcessError):
    """The guard process has ended unexpectedly; the harness has ended every child and cannot start new ones."""
