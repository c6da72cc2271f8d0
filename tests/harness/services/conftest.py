"""Servers of the tests' own, started once for this folder: these tests delete what they find on them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.process import Guard
from harness.services import Endpoints, start


@pytest.fixture(scope="session")
def own_guard() -> Iterator[Guard]:
    # A short path: Unix sockets below it have at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="services-") as folder, Guard(base=Path(folder) / "base") as guard:
        yield guard


@pytest.fixture(scope="session")
def servers(own_guard: Guard) -> Iterator[Endpoints]:
    lines: list[str] = []
    with start("native", guard=own_guard, folder=own_guard.folder / "servers", progress=lines.append) as endpoints:
        yield endpoints
