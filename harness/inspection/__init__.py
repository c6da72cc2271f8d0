"""Whether AWS has what the stack description says, and, in the emulator, whether alarms and scaling do their part."""

from harness.inspection.clients import Clients
from harness.inspection.coverage import hidden
from harness.inspection.drive import Drive, Driver
from harness.inspection.errors import InspectionError, Unreadable
from harness.inspection.readback import Readback, read
from harness.inspection.subject import Subject, code_hashes

__all__ = [
    "Clients",
    "Drive",
    "Driver",
    "InspectionError",
    "Readback",
    "Subject",
    "Unreadable",
    "code_hashes",
    "hidden",
    "read",
]
