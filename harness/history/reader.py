"""Reads a history back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.history.errors import HistoryError


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The records of `path` in file order.

    A last line without its newline is what a killed writer leaves, and is dropped. Anything else that is no record
    raises HistoryError with its line number.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise HistoryError(f"{path}: the history cannot be read: {error.strerror}") from error
    with file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            yield _record(line, f"{path}:{number}")


def _record(line: bytes, place: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise HistoryError(f"{place}: not a JSON record: {error}") from None
    if not isinstance(record, dict) or type(record.get("t")) is not int or type(record.get("type")) is not str:
        raise HistoryError(f'{place}: a record needs "t", a time in ns, and "type", a text; found {line[:80]!r}')
    return record
