"""What can be wrong with what a simulation is given.

CapacityError
├── CalibrationError    a run cannot be calibrated from, or a calibration cannot be read
├── DemandError         a demand or a profile is wrong: place, reason, what is allowed
├── SettingError        a change of the stack cannot be: its path or its value
├── FaultError          a fault cannot be injected: name, time, what there is
├── ValidationError     a run has not what a comparison needs, or a scenario is none that can be simulated
├── StackUnfit          the stack, or the machine, lacks what a simulation needs
└── ExecutorError       work cannot be spread: a library is missing, or a cluster does not answer
"""


class CapacityError(Exception):
    """Base of this package's errors. The message is one line for a person."""


class CalibrationError(CapacityError):
    """A run has nothing to calibrate from, or a file is no calibration. The message names file or folder."""


class DemandError(CapacityError):
    """A demand is out of range, or its file wrong. The message starts with file and line where there is a file."""


class SettingError(CapacityError):
    """A change of the stack has no such path, or a value that it does not allow. The message names both."""


class FaultError(CapacityError):
    """A fault has an unknown name or an impossible time. The message says what is allowed."""


class ValidationError(CapacityError):
    """Runs cannot be compared with what the simulator says of them. The message names folder or scenario."""


class StackUnfit(CapacityError):
    """The stack has something whose size is not known, or lacks a part. The message names it."""


class ExecutorError(CapacityError):
    """Work cannot be spread over processes or a cluster. The message says what is missing."""
