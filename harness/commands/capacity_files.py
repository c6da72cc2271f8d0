"""Where a simulation's results are: a folder with result.json and report.html, whole or not there."""

import datetime
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.capacity.errors import CapacityError
from harness.report import capacity_page

RESULT, REPORT = "result.json", "report.html"


def dumps(value: Mapping[str, Any]) -> str:
    """A result as it is in its file."""
    return json.dumps(value, indent=1)


def write(out: Path, name: str, value: Mapping[str, Any]) -> Path:
    """A new folder in `out`, by time and `name`, with the result `value` and its report.

    Interrupted, it leaves nothing. Raises CapacityError where it cannot be written.
    """
    texts = {RESULT: dumps(value) + "\n", REPORT: capacity_page.render(value)}
    folder = out / f"{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%SZ}-{name}"
    draft = folder.with_name(f".{folder.name}.draft")
    try:
        draft.mkdir(parents=True)
        for file, text in texts.items():
            (draft / file).write_text(text, "utf-8")
        draft.rename(folder)
    except OSError as error:
        raise CapacityError(f"{folder}: cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder
