"""Errors of this package.

InspectionError
├── Unreadable     AWS, or what stands for it, refused or did not answer a call
├── PackagesMissing there is no manifest of the functions' packages
└── NotDriven      an alarm or the scaler did not do what it must, or was not in the state to begin with
"""


class InspectionError(Exception):
    """Base of the errors of harness.inspection; the message says place, cause and what to do."""


class Unreadable(InspectionError):
    """A call of an AWS API was refused, or not answered."""


class PackagesMissing(InspectionError):
    """No manifest says which code the functions must have."""


class NotDriven(InspectionError):
    """The stack cannot be driven: something that must be there first is not."""
