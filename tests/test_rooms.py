"""The order of the rooms (README, "The tree"): who may import whom, and that what is public says what it is."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FIRST = {"process", "history", "stack"}
SECOND = {"services", "cloud", "fleet", "traffic", "faults", "checks", "redrive", "delivery", "rollout"}
THIRD = {"scenario", "emulator", "capacity", "report", "doctor", "inspection"}
FOURTH = {"commands"}

# The name under which each tree's code is imported, and the trees that it may import beside itself.
TREES = {"contracts": set(), "worker_src": {"contracts"}, "lambda_src": {"contracts"}, "harness": {"contracts"}}


def tree_of(name: str, functions: set[str]) -> str | None:
    """The tree that an imported module belongs to; None for what is not ours."""
    top = name.split(".")[0]
    return {
        "contracts": "contracts",
        "harness": "harness",
        "worker": "worker_src",
        "worker_src": "worker_src",
        "shared": "lambda_src",
        "lambda_src": "lambda_src",
        **dict.fromkeys(functions, "lambda_src"),
    }.get(top)


def imports(file: Path, package: str) -> Iterator[tuple[int, str]]:
    """Every module that `file` imports, also inside of functions: (line, full name). `package` is the file's own."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            # `from harness import stack` and `from . import x` name modules behind the import.
            yield from ((node.lineno, f"{base}.{alias.name}".lstrip(".")) for alias in node.names)


def room(parts: tuple[str, ...]) -> str:
    """The room of the harness that a path or module name leads to: harness/cloud/… is in `cloud`."""
    return parts[1].removesuffix(".py") if len(parts) > 1 else ""


def may_import(own: str, other: str) -> bool:
    """Whether room `own` of the harness may import room `other`."""
    if own == other:
        return True
    if own in FIRST:
        return False
    if own in SECOND:
        return other in FIRST
    return own not in THIRD | FOURTH or other in FIRST | SECOND | THIRD


def wrong_imports(root: Path) -> list[str]:
    """Every import in the tree at `root` that goes against the order."""
    functions = {folder.name for folder in (root / "lambda_src").glob("*/") if folder.name != "shared"}
    wrong = []
    for tree, allowed in TREES.items():
        for file in sorted((root / tree).rglob("*.py")):
            path = file.relative_to(root)
            package = ".".join(path.parent.parts if tree in ("contracts", "harness") else path.parent.parts[1:])
            for line, name in imports(file, package):
                other = tree_of(name, functions)
                why = None
                if other is None:
                    continue
                if other != tree and other not in allowed:
                    why = f"{tree} may import {' and '.join(sorted(allowed)) or 'nothing of ours'}"
                elif tree == other == "harness" and not may_import(room(path.parts), room(tuple(name.split(".")))):
                    why = f"{room(path.parts)} may not know {room(tuple(name.split('.')))}"
                elif tree == other == "lambda_src" and name.split(".")[0] not in ("shared", path.parts[1]):
                    why = "functions do not know each other"
                if why:
                    wrong.append(f"{path}:{line}: imports {name}: {why}")
    return wrong


def undocumented(root: Path) -> list[str]:
    """Modules, and public classes, functions and methods, without a docstring.

    Exempt are properties, whose name says it, and methods of classes with a base, which may document them.
    """
    missing = []
    for tree in TREES:
        for file in sorted((root / tree).rglob("*.py")):
            module = ast.parse(file.read_text("utf-8"))
            path = file.relative_to(root)
            if module.body and not ast.get_docstring(module):
                missing.append(f"{path}: the module")
            missing.extend(
                f"{path}:{node.lineno}: {node.name}" for node in _public(module) if not ast.get_docstring(node)
            )
    return missing


def _public(parent: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in parent.body:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) or node.name.startswith("_"):
            continue
        decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
        inherited = isinstance(parent, ast.ClassDef) and parent.bases and not isinstance(node, ast.ClassDef)
        if not inherited and not decorators & {"property", "cached_property", "functools.cached_property"}:
            yield node
        if isinstance(node, ast.ClassDef):
            yield from _public(node)


def test_imports_keep_the_order_of_the_rooms():
    assert wrong_imports(ROOT) == []


