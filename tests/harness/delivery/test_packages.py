import ast
import base64
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import shutil
import ssl
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.delivery import DeliveryError, Package, budgets, build, locks, packages, vendor
from harness.delivery.errors import CodeMissing, NotVendored, NotWritten, OverBudget, RuntimeUnknown, ToolMissing
from harness.stack import Function, Stack

ROOT = Path(__file__).resolve().parents[3]
CODE = ROOT / "lambda_src"
NAMES = sorted(path.parent.name for path in CODE.glob("*/handler.py"))
# What Lambda's runtime has: botocore and what it needs.
RUNTIME = ("botocore", "dateutil", "jmespath", "six.py", "urllib3")

CLEAN = """
import json, sys
sys.path[:0] = {paths}
import handler
assert callable(handler.handler)
print(json.dumps([getattr(module, "__file__", None) or "" for module in sys.modules.values()]))
"""

VARIABLES = {
    "BROKER_URL": "amqp://127.0.0.1:9/%2F", "MYSQL_URL": "mysql://127.0.0.1:9/orders", "PRICING_DEADLINE_S": "1",
    "DOCUMENTS_URL": "mongodb://127.0.0.1:9/orders?tls=true&tlsCAFile=certificates/rds-global-bundle.pem",
    "PRICING_URL": "http://127.0.0.1:9", "OVERFLOW_QUEUE_URL": "http://127.0.0.1:9/1/overflow",
    **{f"{server}_CREDENTIALS": '{"username": "u", "password": "p"}' for server in ("BROKER", "MYSQL", "DOCUMENTS")},
    "CLUSTER_ID": "orders", "INSTANCE_CLASS": "db.r6g.large", "MINIMUM": "2", "MAXIMUM": "4", "COOLDOWN_OUT_S": "600",
    "COOLDOWN_IN_S": "1800", "ALARM_OUT": "high", "ALARM_IN": "low",
    "AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
}  # fmt: skip


def function(name: str, **changes: Any) -> Function:
    """A function as this machine's own Python could run it."""
    references = {"DOCUMENTS_URL": "documents.url"} if name in ("queries", "notifications") else {}
    machine = "arm64" if platform.machine() == "aarch64" else "x86_64"
    here = Function(
        handler="handler.handler",
        runtime=f"python3.{sys.version_info.minor}",
        architecture=machine,  # type: ignore[arg-type]
        memory_mb=256,
        timeout_s=10,
        reserved_concurrency=None,
        provisioned_concurrency=0,
        settings={},
        references=references,
    )
    return replace(here, **changes)


def silent(_: str) -> None:
    pass


def made(folder: Path, functions: Mapping[str, Function], root: Path = ROOT, **more: Any) -> dict[str, Package]:
    """Packages by function, written into `folder`."""
    more = {"limits": dict.fromkeys(functions, 10**9), "progress": silent, **more}
    return {each.function: each for each in build(functions, root=root, folder=folder, **more)}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packages")


