"""`harness image` as a person calls it; the build itself is tested with the room."""

from pathlib import Path

import pytest

from harness.cli import main


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--env", "stage"], "there is no environment 'stage'; there are dev, local, prod"),
        ([], "docker is not on the PATH; install a Docker engine"),
    ],
)
def test_what_cannot_be_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    expected: str,
):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["image", *arguments]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"harness: {expected}")


def test_it_prints_name_and_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\ncase "$1" in version) echo "20.10.24 20.10.24" ;; image) echo 123456789 ;; esac\n')
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert main(["image", "--env", "dev", "--tag", "v1"]) == 0
    told = capfd.readouterr()
    assert told.out == "orders-dev/worker:v1 123,456,789 bytes\n"
    assert "building orders-dev/worker:v1 for arm64 from python:3.13-slim" in told.err
