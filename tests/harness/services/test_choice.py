from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.process import FolderError, Guard
from harness.services import ServiceError, start


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Guard]:
    with Guard(base=tmp_path / "base") as running:
        yield running


def test_a_kind_that_does_not_exist(guard: Guard, tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"SERVICES=docker: .* auto, containers, native, external"):
        with start("docker", guard=guard, folder=tmp_path, progress=print):
            pass


def test_a_folder_that_cannot_be_written(guard: Guard, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match="the servers' folder cannot be written"):
        with start("native", guard=guard, folder=tmp_path / "file" / "servers", progress=print):
            pass
