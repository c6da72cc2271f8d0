from pathlib import Path

import pytest

from harness.rollout import tools
from harness.rollout.errors import ToolFailed, ToolMissing


@pytest.mark.parametrize("name", ["kubectl", "helm", "docker"])
def test_a_missing_program_says_where_to_get_it(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match=rf"^{name} is not on the PATH; install .*https://"):
        tools.run(name, "version")


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A `helm` of our own, as a shell script."""
    file = tmp_path / "helm"
    file.touch(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return file


def test_what_it_prints_and_is_given(program: Path):
    program.write_text("#!/bin/sh\ncat; echo done\n")
    assert tools.run("helm", "version", given="a line\n") == "a line\ndone\n"


def test_what_it_says_when_it_fails_is_one_line(program: Path):
    program.write_text("#!/bin/sh\necho 'first\nsecond' >&2; exit 4\n")
    with pytest.raises(ToolFailed, match=r"^helm upgrade: first second$"):
        tools.run("helm", "upgrade")


def test_one_that_does_not_answer_is_given_up(program: Path):
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    with pytest.raises(ToolFailed, match=r"helm upgrade: no answer within 0.2 s"):
        tools.run("helm", "upgrade", timeout_s=0.2)


def test_progress_goes_to_stderr(program: Path, capfd: pytest.CaptureFixture[str]):
    program.write_text("#!/bin/sh\necho layer; exit $1\n")
    tools.stream("helm", "0")
    with pytest.raises(ToolFailed, match=r"helm 3: failed with exit code 3"):
        tools.stream("helm", "3")
    assert capfd.readouterr() == ("", "layer\nlayer\n")
