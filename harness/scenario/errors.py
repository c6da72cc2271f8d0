"""What can be wrong with a scenario or its run.

ScenarioError
├── ScenarioFileError   the file is wrong: place, reason, what is allowed
├── TargetError         a deployed stage cannot be rehearsed as asked for
└── RunError            the harness could not carry the rehearsal out
"""


class ScenarioError(Exception):
    """Base of this package's errors. The message is one line for a person."""


class ScenarioFileError(ScenarioError):
    """The scenario file cannot be used. The message starts with file and line."""


class TargetError(ScenarioError):
    """A deployed stage cannot be rehearsed as asked for. Nothing but health and a token was tried on it."""


class RunError(ScenarioError):
    """The rehearsal could not be carried out; nothing is said about the system under test."""
