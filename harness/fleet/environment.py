"""The environment of a worker process, as its pod would have it."""

import os
from collections.abc import Mapping
from pathlib import Path

from harness.fleet.errors import UnknownReference
from harness.stack import Worker, limits

# What a process needs of the machine. The rest of ours would make runs differ from machine to machine.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "VIRTUAL_ENV")


def environment(
    role: str, worker: Worker, references: Mapping[str, str], *, root: Path, host: str, port: int
) -> dict[str, str]:
    """All variables of `role`: its settings and resolved references, its limits, where it listens, where its code is.

    Raises UnknownReference where `references` lacks an address that the role refers to.
    """
    resolved = {}
    for variable, name in worker.references.items():
        if name not in references:
            raise UnknownReference(
                f"workers.{role}.references.{variable}: {name!r} is not known in this run; known: "
                f"{', '.join(sorted(references)) or 'none'}"
            )
        resolved[variable] = references[name]
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        **worker.settings,
        **resolved,
        **limits(worker),
        "WORKER_HOST": host,
        "WORKER_PORT": str(port),
        "PYTHONPATH": os.pathsep.join((str(root / "worker_src"), str(root))),
        "PYTHONUNBUFFERED": "1",
    }