@pytest.fixture(scope="module")
def built(out: Path) -> dict[str, Package]:
    """All packages, with the budgets that they really have."""
    return made(out / "local", {name: function(name) for name in NAMES}, limits=budgets.BUDGETS)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the code somewhere else: other times, other modes, and what lies about in a working tree."""
    root = tmp_path / "elsewhere"
    for part in ("lambda_src", "contracts"):
        shutil.copytree(ROOT / part, root / part, copy_function=shutil.copy)
    shutil.copy(ROOT / "requirements.lock", root)
    for file in root.rglob("*.py"):
        file.chmod(0o600)
        os.utime(file, (1, 1))
    for junk in ("shared/__pycache__/logs.cpython-311.pyc", "commands/.handler.py.swp", "users/notes.txt"):
        file = root / "lambda_src" / junk
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"junk")
    return root


def entries(package: Package) -> list[zipfile.ZipInfo]:
    with zipfile.ZipFile(package.path) as opened:
        return opened.infolist()


def test_every_function_of_the_stack_has_code_and_a_budget(stack: Stack) -> None:
    assert set(stack.functions) <= set(NAMES) == set(budgets.BUDGETS)


def test_the_same_bytes_again_from_another_folder_and_without_what_was_kept(
    built: dict[str, Package], project: Path, tmp_path: Path
) -> None:
    again = made(tmp_path / "out" / "local", {name: function(name) for name in NAMES}, project)
    assert {name: each.sha256 for name, each in again.items()} == {name: each.sha256 for name, each in built.items()}


def test_entries_are_sorted_and_tell_nothing_of_this_machine(built: dict[str, Package]) -> None:
    for package in built.values():
        found = entries(package)
        assert [each.filename for each in found] == sorted({each.filename for each in found})
        assert {each.date_time for each in found} == {(1980, 1, 1, 0, 0, 0)}
        assert {each.external_attr >> 16 for each in found} == {stat.S_IFREG | 0o644}
        assert {(each.create_system, each.compress_type, each.extra) for each in found} == {(3, 0, b"")}
        for each in found:
            assert not re.search(r"__pycache__|\.pyc$|/RECORD$|/INSTALLER$|direct_url|\.lock$|^bin/", each.filename)
        assert str(ROOT).encode() not in package.path.read_bytes()


def test_a_second_build_calls_no_tool_and_touches_nothing(
    built: dict[str, Package], out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vendor, "uv", lambda: pytest.fail("uv is called"))
    before = {path: path.stat().st_mtime_ns for path in (out / "local").iterdir()}
    told: list[str] = []
    made(out / "local", {name: function(name) for name in NAMES}, progress=told.append)
    assert {path: path.stat().st_mtime_ns for path in (out / "local").iterdir()} == before
    assert told == []


def test_sizes_hashes_and_the_manifest_are_those_of_the_files(built: dict[str, Package], out: Path) -> None:
    for package in built.values():
        content = package.path.read_bytes()
        assert package.sha256 == base64.b64encode(hashlib.sha256(content).digest()).decode()
        assert package.zipped_bytes == len(content)
        assert package.unpacked_bytes == sum(each.file_size for each in entries(package))
    manifest = json.loads((out / "local" / packages.MANIFEST).read_text())
    assert manifest == {
        "packages": {name: {"path": str(each.path), "sha256": each.sha256} for name, each in built.items()}
    }
    assert all(each.path.is_absolute() for each in built.values())


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what Lambda's runtime has, and nothing else of this environment."""
    folder = tmp_path_factory.mktemp("runtime")
    installed = Path(importlib.metadata.distribution("botocore").locate_file(""))  # type: ignore[arg-type]
    for name in RUNTIME:
        (folder / name).symlink_to(installed / name)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_a_handler_starts_from_its_zip_alone(
    built: dict[str, Package], runtime: Path, tmp_path: Path, name: str
) -> None:
    with zipfile.ZipFile(built[name].path) as opened:
        opened.extractall(tmp_path)
    # Without site there are no site-packages, of this environment or of the system.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", CLEAN.format(paths=[str(tmp_path), str(runtime)])],
        env=VARIABLES, cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    files = json.loads(done.stdout)
    assert str(tmp_path / "handler.py") in files
    assert not [file for file in files if file.startswith(str(ROOT))]
    used = {file.removeprefix(f"{tmp_path}/").split("/")[0] for file in files if file.startswith(f"{tmp_path}/")}
    tops = {each.filename.split("/")[0] for each in entries(built[name])}
    # dns is imported for mongodb+srv alone, gridfs never; both come with pymongo.
    idle = {top for top in tops - used if not top.endswith(".dist-info")}
    assert idle <= {"certificates", "contracts", "dns", "gridfs"}


def imported(file: Path, seen: set[Path]) -> Iterator[str]:
    """Top-level modules that are not ours, as the handler in `file` imports them, through what we share."""
    if file in seen:
        return
    seen.add(file)
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for module in modules:
            parts = module.split(".")
            if parts[0] not in ("shared", "contracts", *NAMES):
                yield parts[0]
            for base in (CODE, ROOT):
                for end in range(1, len(parts) + 1):
                    path = base.joinpath(*parts[:end])
                    if path.with_suffix(".py").is_file():
                        yield from imported(path.with_suffix(".py"), seen)
                    elif (path / "__init__.py").is_file():
                        yield from imported(path / "__init__.py", seen)


