"""The local stack in an emulator of the tests' own, made once: tests change one thing and put it back."""

from collections.abc import Iterator

import boto3
import pytest

from harness import emulator
from harness.inspection.clients import Clients
from harness.inspection.subject import Subject
from harness.stack import Stack
from tests.harness.inspection import estate as makers
from tests.harness.inspection.estate import Estate


@pytest.fixture(scope="session")
def endpoint(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an emulator."""
    folder = tmp_path_factory.mktemp("emulator")
    yield emulator.start(folder, stack.region, progress=print).url
    emulator.stop(folder)


@pytest.fixture(scope="session")
def clients(stack: Stack, endpoint: str) -> Clients:
    session = boto3.Session("test", "test", region_name=stack.region)
    return Clients(session, endpoint_url=endpoint)


@pytest.fixture(scope="session")
def subject(stack: Stack) -> Subject:
    return Subject(stack, makers.hashes(stack))


@pytest.fixture(scope="session")
def estate(subject: Subject, clients: Clients) -> Estate:
    """Everything that the description has, in the emulator."""
    return Estate(subject, clients)
