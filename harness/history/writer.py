"""Appends records to a history."""

import json
import os
import time
from pathlib import Path
from types import TracebackType

from harness.history.errors import HistoryError

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Writer:
    """Appends JSON lines to `path`; several processes and threads may share one file.

    Each record is one write(2) to a descriptor opened with O_APPEND, which Linux makes one uninterrupted piece of a
    local file. It is with the kernel when `write` returns, so that the death of this process loses nothing. There is
    no buffer on purpose: a write costs some microseconds, and an attempt must be on record before it is sent.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise HistoryError(f"{path}: the history cannot be written: {error.strerror}") from error

    def write(self, type_: str, *, t: int | None = None, **fields: object) -> int:
        """Appends one record and returns its time in ns (`t`, or now). Fields that are None are left out."""
        if t is None:
            t = time.monotonic_ns()
        record: dict[str, object] = {"t": t, "type": type_}
        for name, value in fields.items():
            if value is not None:
                record[name] = value
        # A lone surrogate, which JSON can carry into a text, has no UTF-8 form; it must not cost the record.
        line = (_encode(record) + "\n").encode("utf-8", "backslashreplace")
        try:
            written = os.write(self._file, line)
        except OSError as error:
            raise HistoryError(f"{self.path}: the history cannot be written: {error.strerror}") from error
        if written != len(line):
            raise HistoryError(f"{self.path}: only part of a record could be written; is the disk full?")
        return t

    def close(self) -> None:
        """Closes the file; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
