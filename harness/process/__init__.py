"""Starting, watching and ending processes.

Everything that a run starts stands under a `Guard`, so that nothing is left when the harness ends, however it ends.
Linux only: it rests on child subreapers, pidfds and /proc.
"""

from harness.process.child import Child
from harness.process.errors import ChildEnded, FolderError, GuardLost, NotReady, ProcessError, StartFailed
from harness.process.guard import PIPE, Guard
from harness.process.interrupts import Interrupted, expendable, interruptible
from harness.process.ports import LOOPBACK, HeldPort, Ports, hold_port
from harness.process.registry import sweep
from harness.process.waiting import Watched, wait_until

__all__ = [
    "LOOPBACK",
    "PIPE",
    "Child",
    "ChildEnded",
    "FolderError",
    "Guard",
    "GuardLost",
    "HeldPort",
    "Interrupted",
    "NotReady",
    "Ports",
    "ProcessError",
    "StartFailed",
    "Watched",
    "expendable",
    "hold_port",
    "interruptible",
    "sweep",
    "wait_until",
]
