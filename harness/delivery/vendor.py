"""Wheels for the platform of a function, unpacked: by uv, which takes no other platform's and builds nothing."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.delivery import archive
from harness.delivery.errors import NotVendored, RuntimeUnknown, ToolMissing

# Wheels for glibc 2.17 run on every system that Lambda runs Python on.
_PLATFORMS = {"x86_64": "x86_64-manylinux2014", "arm64": "aarch64-manylinux2014"}
# What an installation writes for itself: it names this machine's paths and tools, and no program reads it.
_INSTALLERS = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json"})
# What Python does not run: sources of compiled modules, stubs, bytecode that carries the time of compiling.
_NOT_RUN = frozenset({".c", ".h", ".pyi", ".pyc"})
# In the key of what is kept: another one makes everything anew.
_FORM = 1

_HINTS = (
    ("hash mismatch", "the index serves something else than requirements.lock says"),
    ("no wheels", "choose another runtime or architecture, or a version that has wheels for it"),
    ("no usable wheels", "choose another runtime or architecture, or a version that has wheels for it"),
    ("fetch", "a package index for Python must be reachable, unless `uv` has the wheels in its cache"),
    ("network", "a package index for Python must be reachable, unless `uv` has the wheels in its cache"),
    ("connect", "a package index for Python must be reachable, unless `uv` has the wheels in its cache"),
)


@dataclass(frozen=True)
class Target:
    """Where the code will run."""

    python: str
    platform: str

    @classmethod
    def of(cls, runtime: str, architecture: str) -> "Target":
        """From a function's runtime (`python3.12`) and architecture. Raises RuntimeUnknown."""
        match = re.fullmatch(r"python(3\.\d+)", runtime)
        if not match or architecture not in _PLATFORMS:
            raise RuntimeUnknown(
                f"runtime {runtime} on {architecture}; write python3.N on {' or '.join(sorted(_PLATFORMS))}"
            )
        return cls(match[1], _PLATFORMS[architecture])


def vendored(requirements: str, target: Target, kept: Path, progress: Callable[[], object]) -> dict[str, bytes]:
    """The files of locked requirements, by path. What was made once is taken from the folder `kept`.

    `progress` is called before uv is. Raises ToolMissing and NotVendored.
    """
    if not requirements:
        return {}
    file = file_of(requirements, target, kept)
    try:
        return archive.unpack(file.read_bytes())
    except (FileNotFoundError, zipfile.BadZipFile):
        progress()
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept) as folder:
        contents = _installed(requirements, target, Path(folder))
        made = Path(folder) / "made"
        made.write_bytes(archive.pack(contents))
        made.replace(file)
    return contents


def file_of(requirements: str, target: Target, kept: Path) -> Path:
    """Where in the folder `kept` the files of these requirements are, once they have been made."""
    key = hashlib.sha256(json.dumps([_FORM, target.python, target.platform, requirements]).encode()).hexdigest()
    return kept / f"{key[:32]}.zip"


def _installed(requirements: str, target: Target, folder: Path) -> dict[str, bytes]:
    lock, site = folder / "requirements.lock", folder / "site"
    lock.write_text(requirements, "utf-8")
    argv = [
        uv(), "pip", "install", "--quiet", "--no-progress", "--color", "never",
        "--python", sys.executable, "--target", str(site),
        "--python-platform", target.platform, "--python-version", target.python,
        "--only-binary", ":all:", "--require-hashes", "--no-deps", "--link-mode", "copy",
        "--requirement", str(lock),
    ]  # fmt: skip
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise NotVendored(_told(done.stderr))
    return {
        file.relative_to(site).as_posix(): file.read_bytes()
        for file in site.rglob("*")
        if file.is_file() and _runs(file.relative_to(site))
    }


def _runs(path: Path) -> bool:
    if path.parts[0] == "bin" or path.name == ".lock" or path.suffix in _NOT_RUN:
        return False
    return not (path.parent.suffix == ".dist-info" and path.name in _INSTALLERS)


def uv() -> str:
    """The uv beside this Python, else the one on PATH. Raises ToolMissing where there is neither."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = shutil.which("uv", path=places)
    if not found:
        raise ToolMissing("uv is not installed, and packages need it; `make venv` installs it")
    return found


def _told(stderr: str) -> str:
    """What uv said, in one line, and what to do."""
    lines = (re.sub(r"^[\s×╰─▶│├]+", "", line).strip() for line in stderr.splitlines())
    text = " ".join(line for line in lines if line)[:500] or "uv failed and said nothing"
    advice = next((advice for sign, advice in _HINTS if sign in text.lower()), None)
    return f"{text} ({advice})" if advice else text