def test_what_is_public_has_a_docstring():
    assert undocumented(ROOT) == []


def test_every_room_of_the_harness_has_its_place_in_the_order():
    rooms = {path.name for path in (ROOT / "harness").glob("*/") if any(path.glob("*.py"))}
    assert rooms <= FIRST | SECOND | THIRD | FOURTH


@pytest.fixture
def planted(tmp_path):
    """Writes a file into a tree of its own, in which `lambda_src` has the functions commands and queries."""
    for function in ("commands", "queries"):
        (tmp_path / "lambda_src" / function).mkdir(parents=True)

    def plant(path: str, text: str) -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return tmp_path

    return plant


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("contracts/messages.py", "import harness"),
        ("contracts/messages.py", "from shared import logs"),
        ("contracts/messages.py", "from worker.orders import rules"),
        ("lambda_src/commands/handler.py", "from worker import mysql"),
        ("lambda_src/commands/handler.py", "def late():\n    import harness.checks"),
        ("lambda_src/commands/handler.py", "from queries import handler"),
        ("lambda_src/commands/handler.py", "import lambda_src.queries.handler"),
        ("lambda_src/shared/logs.py", "from commands.handler import handler"),
        ("worker_src/worker/mysql.py", "from shared import mysql"),
        ("worker_src/worker/mysql.py", "from harness.history import read"),
        ("harness/process/guard.py", "from harness import history"),
        ("harness/stack/load.py", "from harness.services import start"),
        ("harness/checks/run.py", "from harness.traffic import actions"),
        ("harness/checks/run.py", "from ..traffic import actions"),
        ("harness/checks/run.py", "from .. import cloud"),
        ("harness/checks/run.py", "import harness.scenario.run as run"),
        ("harness/traffic/client.py", "if True:\n    from harness import cli"),
        ("harness/scenario/run.py", "import worker"),
        ("harness/scenario/run.py", "from lambda_src.shared import logs"),
        ("harness/report/page.py", "import harness.cli"),
        ("harness/scenario/run.py", "from harness.commands import places"),
        ("harness/commands/replay.py", "from harness import cli"),
    ],
)
def test_an_import_against_the_order_is_caught(planted, path, text):
    (found,) = wrong_imports(planted(path, text))
    assert found.startswith(path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("contracts/messages.py", "from contracts import identity\nimport json"),
        ("lambda_src/commands/handler.py", "from shared import logs\nfrom contracts import messages\nimport pika"),
        ("lambda_src/shared/logs.py", "from shared.errors import E\nimport logging"),
        (
            "worker_src/worker/orders/rules.py",
            "from worker import mysql\nfrom contracts import outcomes\nfrom . import store",
        ),
        (
            "harness/checks/run.py",
            "from harness.checks import lost\nfrom harness import history, stack\nfrom . import x",
        ),
        ("harness/checks/run.py", "from harness.process import Guard\nfrom contracts import topology"),
        ("harness/scenario/run.py", "from harness import checks, report, traffic\nfrom harness.process import Guard"),
        ("harness/commands/replay.py", "from harness.scenario import run\nfrom harness.commands import places"),
        ("harness/cli.py", "from harness.commands import COMMANDS\nfrom harness.process import Interrupted"),
    ],
)
def test_an_import_within_the_order_is_fine(planted, path, text):
    assert wrong_imports(planted(path, text)) == []


def test_what_has_no_docstring_is_caught(planted):
    text = "def public(): ...\nclass Public:\n    def method(self): ...\n    def _own(self): ...\ndef _own(): ...\n"
    root = planted("contracts/a.py", text)
    assert undocumented(root) == [
        "contracts/a.py: the module",
        "contracts/a.py:1: public",
        "contracts/a.py:2: Public",
        "contracts/a.py:3: method",
    ]


def test_properties_overrides_and_private_parts_need_none(planted):
    text = (
        '"""A module."""\nclass A(B):\n    """A class."""\n    def overrides(self): ...\n    @property\n'
        "    def name(self): ...\n    def __len__(self): ...\n"
    )
    assert undocumented(planted("contracts/a.py", text)) == []