def needed(name: str) -> set[str]:
    """Distributions that a handler imports, and what those need."""
    providers = importlib.metadata.packages_distributions()
    found: set[str] = set()
    todo = [
        distribution.lower()
        for module in set(imported(CODE / name / "handler.py", set())) - {"botocore"}
        for distribution in providers.get(module, ())
    ]
    while todo:
        if (distribution := todo.pop()) not in found:
            found.add(distribution)
            requires = importlib.metadata.requires(distribution) or []
            todo += [re.split(r"[^A-Za-z0-9._-]", each)[0].lower() for each in requires if ";" not in each]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_function_carries_exactly_what_it_imports(name: str) -> None:
    assert set(locks.names(CODE / name / "requirements.txt")) == needed(name)


def test_versions_are_those_that_the_replay_runs_with(built: dict[str, Package]) -> None:
    carried = {
        each.filename.split("/")[0].removesuffix(".dist-info")
        for package in built.values()
        for each in entries(package)
        if ".dist-info/" in each.filename
    }
    assert {"pika", "pymongo", "pymysql", "fastjsonschema"} <= {each.split("-")[0] for each in carried}
    for each in carried:
        name, version = each.split("-")
        assert importlib.metadata.version(name) == version


@pytest.mark.parametrize(("architecture", "machine", "tag"), [("x86_64", 0x3E, "x86_64"), ("arm64", 0xB7, "aarch64")])
def test_compiled_modules_are_for_the_function_and_not_for_this_machine(
    out: Path, architecture: str, machine: int, tag: str
) -> None:
    wanted = function("queries", runtime="python3.12", architecture=architecture)
    package = made(out / architecture, {"queries": wanted})["queries"]
    with zipfile.ZipFile(package.path) as opened:
        compiled = [name for name in opened.namelist() if name.endswith(".so")]
        assert f"bson/_cbson.cpython-312-{tag}-linux-gnu.so" in compiled
        for name in compiled:
            assert f"cpython-312-{tag}" in name
            header = opened.read(name)[:20]
            assert header[:4] == b"\x7fELF"
            assert int.from_bytes(header[18:20], "little") == machine


def test_certificates_go_to_those_who_connect_to_documentdb(built: dict[str, Package]) -> None:
    with_them = {name for name, each in built.items() if packages.CERTIFICATES in zipfile.ZipFile(each.path).namelist()}
    assert with_them == {"notifications", "queries"}
    bundle = zipfile.ZipFile(built["queries"].path).read(packages.CERTIFICATES).decode()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=bundle)
    assert context.get_ca_certs()


def test_a_package_of_a_function_that_is_gone_goes_too(tmp_path: Path) -> None:
    made(tmp_path / "local", {"quotes": function("quotes"), "database_scaler": function("database_scaler")})
    made(tmp_path / "local", {"database_scaler": function("database_scaler")})
    assert [path.name for path in (tmp_path / "local").glob("*.zip")] == ["database_scaler.zip"]
    assert list(json.loads((tmp_path / "local" / packages.MANIFEST).read_text())["packages"]) == ["database_scaler"]


def test_a_changed_line_changes_the_package(project: Path, tmp_path: Path) -> None:
    before = made(tmp_path / "local", {"quotes": function("quotes")}, project)["quotes"]
    (project / "lambda_src" / "shared" / "logs.py").write_text('"""Other."""\n')
    assert made(tmp_path / "local", {"quotes": function("quotes")}, project)["quotes"].sha256 != before.sha256


def test_what_is_kept_and_damaged_is_made_anew(tmp_path: Path) -> None:
    first = made(tmp_path / "local", {"quotes": function("quotes")})["quotes"]
    (kept,) = (tmp_path / ".vendored").glob("*.zip")
    whole = kept.read_bytes()
    for damaged in (b"", whole[:1000], whole.replace(b"fastjsonschema", b"fastjsonschemb")):
        kept.write_bytes(damaged)
        assert made(tmp_path / "local", {"quotes": function("quotes")})["quotes"].sha256 == first.sha256
        assert kept.read_bytes() == whole


# Errors: one line that says what to do.


