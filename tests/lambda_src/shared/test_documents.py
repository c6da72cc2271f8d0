"""The read model's client against a real server, through a relay that breaks its connections."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from contracts.documents import PRODUCTS
from shared import config
from shared import documents as module
from shared.documents import Documents
from shared.errors import Unavailable

pytestmark = pytest.mark.servers

Make = Callable[..., Any]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_MS", 700)


@pytest.fixture
def connected(behind: Make) -> Iterator[tuple[Any, Documents]]:
    door, variables = behind("DOCUMENTS")
    documents = Documents(config.documents(variables))
    yield door, documents
    documents._close()


def read(documents: Documents) -> Any:
    with documents.collection(PRODUCTS) as products:
        return products.find_one({"_id": "SKU-0001"})["_id"]


def test_nothing_is_opened_before_the_first_use(connected: tuple[Any, Documents]) -> None:
    door, documents = connected
    assert door.connections == 0
    assert read(documents) == "SKU-0001"


def test_a_server_that_restarts_costs_no_request(connected: tuple[Any, Documents]) -> None:
    door, documents = connected
    for _ in range(5):
        assert read(documents) == "SKU-0001"
        door.reset()
    assert read(documents) == "SKU-0001"


@pytest.mark.parametrize("fault", ["close", "freeze"])
def test_a_server_that_is_away_is_told_in_time(connected: tuple[Any, Documents], fault: str) -> None:
    door, documents = connected
    read(documents)
    getattr(door, fault)()
    started = time.monotonic()
    with pytest.raises(Unavailable):
        read(documents)
    assert time.monotonic() - started < 15
    if fault == "close":
        door.open()
    else:
        door.thaw()
    ends_at = time.monotonic() + 10
    while True:
        try:
            assert read(documents) == "SKU-0001"
            break
        except Unavailable:
            assert time.monotonic() < ends_at


def test_a_refused_login(real: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = config.documents({**real, "DOCUMENTS_CREDENTIALS": '{"username": "orders-app", "password": "wrong"}'})
    forgotten = []
    monkeypatch.setattr(parsed.credentials, "forget", lambda: forgotten.append(1))
    with pytest.raises(Unavailable, match="18"):
        read(Documents(parsed))
    assert forgotten == [1]
