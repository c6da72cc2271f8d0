"""What can be wrong with what a simulation is given.

CapacityError
├── CalibrationError    a run cannot be calibrated from, or a calibration cannot be read
└── DemandError         a demand or a profile is wrong: place, reason, what is allowed
"""


class CapacityError(Exception):
    """Base of this package's errors. The message is one line for a person."""


class CalibrationError(CapacityError):
    """A run has nothing to calibrate from, or a file is no calibration. The message names file or folder."""


class DemandError(CapacityError):
    """A demand is out of range, or its file wrong. The message starts with file and line where there is a file."""
