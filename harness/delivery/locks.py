"""Which dependencies a function has, and the versions and hashes that the replay runs with.

A function's `requirements.txt` has names alone. Versions come from the project's `requirements.lock`, so that what is
deployed is what was rehearsed.
"""

import re
from pathlib import Path

from harness.delivery.errors import CodeMissing

REQUIREMENTS = "requirements.txt"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def names(file: Path) -> tuple[str, ...]:
    """The distributions named in a function's requirements, normalised and sorted. Raises CodeMissing."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except OSError as error:
        raise CodeMissing(f"{file}: cannot be read ({error.strerror}); it lists what the function carries") from None
    found = set()
    for number, line in enumerate(lines, 1):
        if not (name := line.partition("#")[0].strip()):
            continue
        if not _NAME.fullmatch(name):
            raise CodeMissing(f"{file}:{number}: {name!r}; write a name alone, versions come from requirements.lock")
        found.add(_normalised(name))
    return tuple(sorted(found))


def locked(wanted: tuple[str, ...], lock: Path) -> str:
    """The entries of `lock` for these distributions, with their hashes. Raises CodeMissing."""
    try:
        text = lock.read_text("utf-8")
    except OSError as error:
        raise CodeMissing(f"{lock}: cannot be read ({error.strerror}); `make lock` writes it") from None
    # An entry begins at the margin; one distribution may have several, each with a marker.
    entries: dict[str, str] = {}
    for entry in re.split(r"(?m)^(?=[A-Za-z0-9])", text):
        if match := _NAME.match(entry):
            entries[_normalised(match[0])] = entries.get(_normalised(match[0]), "") + entry
    for name in wanted:
        if name not in entries:
            raise CodeMissing(f"{lock.name} has no {name}; add it to pyproject.toml and run `make lock`")
    return "".join(entries[name] for name in wanted)


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