def refused(kind: type[DeliveryError], tmp_path: Path, root: Path = ROOT, **functions: Function) -> str:
    with pytest.raises(kind) as caught:
        made(tmp_path / "local", functions, root)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_code_that_is_missing(project: Path, tmp_path: Path) -> None:
    said = refused(CodeMissing, tmp_path, project, pricing=function("pricing"))
    assert said.startswith("functions.pricing: no folder ")
    said = refused(CodeMissing, tmp_path, project, quotes=function("quotes", handler="main.run"))
    assert said.startswith("functions.quotes.handler is main.run, and there is no ")
    requirements = project / "lambda_src" / "quotes" / "requirements.txt"
    requirements.write_text("fastjsonschema>=2\n")
    assert "requirements.txt:1: 'fastjsonschema>=2'; write a name alone" in refused(
        CodeMissing, tmp_path, project, quotes=function("quotes")
    )
    requirements.write_text("left-pad\n")
    said = refused(CodeMissing, tmp_path, project, quotes=function("quotes"))
    assert said == "functions.quotes: requirements.lock has no left-pad; add it to pyproject.toml and run `make lock`"
    requirements.unlink()
    assert "it lists what the function carries" in refused(CodeMissing, tmp_path, project, quotes=function("quotes"))


def test_a_runtime_that_is_no_python(tmp_path: Path) -> None:
    said = refused(RuntimeUnknown, tmp_path, quotes=function("quotes", runtime="nodejs22.x", architecture="arm64"))
    assert said == "functions.quotes: runtime nodejs22.x on arm64; write python3.N on arm64 or x86_64"


def test_a_package_over_its_budget_names_what_is_large(
    built: dict[str, Package], out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {"users": function("users")}
    with pytest.raises(OverBudget, match=r"functions\.users: [\d,]+ bytes are more than its budget .*largest: pymysql"):
        made(out / "over", named, limits={"users": 1000})
    with pytest.raises(OverBudget, match="has no budget; give it a line"):
        made(out / "over", named, limits={})
    monkeypatch.setattr(budgets, "LAMBDA_ZIPPED_BYTES", 1000)
    with pytest.raises(OverBudget, match="what Lambda takes as a zip, 1,000"):
        made(out / "over", named)
    assert not (out / "over" / "users.zip").exists()


def test_without_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendor.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    said = refused(ToolMissing, tmp_path, quotes=function("quotes"))
    assert said == "functions.quotes: uv is not installed, and packages need it; `make venv` installs it"


def test_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    monkeypatch.setenv("UV_OFFLINE", "1")
    said = refused(NotVendored, tmp_path, quotes=function("quotes"))
    assert said.startswith("functions.quotes: ")
    assert said.endswith("(a package index for Python must be reachable, unless `uv` has the wheels in its cache)")


def test_another_hash_than_the_lock_has(project: Path, tmp_path: Path) -> None:
    lock = project / "requirements.lock"
    before, entry, after = re.split(r"(?m)^(fastjsonschema==(?:.*\\\n)*.*\n)", lock.read_text(), maxsplit=1)
    lock.write_text(before + re.sub(r"sha256:[0-9a-f]+", "sha256:" + "0" * 64, entry) + after)
    said = refused(NotVendored, tmp_path, project, quotes=function("quotes"))
    assert "Hash mismatch for `fastjsonschema==" in said
    assert said.endswith("(the index serves something else than requirements.lock says)")


def test_no_wheel_for_the_runtime(project: Path, tmp_path: Path) -> None:
    (project / "lambda_src" / "users" / "requirements.txt").write_text("pymongo\n")
    said = refused(NotVendored, tmp_path, project, users=function("users", runtime="python3.8"))
    assert "choose another runtime or architecture" in said


def test_a_name_that_a_dependency_has_too(project: Path, tmp_path: Path) -> None:
    (project / "lambda_src" / "fastjsonschema").mkdir()
    for file in ("handler.py", "version.py"):
        (project / "lambda_src" / "fastjsonschema" / file).write_text('"""Ours."""\n')
    (project / "lambda_src" / "fastjsonschema" / "requirements.txt").write_text("fastjsonschema\n")
    said = refused(NotVendored, tmp_path, project, fastjsonschema=function("fastjsonschema"))
    assert said == "functions.fastjsonschema: fastjsonschema/version.py is in our code and in a dependency; rename ours"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "local").write_text("a file")
    assert "packages are written to" in refused(NotWritten, tmp_path, quotes=function("quotes"))
