"""What is expensive and shared: real servers, and plans of the real Terraform configuration, once a session each.

Servers are for the tests that are marked `servers`: started, migrated, and ended with the session. They are native ones
unless HARNESS_TEST_SERVICES names another kind, such as containers.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from harness.cloud import queues
from harness.delivery import stack_files
from harness.delivery.errors import TerraformError
from harness.delivery.stack_files import StackFile
from harness.fleet import Fleet
from harness.process import Guard
from harness.scenario import addresses as logical
from harness.services import Endpoints, start
from harness.stack import Stack, load

ROOT = Path(__file__).resolve().parents[1]
TERRAFORM = ROOT / "terraform"


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks as `terraform` what asks for a fixture that calls it."""
    for item in items:
        if "terraform_here" in getattr(item, "fixturenames", ()):
            item.add_marker("terraform")


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The local stack description."""
    return load(ROOT / "terraform" / "stack.local.json")


@pytest.fixture(scope="session")
def guard() -> Iterator[Guard]:
    """The guard of the session's own servers."""
    with Guard() as guard:
        yield guard


@pytest.fixture(scope="session")
def servers(guard: Guard) -> Iterator[Endpoints]:
    """Freshly started servers, empty."""
    kind = os.environ.get("HARNESS_TEST_SERVICES", "native")
    with start(kind, guard=guard, folder=guard.folder / "servers", progress=print) as endpoints:
        yield endpoints


@pytest.fixture(scope="session")
def queue_urls(servers: Endpoints, stack: Stack) -> Mapping[str, str]:
    """The stack's SQS queues by logical name."""
    return queues.create(servers.sqs.endpoint_url, stack)


@pytest.fixture(scope="session")
def accounts() -> logical.Accounts:
    """The application's accounts, which the migration makes."""
    return logical.Accounts.fresh()


@pytest.fixture(scope="session")
def addresses(
    servers: Endpoints,
    accounts: logical.Accounts,
    queue_urls: Mapping[str, str],
    stack: Stack,
    guard: Guard,
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[str, str]:
    """The stack's logical addresses (`broker.url`, …), resolved to the session's migrated servers."""
    resolved = logical.resolve(
        servers, accounts, broker_port=servers.broker.port, queue_urls=queue_urls, pricing_url="http://127.0.0.1:9"
    )
    with Fleet(stack, resolved, guard, tmp_path_factory.mktemp("migrate"), ROOT) as fleet:
        fleet.run_job("migrate")
    return resolved


@pytest.fixture(scope="session")
def endpoints(servers: Endpoints, addresses: Mapping[str, str]) -> Endpoints:
    """The session's servers, migrated."""
    return servers


@pytest.fixture(scope="session")
def terraform_here() -> None:
    """Skips where there is no Terraform, unless HARNESS_REQUIRE_TERRAFORM is set, as in CI."""
    required = bool(os.environ.get("HARNESS_REQUIRE_TERRAFORM"))
    if shutil.which("terraform") is None and not required:
        pytest.skip("terraform is not installed")


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for working copies."""
    return tmp_path_factory.mktemp("terraform")


@pytest.fixture(scope="session")
def planned(terraform_here: None, build: Path) -> Mapping[str, StackFile]:
    """The stack files of every environment, planned."""
    return {name: stack_files.plan(TERRAFORM, name, build, progress=print) for name in ("local", "dev", "prod")}


@pytest.fixture
def edited(terraform_here: None, tmp_path: Path) -> Callable[..., Path]:
    """A copy of the configuration with replacements: edited("envs/local.tfvars", ("old", "new"), …)."""
    copy = tmp_path / "terraform"

    def edit(file: str, *replacements: tuple[str, str]) -> Path:
        if not copy.exists():
            shutil.copytree(TERRAFORM, copy, ignore=shutil.ignore_patterns(".terraform"))
        text = (copy / file).read_text("utf-8")
        for old, new in replacements:
            assert text.count(old) >= 1, f"{file} does not contain {old!r}"
            text = text.replace(old, new, 1)
        (copy / file).write_text(text, "utf-8")
        return copy

    return edit


@pytest.fixture
def refusal(build: Path) -> Callable[..., str]:
    """What planning a configuration is refused with: refusal(source, "local")."""

    def refused(source: Path, environment: str = "local") -> str:
        with pytest.raises(TerraformError) as caught:
            # In the session's folder, where the providers are installed already.
            stack_files.plan(source, environment, build, progress=print)
        return str(caught.value)

    return refused
