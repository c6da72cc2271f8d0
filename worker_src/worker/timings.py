"""How long each batch took, in a file, for those who need more than a histogram's buckets."""

import json
import os
import time
from pathlib import Path


class Timings:
    """Appends {"t": CLOCK_MONOTONIC in ns, "size", "seconds"} to `path`, a line for each batch or request.

    Each line is one write(2) to a descriptor opened with O_APPEND: several threads may share it, and a killed process
    loses nothing. Raises OSError where the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def add(self, size: int, seconds: float) -> None:
        """Notes a batch of `size` messages that has just been settled, `seconds` after it was taken."""
        line = json.dumps({"t": time.monotonic_ns(), "size": size, "seconds": round(seconds, 6)})
        os.write(self._file, line.encode() + b"\n")
