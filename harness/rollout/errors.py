"""Errors of this package.

RolloutError
├── ToolMissing      kubectl, helm or docker is not installed, or no Docker engine answers
├── Unequipped       this machine, or its user, lacks several things that a rollout needs
├── ToolFailed       one of them refused; the message has what it said
├── Contradiction    figures of the stack's description that no cluster can keep, or that contradict the manifests
├── OutputMissing    the stack's outputs lack what the manifests need, or there are none
├── InvalidManifest  a rendered object is not what its schema allows
├── Unreachable      the Kubernetes API does not answer from here
├── AwsRefused       AWS refused a call, or there are no credentials
└── NotDone          something did not become what was waited for; the message has its state and last words
"""


class RolloutError(Exception):
    """Base of the errors of harness.rollout; the message says place, cause and what to do."""


class ToolMissing(RolloutError):
    """An external program, or the Docker engine, cannot be had."""


class Unequipped(RolloutError):
    """Several things are missing. Each line names one, and what to do about it."""


class ToolFailed(RolloutError):
    """An external program failed; the message has what it said."""


class Contradiction(RolloutError):
    """The description and the manifests, or two figures of the description, do not fit."""


class OutputMissing(RolloutError):
    """An output of the applied stack is missing."""


class InvalidManifest(RolloutError):
    """Rendered objects violate their schemas. Each line names one: kind/name, field, what is wrong there."""


class Unreachable(RolloutError):
    """The Kubernetes API cannot be reached; the message says how to."""


class AwsRefused(RolloutError):
    """AWS refused, or cannot be asked."""


class NotDone(RolloutError):
    """A wait ran out, or ended in failure."""
