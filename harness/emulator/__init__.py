"""AWS on one machine: emulators behind one front, which Terraform and boto3 take for the real thing.

It outlives the command that starts it, until it is stopped: its state is what Terraform's state file describes.
"""

from harness.emulator.errors import EmulatorError
from harness.emulator.inventory import inventory
from harness.emulator.lifetime import Emulator, running, start, stop

__all__ = ["Emulator", "EmulatorError", "inventory", "running", "start", "stop"]
