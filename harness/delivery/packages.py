"""The Lambda functions' packages: per function a zip of its code, what it shares, and its dependencies.

botocore is not among them: Lambda's Python runtimes have it. A package's paths are those of `/var/task`:

    handler.py                        the function's handler
    <function>/                       its other modules
    shared/  contracts/               what functions share
    certificates/                     the roots of DocumentDB's certificates, for functions that connect to it
    pika/ …                           dependencies, for the function's architecture and runtime
"""

import base64
import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.delivery import archive, budgets, locks, vendor
from harness.delivery.errors import CodeMissing, DeliveryError, NotVendored, NotWritten
from harness.stack import Function

CERTIFICATES = "certificates/rds-global-bundle.pem"
MANIFEST = "packages.tfvars.json"

_KEPT = ".vendored"  # beside the environments' folders
# Not .sql: migrations are the workers', and a new one would replace every function.
_CODE = frozenset({".py", ".json"})


@dataclass(frozen=True)
class Package:
    """A written zip. `sha256` is in base64, as Terraform's filebase64sha256 and Lambda's CodeSha256 are."""

    function: str
    path: Path
    zipped_bytes: int
    unpacked_bytes: int
    sha256: str


def build(
    functions: Mapping[str, Function],
    *,
    root: Path,
    folder: Path,
    progress: Callable[[str], object],
    limits: Mapping[str, int] = budgets.BUDGETS,
) -> tuple[Package, ...]:
    """Writes a zip for every function of a stack into `folder`, and the manifest of them.

    `root` is the project's folder; `limits` are bytes unpacked, by function. Dependencies are kept beside `folder`, for
    the next time and for other environments. Zips of functions that are no longer named are removed. Raises
    DeliveryError.
    """
    folder = folder.resolve()
    packages = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, function in sorted(functions.items()):
            contents = _contents(name, function, root, folder.parent / _KEPT, progress)
            zipped = archive.pack(contents)
            budgets.check(name, contents, len(zipped), limits)
            path = folder / f"{name}.zip"
            _write(path, zipped)
            packages.append(
                Package(
                    function=name,
                    path=path,
                    zipped_bytes=len(zipped),
                    unpacked_bytes=sum(map(len, contents.values())),
                    sha256=base64.b64encode(hashlib.sha256(zipped).digest()).decode(),
                )
            )
        for stale in set(folder.glob("*.zip")) - {package.path for package in packages}:
            stale.unlink()
        _write(folder / MANIFEST, _manifest(packages))
    except OSError as error:
        raise NotWritten(f"{error.filename or folder}: {error.strerror}; packages are written to {folder}") from error
    return tuple(packages)


def unvendored(functions: Mapping[str, Function], *, root: Path, folder: Path) -> list[str]:
    """The functions whose dependencies `build` would have to fetch from a package index. Raises DeliveryError."""
    kept = folder.resolve().parent / _KEPT
    missing = []
    for name, function in sorted(functions.items()):
        requirements = locks.locked(_wanted(name, root), root / "requirements.lock")
        target = vendor.Target.of(function.runtime, function.architecture)
        if requirements and not vendor.file_of(requirements, target, kept).is_file():
            missing.append(name)
    return missing


def _manifest(packages: Sequence[Package]) -> bytes:
    """Variables for Terraform: where each zip is, and what it holds."""
    value = {"packages": {each.function: {"path": str(each.path), "sha256": each.sha256} for each in packages}}
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()


def _contents(
    name: str, function: Function, root: Path, kept: Path, progress: Callable[[str], object]
) -> dict[str, bytes]:
    code = root / "lambda_src" / name
    if not code.is_dir():
        raise CodeMissing(f"functions.{name}: no folder {code}; every function of the stack needs its code there")
    handler = f"{function.handler.partition('.')[0]}.py"
    if not (code / handler).is_file():
        raise CodeMissing(f"functions.{name}.handler is {function.handler}, and there is no {code / handler}")
    wanted = _wanted(name, root)
    try:
        dependencies = vendor.vendored(
            locks.locked(wanted, root / "requirements.lock"),
            vendor.Target.of(function.runtime, function.architecture),
            kept,
            lambda: progress(f"{name}: {', '.join(wanted)} for {function.runtime} on {function.architecture}"),
        )
    except DeliveryError as error:
        raise type(error)(f"functions.{name}: {error}") from error
    ours = {
        **{(path if path == handler else f"{name}/{path}"): content for path, content in _files(code)},
        **{f"shared/{path}": content for path, content in _files(root / "lambda_src" / "shared")},
        **{f"contracts/{path}": content for path, content in _files(root / "contracts")},
    }
    if any(reference.startswith("documents.") for reference in function.references.values()):
        ours[CERTIFICATES] = (root / "contracts" / CERTIFICATES).read_bytes()
    both = ours.keys() & dependencies.keys()
    if both:
        raise NotVendored(f"functions.{name}: {min(both)} is in our code and in a dependency; rename ours")
    return {**dependencies, **ours}


def _wanted(name: str, root: Path) -> tuple[str, ...]:
    return locks.names(root / "lambda_src" / name / locks.REQUIREMENTS)


def _files(folder: Path) -> list[tuple[str, bytes]]:
    return [
        (file.relative_to(folder).as_posix(), file.read_bytes())
        for file in folder.rglob("*")
        if file.suffix in _CODE and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    ]


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all; untouched where it is the same."""
    if path.is_file() and path.read_bytes() == content:
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(path)
